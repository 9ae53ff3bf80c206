/* SPDX-License-Identifier: MIT */
/*
 * A host that has all that a module imports, whatever that is. A number is its index in all
 * imports plus 1, a reference null where its type allows that, and a memory or table has a
 * page or 64 elements more than its minimum, as far as its maximum goes, and is empty.
 * tests/modules/relink.py makes a module whose exports are the same.
 *
 * Its heap makes different references of different structs and arrays, and a number n the
 * reference 2n + 1.
 */
#ifndef TESTS_MODULE_HOST_H
#define TESTS_MODULE_HOST_H

#include <stdbool.h>

#include <libshim.h>

struct module_host {
	struct shim_instance_request request;
	struct shim_vm_function_import *functions;
	struct shim_vm_table_import *tables;
	struct shim_vm_memory_import *memories;
	struct shim_vm_global_import *globals;
	struct shim_vm_tag_import *tags;
	const void **bodies;
	struct shim_heap heap;
	uint64_t objects; /* that the heap made */
	bool is_exact;	  /* memories and tables have their minimum, and no more */
};

/* The module stays the caller's. */
void module_host_init(struct module_host *host, struct shim_module *module);
/* The same, and is_exact: of an import's segments more trap. */
void module_host_init_exact(struct module_host *host, struct shim_module *module);
void module_host_free(struct module_host *host);

/* Its tables become such as an allocator with SHIM_ALLOCATOR_LAZY_TABLES may import. */
void module_host_tag_tables(struct module_host *host);

/* What stands for the code of a function of the module. */
void *module_host_body(uint32_t function);

#endif /* TESTS_MODULE_HOST_H */
