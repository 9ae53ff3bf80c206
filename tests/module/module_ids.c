// SPDX-License-Identifier: MIT
// A module's id is no other module's, whichever thread made it and however many there were before.
#include "module_test.h"

#include <pthread.h>

#define THREADS 4
#define MODULES 2000

static uint64_t ids[THREADS * MODULES];

static void *ids_make(void *argument)
{
	static const uint8_t empty[] = { 0, 'a', 's', 'm', 1, 0, 0, 0 };
	uint64_t *mine = argument;

	for (int i = 0; i < MODULES; i++) {
		struct shim_module *module = NULL;

		if (shim_module_parse(empty, sizeof(empty), &module))
			return NULL;
		mine[i] = shim_module_id(module);
		shim_module_destroy(module);
	}
	return argument;
}

static int id_compare(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

TEST("ids of modules made by four threads at once")
{
	pthread_t threads[THREADS];
	void *result;

	for (int i = 0; i < THREADS; i++)
		test_eq(pthread_create(&threads[i], NULL, ids_make, &ids[i * MODULES]), 0);
	for (int i = 0; i < THREADS; i++) {
		test_eq(pthread_join(threads[i], &result), 0);
		test_ok(result);
		/* In one thread they grow. */
		for (int j = 1; j < MODULES; j++)
			test_ok(ids[i * MODULES + j] > ids[i * MODULES + j - 1]);
	}
	qsort(ids, ARRAY_SIZE(ids), sizeof(ids[0]), id_compare);
	test_ok(ids[0] > 0);
	for (size_t i = 1; i < ARRAY_SIZE(ids); i++)
		test_ok(ids[i] != ids[i - 1]);
}

TEST("two modules of the same bytes are two modules")
{
	struct shim_module *a = module_load("wasm/everything"), *b = module_load("wasm/everything");

	test_ok(shim_module_id(a) != shim_module_id(b));
	shim_module_destroy(a);
	shim_module_destroy(b);
}

TEST_MAIN()
