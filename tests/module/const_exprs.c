// SPDX-License-Identifier: MIT
// Constant expressions have the value that the specification gives them.
#include "module_test.h"

#include "module/const_expr.h"

#define IMPORTED_I32 UINT64_C(0xfffffff0) /* -16 */
#define IMPORTED_I64 UINT64_C(0x7fffffffffffffff)
#define IMPORTED_REF UINT64_C(0x1234)

static void global_value(void *context, uint32_t index, uint64_t bits[2])
{
	static const uint64_t values[] = { IMPORTED_I32, IMPORTED_I64, IMPORTED_REF };

	++*(int *)context;
	test_ok(index < ARRAY_SIZE(values));
	bits[0] = values[index];
	bits[1] = 0;
}

static void *function_value(void *context, uint32_t index)
{
	++*(int *)context;
	return (void *)(uintptr_t)(0x100 + index);
}

TEST("each type of value, the ends of its range, and extended expressions")
{
	static const struct {
		uint64_t low, high;
		bool known;
	} expected[] = {
		{ UINT32_C(0x80000000), 0, true },
		{ INT32_MAX, 0, true },
		{ UINT32_MAX, 0, true },
		{ UINT64_C(1) << 63, 0, true },
		{ INT64_MAX, 0, true },
		{ UINT32_C(0xbf000000), 0, true },
		{ UINT32_C(0x7fa00001), 0, true },
		{ UINT64_C(0x7e37e43c8800759c), 0, true },
		{ UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210), true },
		{ 0, 0, true },
		{ 0, 0, true },
		{ 0x100, 0, false },
		{ IMPORTED_I32, 0, false },
		{ IMPORTED_REF, 0, false },
		{ (uint32_t)((-16 + 3) * -2), 0, false },
		{ IMPORTED_I64 * UINT64_C(0x100000001) - 2, 0, false },
	};
	struct shim_module *module = module_load("wasm/globals");
	const struct shim_module_desc *desc = shim_module_desc(module);

	test_eq(desc->defined_global_count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct shim_const_instr *init = &desc->defined_globals[i].init;
		int asked = 0;
		struct shim_const_env env = {
			.module = module,
			.global = global_value,
			.function = function_value,
			.context = &asked,
		};
		uint64_t bits[2] = { ~0ull, ~0ull };

		test_success(shim_const_eval(init, &env, bits));
		test_eq(bits[0], expected[i].low);
		test_eq(bits[1], expected[i].high);
		test_eq(shim_const_is_known(init), expected[i].known);
		test_eq(!asked, expected[i].known);
	}
	test_eq(desc->defined_globals[2].type.is_mutable, 1);
	test_eq(desc->defined_globals[3].type.is_mutable, 0);
	shim_module_destroy(module);
}

/* The value of an i32 or i64 global written as bytes of its expression. */
static uint64_t value_of(const char *type, const char *bytes)
{
	char text[3000];
	struct shim_module *module;
	uint64_t value;

	snprintf(text, sizeof(text), "6: 01 %s 00 %s 0b", type, bytes);
	module = module_write(text);
	value = shim_const_known(&shim_module_desc(module)->defined_globals[0].init);
	shim_module_destroy(module);
	return value;
}

TEST("arithmetic wraps around and keeps 32 bits to 32 bits")
{
	test_eq(value_of("7f", "41 7f 41 01 6a"), 0);
	test_eq(value_of("7f", "41 00 41 01 6b"), UINT32_MAX);
	test_eq(value_of("7f", "41 7f 41 7f 6c"), 1);
	test_eq(value_of("7f", "41 05 41 07 6b 41 03 6c"), (uint32_t)-6);
	test_eq(value_of("7e", "42 7f 42 01 7c"), 0);
	test_eq(value_of("7e", "42 00 42 01 7d"), UINT64_MAX);
	test_eq(value_of("7e", "42 7f 42 7f 7e"), 1);
}

/* 1 + 1 + ... of so many values, all of which are on the stack first. */
static struct shim_module *module_of_sum(uint32_t values)
{
	struct shim_const_instr *instrs = calloc(2 * values, sizeof(*instrs));
	struct shim_global global = { .type = { SHIM_TYPE_I32, 0 },
				      .init = { .index = 2 * values - 1, .instrs = instrs } };
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_global_count = 1,
		.defined_globals = &global,
	};
	struct shim_module *module;

	test_ok(instrs);
	for (uint32_t i = 0; i < 2 * values - 1; i++) {
		instrs[i].op = i < values ? SHIM_CONST_I32 : SHIM_CONST_I32_ADD;
		instrs[i].bits = i < values;
	}
	module = module_create(&desc);
	free(instrs);
	return module;
}

TEST("a stack of any number of values")
{
	for (uint32_t values = 1; values < 200000; values = values * 3 + 31) {
		struct shim_module *module = module_of_sum(values);
		const struct shim_const_instr *init =
			&shim_module_desc(module)->defined_globals[0].init;
		uint64_t bits[2];

		test_success(shim_const_eval(init, NULL, bits));
		test_eq(bits[0], values);
		shim_module_destroy(module);
	}
}

TEST("a list of one instruction is that instruction, and a vector is copied")
{
	uint64_t words[2] = { 1, UINT64_MAX };
	struct shim_const_instr instr = { .op = SHIM_CONST_V128, .v128 = words };
	struct shim_global global = { .type = { SHIM_TYPE_V128, 0 },
				      .init = { .index = 1, .instrs = &instr } };
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_global_count = 1,
		.defined_globals = &global,
	};
	struct shim_module *module = module_create(&desc);
	const struct shim_const_instr *init = &shim_module_desc(module)->defined_globals[0].init;
	uint64_t bits[2];

	memset(&instr, 0, sizeof(instr));
	memset(words, 0, sizeof(words));
	test_eq(init->op, SHIM_CONST_V128);
	test_success(shim_const_eval(init, NULL, bits));
	test_eq(bits[0], 1);
	test_eq(bits[1], UINT64_MAX);
	shim_module_destroy(module);
}

TEST_MAIN()
