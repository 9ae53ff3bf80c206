/* SPDX-License-Identifier: MIT */
/*
 * What the instance allocators share: the ops table and the checks before it.
 *
 * allocator.c is the way in; pooling.c and on_demand.c fill the table.
 * instance.h has what is done to an instance wherever its memory comes from.
 */
#ifndef SHIM_ALLOCATOR_OPS_H
#define SHIM_ALLOCATOR_OPS_H

#include <libshim/instances.h>
#include "module/module.h"

/*
 * The five calls, and what growing needs. Arguments were checked as far as that
 * can be done without the allocator. Every operation that can fail returns 0 or
 * a negative errno with its message set.
 */
struct shim_allocator_ops {
	int (*validate)(struct shim_allocator *allocator, const struct shim_module *module);
	int (*allocate)(struct shim_allocator *allocator,
			const struct shim_instance_request *request, struct shim_instance **out);
	int (*initialize)(struct shim_instance *instance, bool is_bulk_memory);
	void (*deallocate)(struct shim_instance *instance);
	int (*purge_module)(struct shim_allocator *allocator, uint64_t module);
	/* Of an instance that was initialized. */
	int (*snapshot)(struct shim_instance *instance);

	/*
	 * Makes room for a larger defined memory or table: what is new is zero
	 * and can be accessed. Sets the base in the instance state if it moves,
	 * never the size. The highest size is what the next two say.
	 */
	int (*memory_resize)(struct shim_instance *instance, uint32_t defined, uint64_t length);
	int (*table_resize)(struct shim_instance *instance, uint32_t defined, uint64_t elements);
	uint64_t (*memory_limit)(struct shim_instance *instance, uint32_t defined);
	uint64_t (*table_limit)(struct shim_instance *instance, uint32_t defined);

	void (*flush)(struct shim_allocator *allocator);
	void (*query)(struct shim_allocator *allocator, struct shim_allocator_info *info);
	/* NULL: there is none. */
	struct shim_pool *(*pool)(struct shim_allocator *allocator);
	void (*destroy)(struct shim_allocator *allocator);
};

/* An allocator's own starts with this; constant once it is made. */
struct shim_allocator {
	const struct shim_allocator_ops *ops;
	uint64_t page_size;
	struct shim_allocator_config config;
};

int shim_pooling_create(const struct shim_allocator_config *config, uint64_t page_size,
			struct shim_allocator **out);
int shim_on_demand_create(const struct shim_allocator_config *config, uint64_t page_size,
			  struct shim_allocator **out);

/* module_limits.c: shim_allocator_validate() of the pooling allocator. */
int shim_limits_check(const struct shim_allocator_config *config, const struct shim_module *module);
/* -EOPNOTSUPP when the module defines a shared memory. */
int shim_shared_check(const struct shim_module *module);

#endif /* SHIM_ALLOCATOR_OPS_H */
