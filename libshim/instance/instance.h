/* SPDX-License-Identifier: MIT */
/*
 * An instance, wherever its memory comes from.
 *
 * What the library keeps of it in host memory is struct shim_instance. In the
 * instance's own memory there is, one after the other:
 *
 *	struct shim_state_head
 *	the instance state, as shim_module_offsets() says
 *	one bit for each element segment, then for each data segment: dropped
 *
 * Memories and tables of an instance are known by what the state says of them,
 * to compiled code as to the library; importers point there too.
 */
#ifndef SHIM_INSTANCE_H
#define SHIM_INSTANCE_H

#include "instance/allocator_ops.h"
#include "module/module.h"

/* Right before the instance state. */
struct shim_state_head {
	struct shim_instance *instance;
	uint64_t reserved; /* the state is aligned to 16 */
};

enum shim_instance_phase {
	SHIM_INSTANCE_FREE = 0,
	SHIM_INSTANCE_ALLOCATED,
	SHIM_INSTANCE_INITIALIZED,
	SHIM_INSTANCE_FAILED, /* to initialize; good for deallocate only */
};

struct shim_instance {
	struct shim_allocator *allocator;
	struct shim_module *module; /* held by the allocator */
	struct shim_state_head *head;
	const void *const *functions;
	const struct shim_limiter *limiter;
	void *host_state;
	void (*host_state_drop)(void *host_state);
	void *stack;
	uint32_t slot;	  /* pooling */
	uint8_t phase;	  /* enum shim_instance_phase */
	bool image_there; /* the static image was there from the start */
	bool started;	  /* made from a snapshot: the segments have run */
};

/* A field of the state; the offset is one of shim_vmoffsets. */
static inline void *shim_state_field(const struct shim_instance *instance, uint32_t offset)
{
	return (unsigned char *)(instance->head + 1) + offset;
}

static inline struct shim_vm_memory *shim_defined_memory(const struct shim_instance *instance,
							 uint32_t defined)
{
	struct shim_vm_memory **memories =
		shim_state_field(instance, instance->module->offsets.defined_memories);

	return memories[defined];
}

static inline struct shim_vm_table *shim_defined_table(const struct shim_instance *instance,
						       uint32_t defined)
{
	struct shim_vm_table *tables =
		shim_state_field(instance, instance->module->offsets.defined_tables);

	return &tables[defined];
}

/* ---- instance.c: how one is made ----------------------------------------- */

/* The bytes of head, state and bits. */
uint64_t shim_instance_size(const struct shim_module *module);

/* -EINVAL: the request does not fit the module that it is of. */
int shim_request_check(const struct shim_instance_request *request);

struct shim_snapshot;

/* Asks the request's limiter for all memories and tables; snapshot may be NULL. */
int shim_request_ask(const struct shim_instance_request *request,
		     const struct shim_snapshot *snapshot);

/*
 * Writes the state, with globals and without what it says of defined memories
 * and tables. head is zeroed memory; allocator and slot are set.
 */
void shim_instance_write(struct shim_instance *instance,
			 const struct shim_instance_request *request);
/* The same but for the globals, which head has from a snapshot. */
void shim_instance_attach(struct shim_instance *instance,
			  const struct shim_instance_request *request);

/* Says in the state where a defined memory or table is, at its minimum. */
void shim_instance_set_memory(struct shim_instance *instance, uint32_t defined, void *base);
void shim_instance_set_table(struct shim_instance *instance, uint32_t defined, void *base);

/* Gives the host state to who wants it. */
void shim_instance_drop_host_state(struct shim_instance *instance);

/* ---- initialize.c --------------------------------------------------------- */

int shim_instance_initialize(struct shim_instance *instance, bool is_bulk_memory);

/* ---- segments, as initialize and the instructions write them -------------- */

/* Whether length at from lies within size. */
static inline bool shim_range_fits(uint64_t from, uint64_t length, uint64_t size)
{
	return from <= size && length <= size - from;
}

/* Writes elements of a segment to a table; both ranges were checked. */
void shim_elements_write(struct shim_instance *instance, struct shim_vm_table *table, uint32_t to,
			 const struct shim_element_segment *segment, uint32_t from,
			 uint32_t length);

/* The value of an expression in this instance. */
void shim_instance_eval(struct shim_instance *instance, const struct shim_const_expr *expr,
			uint64_t bits[2]);

/* The bits of dropped segments: those of elements, then those of data. */
bool shim_segment_dropped(const struct shim_instance *instance, uint32_t bit);
void shim_segment_drop(struct shim_instance *instance, uint32_t bit);

#endif /* SHIM_INSTANCE_H */
