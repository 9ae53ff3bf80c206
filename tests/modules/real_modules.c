// SPDX-License-Identifier: MIT
// Modules of all toolchains fit the default config, and instances have the state of Wasmtime's.
#include <errno.h>

#include "allocator_test.h"
#include "module_host.h"
#include "state_text.h"

/*
 * tests/data/modules has the modules of tests/wasm/packages.list, NAME.wasm, and what
 * tests/modules/oracle.py says of each, NAME.state. In a guest their functions are empty.
 */
#define LEAST_MODULES 60
#define ROUNDS 3

static struct shim_allocator *allocator;

/* Leaves traces in all that the instance has of its own, and makes it larger. */
static void instance_dirty(struct shim_instance *instance)
{
	const struct shim_vmoffsets *offsets = shim_module_offsets(shim_instance_module(instance));
	uint64_t pages;
	uint32_t elements;

	for (uint32_t i = 0; i < offsets->defined_memory_count; i++) {
		uint32_t index = offsets->imported_memory_count + i;

		if (!shim_memory_grow(instance, index, 1, &pages))
			memory_at(instance, index)[pages * WASM_PAGE + 1] = 0x5a;
		for (uint64_t at = 0; at < memory_length(instance, index); at += 5 * PAGE + 8)
			memory_at(instance, index)[at] ^= 0x5a;
	}
	for (uint32_t i = 0; i < offsets->defined_table_count; i++) {
		uint32_t index = offsets->imported_table_count + i;
		int error = shim_table_grow(instance, index, 3, (void *)8, &elements);

		test_ok(!error || error == -ENOSPC);
		must(shim_table_fill(instance, index, 0, (void *)8, table_length(instance, index)));
	}
	for (uint32_t i = 0; i < offsets->defined_global_count; i++)
		shim_instance_global(instance, offsets->imported_global_count + i)->bits[0] ^= 77;
}

/* The lines of the instance after its initialization, which ended so. */
static char *lines_of(struct shim_instance *instance, int error)
{
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);

	test_ok(to);
	if (error) {
		test_ok(error == -ERANGE || error == -EFAULT);
		fprintf(to, "trap %s\n", error == -ERANGE ? "table" : "memory");
		state_print_failed(to, instance);
	} else {
		fputs("initialized\n", to);
		state_print(to, instance);
	}
	test_ok(!fclose(to));
	return text;
}

/* The first line that differs ends the test. */
static void same(const char *path, char *lines, FILE *expected)
{
	char *line = NULL, *next, *at = lines;
	size_t room = 0;
	uint32_t number = 1;

	rewind(expected);
	for (; getline(&line, &room, expected) > 0; number++, at = next) {
		next = strchr(at, '\n');
		if (!next || strncmp(at, line, (size_t)(++next - at)) || line[next - at])
			test_fail("%s: line %u is %.*s, and of Wasmtime %s", path, number,
				  next ? (int)(next - at) : 10, next ? at : "missing", line);
	}
	if (*at)
		test_fail("%s: line %u is %.60s, and Wasmtime has no more", path, number, at);
	free(line);
	free(lines);
}

static void round_run(const char *path, struct shim_module *module, FILE *expected)
{
	struct shim_instance *instance;
	struct module_host host;
	int error;

	module_host_init(&host, module);
	must(shim_allocator_allocate(allocator, &host.request, &instance));
	error = shim_allocator_initialize(allocator, instance, 1);
	same(path, lines_of(instance, error), expected);
	instance_dirty(instance);
	shim_allocator_deallocate(allocator, instance);
	module_host_free(&host);
}

static void module_check(const char *path)
{
	struct binary binary = binary_load(path);
	struct shim_module *module = module_parse(&binary);
	char name[800];
	FILE *expected;

	binary_free(&binary);
	if (shim_allocator_validate(allocator, module))
		test_fail("%s: %s", path, shim_error());
	snprintf(name, sizeof(name), "%.*s.state", (int)(strlen(path) - strlen(".wasm")), path);
	expected = fopen(name, "r");
	if (!expected)
		test_fail("%s: %s", name, strerror(errno));
	for (int i = 0; i < ROUNDS; i++)
		round_run(path, module, expected);
	fclose(expected);
	must(shim_allocator_purge_module(allocator, module));
	shim_module_destroy(module);
}

TEST("modules of all toolchains, of which each instance is as Wasmtime makes it")
{
	struct shim_allocator_config config;
	int found;

	test_timeout(600);
	shim_allocator_config_init(&config, kind_get());
	allocator = allocator_create(&config);
	found = folder_each("modules", module_check);
	if (found < LEAST_MODULES)
		test_fail("%d modules in tests/data/modules: make check-modules", found);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
