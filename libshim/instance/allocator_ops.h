/* SPDX-License-Identifier: MIT */
/*
 * The contract between instances and the allocator that made them.
 *
 * Instances know no more of an allocator than this; allocator/ has those that keep
 * the contract, and the public calls, which check their arguments and then come
 * here.
 */
#ifndef SHIM_ALLOCATOR_OPS_H
#define SHIM_ALLOCATOR_OPS_H

#include <stdbool.h>

#include <libshim/instances.h>

#include "base/process.h"

/*
 * The operations of an allocator. Every operation that can fail returns 0 or a
 * negative errno and sets the message. An operation that may be NULL says so.
 */
struct shim_allocator_ops {
	int (*validate)(struct shim_allocator *allocator, const struct shim_module *module);
	int (*allocate)(struct shim_allocator *allocator,
			const struct shim_instance_request *request, struct shim_instance **out);
	int (*initialize)(struct shim_instance *instance, bool is_bulk_memory);
	void (*deallocate)(struct shim_instance *instance);
	/* NULL: the allocator keeps nothing of a module. */
	int (*purge_module)(struct shim_allocator *allocator, uint64_t module);
	/* The instance is initialized. NULL: the allocator keeps nothing of a module. */
	int (*snapshot)(struct shim_instance *instance);

	/*
	 * Enlarges a defined memory or table, which is below its limit: the new part
	 * is zero and accessible. The operation sets the base in the instance state
	 * if it moves; the caller sets the size.
	 */
	int (*memory_resize)(struct shim_instance *instance, uint32_t defined, uint64_t length);
	int (*table_resize)(struct shim_instance *instance, uint32_t defined, uint64_t elements);
	/* The largest size the allocator has room for. NULL: the type's maximum. */
	uint64_t (*memory_limit)(struct shim_instance *instance, uint32_t defined);
	uint64_t (*table_limit)(struct shim_instance *instance, uint32_t defined);

	/* NULL: no slot ever waits for its reset. */
	void (*flush)(struct shim_allocator *allocator);
	/* NULL with the same. */
	int (*event)(struct shim_allocator *allocator);
	/* Everything in info but the kind is 0 before. */
	void (*query)(struct shim_allocator *allocator, struct shim_allocator_info *info);
	/* The instances in use, while no other call is at work. */
	uint32_t (*in_use)(struct shim_allocator *allocator);
	/* NULL: instances are not slots of a pool. */
	struct shim_pool *(*pool)(struct shim_allocator *allocator);
	void (*destroy)(struct shim_allocator *allocator);
};

/* The first member of each allocator; immutable after its creation. */
struct shim_allocator {
	const struct shim_allocator_ops *ops;
	const uint8_t *mark; /* of the process that made it, or shim_process_any */
	pid_t owner;	     /* that process */
	uint64_t page_size;
	struct shim_allocator_config config;
};

/* Whether there is an allocator, and it is this process's or anybody's; without a message. */
static inline bool shim_allocator_is_usable(const struct shim_allocator *allocator)
{
	return allocator && *allocator->mark;
}

/* The error of shim_allocator_check(), with a message. */
int shim_allocator_error(const struct shim_allocator *allocator);

/*
 * -EFAULT for NULL, -EPERM in a child of the process that made the allocator: what each
 * call checks first.
 */
static inline int shim_allocator_check(const struct shim_allocator *allocator)
{
	return shim_allocator_is_usable(allocator) ?
		       0 :
		       shim_certain_error(shim_allocator_error(allocator));
}

/*
 * The end of an allocator, which begins its own struct, and of those of its instances; NULL:
 * it has none left. With SHIM_DEBUG both stay, so that calls on them are errors.
 */
void shim_allocator_free(struct shim_allocator *allocator, void *instances);

#endif /* SHIM_ALLOCATOR_OPS_H */
