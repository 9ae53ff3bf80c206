// SPDX-License-Identifier: MIT
/*
 * Instances of a WebAssembly module: the calls of the instance allocator, in the
 * order in which a runtime makes them.
 *
 *	instance MODULE.wasm [device|mmap|ondemand]
 *
 * libshim runs no WebAssembly. It makes what the code of an instance works on: its
 * memories, tables, globals and state, with their initial content. In this program
 * the function use() takes the place of compiled code.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libshim.h>

#define GREETING 1024 /* where the module's data is */

static void check(int error)
{
	if (error)
		errx(1, "%s (%s)", shim_error(), strerror(-error));
}

static struct shim_allocator_info info_of(struct shim_allocator *allocator)
{
	struct shim_allocator_info info = { .size = sizeof(info) };

	check(shim_allocator_query(allocator, &info));
	return info;
}

static struct shim_module *module_read(const char *path)
{
	static unsigned char bytes[1 << 20];
	struct shim_module *module;
	FILE *file = fopen(path, "rb");
	size_t length;

	if (!file)
		err(1, "%s", path);
	length = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	/* The module has copies of all that it needs of the bytes. */
	check(shim_module_parse(bytes, length, &module));
	return module;
}

/* The index of an export, 0 where the module has none of that name. */
static uint32_t export_find(const struct shim_module *module, const char *name)
{
	const struct shim_export *found = shim_module_find_export(module, name, SIZE_MAX);

	return found ? found->index : 0;
}

static struct shim_allocator *allocator_make(const char *name)
{
	static const char *const kinds[] = { "best", "device", "mmap", "ondemand" };
	enum shim_allocator_kind kind = SHIM_ALLOCATOR_POOLING;
	struct shim_allocator_config config;
	struct shim_allocator *allocator;

	while (strcmp(kinds[kind], name) != 0)
		if (++kind > SHIM_ALLOCATOR_ON_DEMAND)
			errx(1, "no allocator \"%s\"", name);
	shim_allocator_config_init(&config, kind);
	config.instances = 8;
	check(shim_allocator_create(&config, &allocator));
	/* With "best" the library chose the backend. */
	printf("allocator: %s\n", kinds[info_of(allocator).kind]);
	return allocator;
}

static struct shim_instance *instance_make(struct shim_allocator *allocator,
					   struct shim_module *module)
{
	struct shim_instance_request request;
	struct shim_instance *instance;

	shim_instance_request_init(&request, module);
	check(shim_allocator_allocate(allocator, &request, &instance));
	/* 1: the module uses bulk memory operations, as WebAssembly 2.0 has them. */
	check(shim_allocator_initialize(allocator, instance, 1));
	return instance;
}

static void show(const char *when, const struct shim_instance *instance)
{
	const struct shim_module *module = shim_instance_module(instance);
	const struct shim_vm_memory *memory =
		shim_instance_memory(instance, export_find(module, "memory"));
	const struct shim_vm_global *answer =
		shim_instance_global(instance, export_find(module, "answer"));
	const struct shim_vm_table *table =
		shim_instance_table(instance, export_find(module, "functions"));
	void **elements = table->base;

	printf("%s: memory %" PRIu64 " \"%s\", answer %" PRIu64 ", functions %s %s\n", when,
	       memory->current_length, (const char *)memory->base + GREETING, answer->bits[0],
	       elements[0] ? "set" : "null", elements[1] ? "set" : "null");
}

/* What the code of an instance might do: write, grow, change a global. */
static void use(struct shim_instance *instance)
{
	struct shim_vm_memory *memory = shim_instance_memory(instance, 0);
	uint64_t old_pages;

	strcpy((char *)memory->base + GREETING, "a secret");
	shim_instance_global(instance, 0)->bits[0] = 7;
	check(shim_memory_grow(instance, 0, 1, &old_pages));
	check(shim_table_set(instance, 0, 0, NULL));
}

static void counts_show(const char *when, struct shim_allocator *allocator)
{
	struct shim_allocator_info info = info_of(allocator);

	printf("%s: %" PRIu32 " in use, %" PRIu32 " ready for a module\n", when, info.instances,
	       info.unused_warm);
}

int main(int argc, char **argv)
{
	struct shim_allocator *allocator;
	struct shim_instance *instance;
	struct shim_module *module;

	if (argc < 2)
		errx(1, "usage: instance MODULE.wasm [device|mmap|ondemand]");
	module = module_read(argv[1]);
	allocator = allocator_make(argc > 2 ? argv[2] : "best");
	/* Whether instances of the module fit; if not, the message says why. */
	check(shim_allocator_validate(allocator, module));

	instance = instance_make(allocator, module);
	show("new", instance);
	use(instance);
	show("used", instance);
	counts_show("used", allocator);
	shim_allocator_deallocate(allocator, instance);
	counts_show("given back", allocator);

	/* A pooling allocator takes the same slot; nothing is left of what was in it. */
	instance = instance_make(allocator, module);
	show("next", instance);
	shim_allocator_deallocate(allocator, instance);

	/* The module is not needed any more: purge its slots and destroy its image. */
	check(shim_allocator_purge_module(allocator, module));
	counts_show("purged", allocator);
	shim_module_destroy(module);
	shim_allocator_destroy(allocator);
	return 0;
}
