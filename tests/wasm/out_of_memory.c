// SPDX-License-Identifier: MIT
// Wherever memory runs out, a module is not made, nothing is lost, and the next try works.
#include "module_test.h"

#include "failing_malloc.h"

/*
 * The first allocation fails, then the second, until all of them work. Each piece of an
 * arena is an allocation of its own: tests/tests.mk builds the arena so for this program.
 */
static int sweep(int (*make)(const void *from, struct shim_module **out), const void *from)
{
	for (int failing = 0;; failing++) {
		struct shim_module *module = NULL;
		bool failed;
		int error;

		mallocs_count(failing);
		error = make(from, &module);
		failed = mallocs_work();
		test_err(failed ? -ENOMEM : 0, error);
		test_ok(!module == failed);
		if (failed)
			test_ok(strstr(shim_error(), "memory"));
		shim_module_destroy(module);
		test_eq(mallocs_held(), 0);
		if (!failed)
			return failing;
	}
}

static int parse(const void *from, struct shim_module **out)
{
	const struct binary *binary = from;

	return shim_module_parse(binary->bytes, binary->length, out);
}

static int borrow(const void *from, struct shim_module **out)
{
	const struct binary *binary = from;

	return shim_module_parse_borrowed(binary->bytes, binary->length, out);
}

static int create(const void *from, struct shim_module **out)
{
	return shim_module_create(from, out);
}

static void sweep_fixture(const char *path)
{
	struct binary binary = binary_load(path);
	struct shim_module *module;

	test_ok(sweep(parse, &binary) > 0);
	test_ok(sweep(borrow, &binary) > 0);
	module = module_parse(&binary);
	test_ok(sweep(create, shim_module_desc(module)) > 0);
	shim_module_destroy(module);
	binary_free(&binary);
}

TEST("every fixture, parsed, borrowed and created, with each allocation failing in turn")
{
	/* The library's table of types may stay once it is made. */
	shim_module_destroy(module_load("wasm/everything"));
	test_ok(folder_each("wasm", sweep_fixture) >= 10);
}

TEST("a module of many items")
{
	static uint32_t functions[30000];
	static struct shim_type type;
	struct shim_export exports[50];
	char names[50][8];
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.type_count = 1,
		.types = &type,
		.defined_function_count = ARRAY_SIZE(functions),
		.defined_functions = functions,
		.export_count = ARRAY_SIZE(exports),
		.exports = exports,
	};

	for (uint32_t i = 0; i < ARRAY_SIZE(exports); i++) {
		int length = snprintf(names[i], sizeof(names[i]), "e%u", i);

		exports[i] =
			(struct shim_export){ .name = { names[i], (uint32_t)length }, .index = i };
	}
	shim_module_destroy(module_create(&desc));
	test_ok(sweep(create, &desc) >= 50);
}

TEST_MAIN()
