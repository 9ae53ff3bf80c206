// SPDX-License-Identifier: MIT
// Each function that a reference can be made of has a place in func_refs, and no other has one.
#include <inttypes.h>
#include <stdio.h>

#include "module_test.h"
#include "random.h"

static void places_eq(const struct shim_module *module, const uint32_t *places, uint32_t count)
{
	uint32_t refs = 0;

	for (uint32_t i = 0; i < count; i++) {
		test_eq(shim_module_func_ref_index(module, i), places[i]);
		refs += places[i] != SHIM_INDEX_NONE;
	}
	test_eq(shim_module_func_ref_index(module, count), SHIM_INDEX_NONE);
	test_eq(shim_module_func_ref_index(module, UINT32_MAX), SHIM_INDEX_NONE);
	test_eq(shim_module_offsets(module)->func_ref_count, refs);
}

#define NONE SHIM_INDEX_NONE
#define PLACES(module, ...)                                        \
	do {                                                       \
		static const uint32_t places_[] = { __VA_ARGS__ }; \
		places_eq(module, places_, ARRAY_SIZE(places_));   \
	} while (0)

/* An imported and five defined functions, all without params. */
#define FUNCTIONS "1: 01 60 00 00 | 2: 01 00 00 00 00 | 3: 05 00 00 00 00 00 |"
#define BODIES "| 10: 05 02 00 0b 02 00 0b 02 00 0b 02 00 0b 02 00 0b"

TEST("none")
{
	struct shim_module *module = module_write(FUNCTIONS BODIES);

	PLACES(module, NONE, NONE, NONE, NONE, NONE, NONE);
	shim_module_destroy(module);
}

TEST("exported, start, global, and elements of each mode; in the order of their indices")
{
	struct shim_module *module;

	module = module_write(FUNCTIONS "7: 02 01 61 00 04 01 62 00 00" BODIES);
	PLACES(module, 0, NONE, NONE, NONE, 1, NONE);
	shim_module_destroy(module);
	module = module_write(FUNCTIONS "8: 03" BODIES);
	PLACES(module, NONE, NONE, NONE, 0, NONE, NONE);
	shim_module_destroy(module);
	module = module_write(FUNCTIONS "6: 01 70 00 d2 05 0b" BODIES);
	PLACES(module, NONE, NONE, NONE, NONE, NONE, 0);
	shim_module_destroy(module);
	module = module_write(FUNCTIONS "9: 01 01 00 03 04 02 04" BODIES);
	PLACES(module, NONE, NONE, 0, NONE, 1, NONE);
	shim_module_destroy(module);
	module = module_write(FUNCTIONS "9: 01 03 00 01 01" BODIES);
	PLACES(module, NONE, 0, NONE, NONE, NONE, NONE);
	shim_module_destroy(module);
	module = module_write(FUNCTIONS
			      "4: 01 70 00 05 | 9: 01 04 41 00 0b 02 d2 02 0b d0 70 0b" BODIES);
	PLACES(module, NONE, NONE, 0, NONE, NONE, NONE);
	shim_module_destroy(module);
}

TEST("one place for a function that comes in more than one way")
{
	struct shim_module *module = module_write(
		FUNCTIONS "6: 01 70 00 d2 01 0b | 7: 02 01 61 00 01 01 62 00 01 | 8: 01 |"
			  "9: 01 01 00 02 01 03" BODIES);

	PLACES(module, NONE, 0, NONE, 1, NONE, NONE);
	shim_module_destroy(module);
}

#define MOST 2000

/* Of so many functions, each exported with a chance of one in the number given. */
static void sparse_test(uint32_t functions, uint32_t one_in)
{
	static struct shim_export exports[MOST];
	static uint32_t types[MOST], places[MOST];
	static char names[MOST][8];
	static uint64_t state = 1;
	struct shim_type type = { .kind = SHIM_KIND_FUNCTION };
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.type_count = 1,
		.types = &type,
		.defined_function_count = functions,
		.defined_functions = types,
		.exports = exports,
	};
	struct shim_module *module;

	for (uint32_t i = 0; i < functions; i++) {
		int length = snprintf(names[i], sizeof(names[i]), "f%" PRIu32, i);

		places[i] = NONE;
		if (random_below(&state, one_in))
			continue;
		places[i] = desc.export_count;
		exports[desc.export_count++] = (struct shim_export){
			.name = { names[i], (uint32_t)length },
			.index = i,
		};
	}
	module = module_create(&desc);
	places_eq(module, places, functions);
	shim_module_destroy(module);
}

TEST("among any number of functions, be it all, few or none of them")
{
	for (uint32_t functions = 0; functions < 300; functions++)
		for (uint32_t one_in = 1; one_in < 1000; one_in *= 7)
			sparse_test(functions, one_in);
	for (uint32_t one_in = 1; one_in < 10000; one_in *= 3)
		sparse_test(MOST, one_in);
}

TEST_MAIN()
