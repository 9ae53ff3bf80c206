// SPDX-License-Identifier: MIT
// An export is found by its whole name, which may have NUL bytes in it.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/salt.h"
#include "module_test.h"

static struct shim_module *module;

static void start(void)
{
	static const struct shim_export exports[] = {
		{ .name = { "memory", 6 }, .kind = SHIM_EXTERN_MEMORY },
		{ .name = { "mem", 3 }, .kind = SHIM_EXTERN_MEMORY },
		{ .name = { "a\0b", 3 }, .kind = SHIM_EXTERN_MEMORY },
		{ .name = { "", 0 }, .kind = SHIM_EXTERN_MEMORY },
	};
	static const struct shim_memory_plan memory = { .minimum = 1 };
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memories = &memory,
		.defined_memory_count = 1,
		.exports = exports,
		.export_count = ARRAY_SIZE(exports),
	};

	module = module_create(&desc);
}

static void is_nth(int nth, const struct shim_export *found)
{
	test_ok(found == &shim_module_desc(module)->exports[nth]);
}

TEST("each export by its name, and nothing by a part of one")
{
	start();
	is_nth(0, shim_module_find_export(module, "memory", 6));
	is_nth(0, shim_module_find_export(module, "memory", SIZE_MAX));
	is_nth(1, shim_module_find_export(module, "memory", 3));
	is_nth(2, shim_module_find_export(module, "a\0b", 3));
	is_nth(3, shim_module_find_export(module, "", SIZE_MAX));
	test_ok(!shim_module_find_export(module, "memory2", SIZE_MAX));
	test_ok(!shim_module_find_export(module, "me", 2));
	test_ok(!shim_module_find_export(module, "a", SIZE_MAX));
	test_ok(!shim_module_find_export(module, NULL, 0));
	shim_module_destroy(module);
}

#define MANY 5000

/* Names of any length, which begin alike or end alike. */
static void name_make(struct shim_name *name, char *bytes, uint32_t number)
{
	name->length = (uint32_t)sprintf(bytes, "%.*s%" PRIu32 "%s", (int)(number % 23),
					 "a name that begins alike", number,
					 number % 2 ? " and ends" : "");
	name->bytes = bytes;
}

TEST("each of many, whatever their names, and none that is not there")
{
	static const struct shim_memory_plan memory = { .minimum = 1 };
	static struct shim_export exports[MANY];
	static char names[MANY + 1][64];
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memories = &memory,
		.defined_memory_count = 1,
		.exports = exports,
		.export_count = MANY,
	};
	struct shim_name none;

	for (uint32_t i = 0; i < MANY; i++) {
		exports[i].kind = SHIM_EXTERN_MEMORY;
		name_make(&exports[i].name, names[i], i);
	}
	module = module_create(&desc);
	for (int i = 0; i < MANY; i++)
		is_nth(i, shim_module_find_export(module, names[i], exports[i].name.length));
	name_make(&none, names[MANY], MANY);
	test_ok(!shim_module_find_export(module, none.bytes, none.length));
	shim_module_destroy(module);
	exports[MANY - 1].name = exports[1].name;
	test_err(-EINVAL, shim_module_create(&desc, &module));
	test_str(shim_error(), "export 4999 has the name of export 1");
}

/* Among so many numbers there are two that a table of two exports cannot tell apart by hash. */
#define NUMBERS 20000

/* What a table of two exports has of a hash: its highest bits, and which of three places. */
static uint64_t hash_used(uint64_t hash)
{
	return hash >> 52 << 32 | (hash & UINT32_MAX) * 3 >> 32;
}

struct hashed {
	uint64_t hash;
	uint32_t number;
};

static int by_hash(const void *a, const void *b)
{
	const struct hashed *one = a, *other = b;

	return (one->hash > other->hash) - (one->hash < other->hash);
}

/* Two numbers whose digits have the same hash. */
static void collide(char names[2][9])
{
	struct hashed *all = calloc(NUMBERS, sizeof(*all));
	uint64_t salt[2];
	uint32_t i;

	test_ok(all);
	shim_salt_get(salt);
	for (i = 0; i < NUMBERS; i++) {
		sprintf(names[0], "%08" PRIx32, i);
		all[i].hash = hash_used(shim_salt_hash(salt, names[0], 8));
		all[i].number = i;
	}
	qsort(all, NUMBERS, sizeof(*all), by_hash);
	for (i = 1; i < NUMBERS && all[i].hash != all[i - 1].hash; i++)
		;
	test_ok(i < NUMBERS);
	sprintf(names[0], "%08" PRIx32, all[i - 1].number);
	sprintf(names[1], "%08" PRIx32, all[i].number);
	free(all);
}

TEST("names of equal hashes are two names")
{
	static const struct shim_memory_plan memory = { .minimum = 1 };
	struct shim_export exports[2] = { { .kind = SHIM_EXTERN_MEMORY },
					  { .kind = SHIM_EXTERN_MEMORY } };
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memories = &memory,
		.defined_memory_count = 1,
		.exports = exports,
		.export_count = 2,
	};
	char names[2][9];

	collide(names);
	for (int i = 0; i < 2; i++)
		exports[i].name = (struct shim_name){ names[i], 8 };
	module = module_create(&desc);
	for (int i = 0; i < 2; i++)
		is_nth(i, shim_module_find_export(module, names[i], 8));
	shim_module_destroy(module);
	desc.export_count = 1;
	module = module_create(&desc);
	test_ok(!shim_module_find_export(module, names[1], 8));
	shim_module_destroy(module);
}

#define COUNTS 200

TEST("each of any number of exports, and the search for another one ends")
{
	static const struct shim_memory_plan memory = { .minimum = 1 };
	static struct shim_export exports[COUNTS];
	static char names[COUNTS][8];
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memories = &memory,
		.defined_memory_count = 1,
		.exports = exports,
	};

	for (uint32_t i = 0; i < COUNTS; i++) {
		exports[i].kind = SHIM_EXTERN_MEMORY;
		exports[i].name.length = (uint32_t)sprintf(names[i], "%" PRIu32, i);
		exports[i].name.bytes = names[i];
	}
	for (uint32_t count = 0; count < COUNTS; count++) {
		desc.export_count = count;
		module = module_create(&desc);
		for (uint32_t i = 0; i < COUNTS; i++) {
			const struct shim_export *found =
				shim_module_find_export(module, names[i], SIZE_MAX);

			test_ok(found ==
				(i < count ? &shim_module_desc(module)->exports[i] : NULL));
		}
		shim_module_destroy(module);
	}
}

TEST("the version is that of the headers, and a later one is greater")
{
	test_eq(shim_version(), SHIM_VERSION);
	test_ok(SHIM_VERSION_OF(1, 0, 0) > SHIM_VERSION_OF(0, 255, 65535));
	test_ok(SHIM_VERSION_OF(0, 2, 0) > SHIM_VERSION_OF(0, 1, 65535));
}

TEST_MAIN()
