// SPDX-License-Identifier: MIT
// Wherever memory runs out, a module is not made, nothing is lost, and the next try works.
#include "module_test.h"

/* In place of the library's: each piece an allocation of its own. */
#define CHUNK_EACH
#include "base/arena.c"

/*
 * The program's malloc(): pieces of a store, none of which is used twice, that
 * fail when told to, and are counted.
 */
static unsigned char store[UINT64_C(64) << 20] __attribute__((aligned(16)));
static size_t store_used;
static long pieces;	    /* allocated and not freed */
static long fail_countdown; /* the allocation that fails; 0: none */

void *malloc(size_t size)
{
	size_t length = (size + 31) & ~(size_t)15;
	unsigned char *piece;

	if (fail_countdown && --fail_countdown == 0)
		return NULL;
	if (size > sizeof(store) || length > sizeof(store) - store_used)
		return NULL;
	piece = &store[store_used];
	store_used += length;
	memcpy(piece, &size, sizeof(size));
	pieces++;
	return piece + 16;
}

void *calloc(size_t count, size_t size)
{
	/* Fresh from the store, so zeroed. */
	return count && size > SIZE_MAX / count ? NULL : malloc(count * size);
}

void free(void *piece)
{
	if (piece)
		pieces--;
}

void *realloc(void *piece, size_t size)
{
	size_t old = 0;
	void *copy = malloc(size);

	if (piece && copy) {
		memcpy(&old, (unsigned char *)piece - 16, sizeof(old));
		memcpy(copy, piece, old < size ? old : size);
		free(piece);
	}
	return copy;
}

/* The first allocation fails, then the second, until all of them work. */
static int sweep(int (*make)(const void *from, struct shim_module **out), const void *from)
{
	for (int failing = 1;; failing++) {
		struct shim_module *module = NULL;
		long before = pieces;
		int error;

		fail_countdown = failing;
		error = make(from, &module);
		fail_countdown = 0;
		if (!error) {
			shim_module_destroy(module);
			test_eq(pieces, before);
			return failing - 1;
		}
		test_eq(error, -ENOMEM);
		test_ok(!module);
		test_ok(strstr(shim_error(), "memory"));
		test_eq(pieces, before);
	}
}

static int parse(const void *from, struct shim_module **out)
{
	const struct binary *binary = from;

	return shim_module_parse(binary->bytes, binary->length, out);
}

static int create(const void *from, struct shim_module **out)
{
	return shim_module_create(from, out);
}

static void sweep_fixture(const char *path)
{
	struct binary binary = binary_load(path);
	struct shim_module *module;
	long before = pieces;

	test_ok(sweep(parse, &binary) > 0);
	module = module_parse(&binary);
	test_ok(sweep(create, shim_module_desc(module)) > 0);
	shim_module_destroy(module);
	test_eq(pieces, before);
	binary_free(&binary);
}

TEST("every fixture, parsed and created, with each allocation failing in turn")
{
	/* The library's table of types may stay once it is made. */
	shim_module_destroy(module_load("wasm/everything"));
	test_ok(folder_each("wasm", sweep_fixture) >= 10);
}

TEST("a module of many items")
{
	static uint32_t functions[30000];
	static struct shim_function_type type;
	struct shim_export exports[50];
	char names[50][8];
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.type_count = 1,
		.types = &type,
		.function_count = COUNT(functions),
		.functions = functions,
		.export_count = COUNT(exports),
		.exports = exports,
	};

	for (uint32_t i = 0; i < COUNT(exports); i++) {
		int length = snprintf(names[i], sizeof(names[i]), "e%u", i);

		exports[i] =
			(struct shim_export){ .name = { names[i], (uint32_t)length }, .index = i };
	}
	shim_module_destroy(module_create(&desc));
	test_ok(sweep(create, &desc) >= 50);
}

TEST_MAIN()
