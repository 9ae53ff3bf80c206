// SPDX-License-Identifier: MIT
/*
 * Instances of a WebAssembly module: a host in the order in which a runtime makes the calls.
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
#include <string.h>

#include <libshim.h>

#define GREETING 1024 /* where the module's data is */

static const char *const kinds[] = { "best", "device", "mmap", "ondemand" };

static void check(int error)
{
	if (error)
		errx(1, "%s", shim_error());
}

static enum shim_allocator_kind kind_find(const char *name)
{
	enum shim_allocator_kind kind = SHIM_ALLOCATOR_POOLING;

	while (strcmp(kinds[kind], name) != 0)
		if (++kind > SHIM_ALLOCATOR_ON_DEMAND)
			errx(1, "no allocator \"%s\"", name);
	return kind;
}

static void show(const char *when, const struct shim_instance *instance)
{
	const struct shim_vm_memory *memory = shim_instance_find_memory(instance, "memory");
	const struct shim_vm_global *answer = shim_instance_find_global(instance, "answer");
	const struct shim_vm_table *table = shim_instance_find_table(instance, "functions");
	void **elements;

	if (!memory || !answer || !table)
		errx(1, "the module does not export \"memory\", \"answer\" and \"functions\"");
	elements = table->base;
	printf("%s: memory %" PRIu64 " \"%s\", answer %" PRIu64 ", functions %s %s\n", when,
	       memory->current_length, (const char *)memory->base + GREETING, answer->bits[0],
	       elements[0] ? "set" : "null", elements[1] ? "set" : "null");
}

/* What the code of an instance might do: write, grow, change a global. */
static void use(struct shim_instance *instance)
{
	uint64_t old_pages;

	strcpy((char *)shim_instance_memory(instance, 0)->base + GREETING, "a secret");
	shim_instance_global(instance, 0)->bits[0] = 7;
	check(shim_memory_grow(instance, 0, 1, &old_pages));
	check(shim_table_set(instance, 0, 0, NULL));
}

static void counts_show(const char *when, struct shim_allocator *allocator)
{
	struct shim_allocator_info info;

	shim_allocator_info_init(&info);
	check(shim_allocator_query(allocator, &info));
	printf("%s on %s: %" PRIu32 " in use, %" PRIu32 " ready for a module\n", when,
	       kinds[info.kind], info.instances, info.unused_warm);
}

int main(int argc, char **argv)
{
	struct shim_allocator *allocator;
	struct shim_instance *instance;
	struct shim_module *module;

	if (argc < 2)
		errx(1, "usage: instance MODULE.wasm [device|mmap|ondemand]");
	check(shim_module_open(argv[1], &module));
	/* Of eight instances at a time, with limits that the module fits. */
	check(shim_allocator_create_for(module, kind_find(argc > 2 ? argv[2] : "best"), 8,
					&allocator));

	check(shim_instance_create(allocator, module, &instance));
	show("new", instance);
	use(instance);
	show("used", instance);
	counts_show("used", allocator);
	shim_allocator_deallocate(allocator, instance);
	counts_show("given back", allocator);

	/* A pooling allocator takes the same slot; nothing is left of what was in it. */
	check(shim_instance_create(allocator, module, &instance));
	show("next", instance);
	shim_allocator_deallocate(allocator, instance);

	/* The module is not needed any more: purge its slots and destroy its image. */
	check(shim_allocator_purge_module(allocator, module));
	counts_show("purged", allocator);
	shim_module_destroy(module);
	shim_allocator_destroy(allocator);
	return 0;
}
