// SPDX-License-Identifier: MIT
// Types are the same in all modules if their groups are, and they have the same place there.
#include "module_test.h"

#include "module/module.h"

static struct shim_module *first, *second;

static void modules(const char *one, const char *other)
{
	first = module_write(one);
	second = module_write(other);
}

static bool same(uint32_t type, uint32_t other)
{
	return first->type_ids[type] == second->type_ids[other];
}

static void end(void)
{
	shim_module_destroy(first);
	shim_module_destroy(second);
}

TEST("a type without a group is that of a group of one")
{
	modules("1: 01 60 00 00", "1: 02 5f 00 4e 01 60 00 00");
	test_ok(same(0, 1));
	test_ok(!same(0, 0));
	end();
}

TEST("what is final, has a supertype, is packed or mutable is another type")
{
	modules("1: 05 5f 00 50 00 5f 00 50 01 01 5f 00 5f 01 78 00 5f 01 7f 00",
		"1: 05 5f 01 7f 01 50 00 5f 00 5f 00 4f 01 01 5f 00 5f 01 77 00");
	for (uint32_t i = 0; i < 5; i++)
		for (uint32_t j = 0; j < 5; j++)
			test_eq(same(i, j), (i == 0 && j == 2) || (i == 1 && j == 1));
	end();
}

TEST("references inside of a group are by place, those out of it by what they refer to")
{
	/* Two structs that refer to each other, at other indices; then an array of one. */
	modules("1: 02 4e 02 5f 01 63 01 00 5f 02 63 00 00 7f 00 5e 63 01 00",
		"1: 03 60 00 00 4e 02 5f 01 63 02 00 5f 02 63 01 00 7f 00 5e 63 02 00");
	test_ok(same(0, 1));
	test_ok(same(1, 2));
	test_ok(same(2, 3));
	test_ok(!same(0, 2));
	end();
	/* The same structs in a larger group, or in another order, are others. */
	modules("1: 01 4e 02 5f 01 63 01 00 5f 02 63 00 00 7f 00",
		"1: 02 4e 03 5f 01 63 01 00 5f 02 63 00 00 7f 00 5f 00"
		"4e 02 5f 02 63 04 00 7f 00 5f 01 63 03 00");
	for (uint32_t i = 0; i < 2; i++)
		for (uint32_t j = 0; j < 5; j++)
			test_ok(!same(i, j));
	end();
}

TEST("the same group twice in a module is one")
{
	modules("1: 02 4e 02 5f 01 63 00 00 5f 00 4e 02 5f 01 63 02 00 5f 00", "1: 00");
	test_eq(first->type_ids[0], first->type_ids[2]);
	test_eq(first->type_ids[1], first->type_ids[3]);
	test_ok(first->type_ids[0] != first->type_ids[1]);
	end();
}

TEST("63 supertypes above a type, and not 64")
{
	char text[1200] = "1: 40 50 00 5f 00";
	struct shim_module *module;

	for (int i = 1; i < 64; i++)
		sprintf(text + strlen(text), " 50 01 %02x 5f 00", i - 1);
	module = module_write(text);
	test_eq(shim_module_desc(module)->type_count, 64);
	shim_module_destroy(module);
	sprintf(text + strlen(text), " 50 01 3f 5f 00");
	memcpy(text, "1: 41", 5);
	parse_fails(text, -EOPNOTSUPP,
		    "type section, byte 0x14b: type 64: more than 63 supertypes above it");
}

TEST("groups that come and go leave no number behind")
{
	for (uint32_t round = 0; round < 500; round++) {
		char text[64];

		snprintf(text, sizeof(text), "1: 01 4e 03 5f 00 60 00 00 5e %s %02x",
			 round % 2 ? "7f" : "7e", round / 2 % 2);
		modules(text, "1: 00");
		for (uint32_t i = 0; i < 3; i++)
			test_ok(first->type_ids[i] < 64);
		end();
	}
}

TEST_MAIN()
