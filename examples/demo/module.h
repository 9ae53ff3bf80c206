/* SPDX-License-Identifier: MIT */
/*
 * A program's module in an allocator: start-up runs once, in an instance of which
 * a snapshot is made. Checksums of it show whether a new instance equals it.
 */
#ifndef DEMO_MODULE_H
#define DEMO_MODULE_H

#include <stdint.h>

#include <libshim.h>

#include "instance.h"
#include "reference.h"

struct module {
	const struct references *references;
	struct shim_allocator *allocator;
	struct shim_module *wasm;
	/* Empty entries: wasm2c's code calls its imports by their names. */
	struct shim_vm_function_import *imports;
	struct instance origin; /* the start-up instance, which was deallocated */
	uint64_t limit[SHIM_MAX_AREAS];
	/* Checksums of the state and the table area. */
	uint64_t area_sum[AREA_COUNT];
};

/* Parses and validates. 0 or -errno, with a message printed. */
int module_create(struct module *module, struct shim_allocator *allocator,
		  const struct references *references);
void module_destroy(struct module *module);

/* Runs start-up and makes the snapshot. 0 or -errno, with a message printed. */
int module_start(struct module *module);

/* Purges all that the allocator keeps of the module, its snapshot included. */
int module_purge(struct module *module);

/* Makes an instance; shim_allocator_deallocate() ends it. */
int module_instantiate(const struct module *module, struct place *place);

/*
 * Compares a new instance with the snapshot: its limits and every byte up to them.
 * NULL when they are equal, else what differs.
 */
const char *module_compare(const struct module *module, const struct place *place);

#endif /* DEMO_MODULE_H */
