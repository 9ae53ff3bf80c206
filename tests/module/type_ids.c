// SPDX-License-Identifier: MIT
// Equal function types have one number in all modules, different ones never, and none is lost.
#include "test.h"

#include "module/module.h"

#define TYPES 300

/* Type number i: all of them are different. */
static struct shim_type type_of(uint32_t i, uint32_t *values)
{
	static const uint8_t kinds[] = { SHIM_TYPE_I32, SHIM_TYPE_I64, SHIM_TYPE_F32 };
	struct shim_type type = { .param_count = i % 4, .params = values };

	for (uint32_t n = 0, left = i / 4; n < 8; n++, left /= 3)
		values[n] = kinds[left % 3];
	/* The same values, divided otherwise into params and results. */
	type.results = values + type.param_count;
	type.result_count = 8 - type.param_count;
	return type;
}

/* A module of the types from, from + step, ... */
static struct shim_module *module_of(uint32_t from, uint32_t step, uint32_t count)
{
	static struct shim_type types[TYPES];
	static uint32_t values[TYPES][8];
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.type_count = count,
		.types = types,
	};
	struct shim_module *module;

	for (uint32_t i = 0; i < count; i++)
		types[i] = type_of(from + i * step, values[i]);
	test_success(shim_module_create(&desc, &module));
	return module;
}

TEST("no two types share a number, and no number is 0")
{
	struct shim_module *module = module_of(0, 1, TYPES);

	for (uint32_t i = 0; i < TYPES; i++) {
		test_ok(module->type_ids[i] != 0);
		for (uint32_t j = 0; j < i; j++)
			test_ok(module->type_ids[i] != module->type_ids[j]);
	}
	shim_module_destroy(module);
}

TEST("modules that come and go agree on the numbers of their types")
{
	struct shim_module *all = module_of(0, 1, TYPES);

	for (uint32_t round = 0; round < 50; round++) {
		uint32_t from = round * 7 % 100, step = 1 + round % 5, count = 1 + round % 40;
		struct shim_module *some = module_of(from, step, count);
		struct shim_module *others = module_of(TYPES + round * 50, 1, 50);

		for (uint32_t i = 0; i < count; i++)
			test_eq(some->type_ids[i], all->type_ids[from + i * step]);
		for (uint32_t i = 0; i < 50; i++)
			for (uint32_t j = 0; j < TYPES; j++)
				test_ok(others->type_ids[i] != all->type_ids[j]);
		shim_module_destroy(others);
		shim_module_destroy(some);
	}
	shim_module_destroy(all);
}

TEST("one type twice in a module has one number")
{
	struct shim_module *module = module_of(5, 0, 10);

	for (uint32_t i = 1; i < 10; i++)
		test_eq(module->type_ids[i], module->type_ids[0]);
	shim_module_destroy(module);
}

TEST("numbers are given again: they do not grow with the modules that were")
{
	for (uint32_t round = 0; round < 200; round++) {
		struct shim_module *module = module_of(round * 20, 1, 20);

		for (uint32_t i = 0; i < 20; i++)
			test_ok(module->type_ids[i] <= 64);
		shim_module_destroy(module);
	}
}

TEST_MAIN()
