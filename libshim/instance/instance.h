/* SPDX-License-Identifier: MIT */
/*
 * An instance, whichever allocator its memory is from.
 *
 * struct shim_instance is what the library keeps of it in host memory. The instance's
 * own memory has, one after the other:
 *
 *	struct shim_state_head
 *	the instance state, as shim_module_offsets() says
 *	a bit for each element segment, then for each data segment: it was dropped
 *	8 bytes for each expression of an element segment: its value
 *
 * The state says where memories and tables are and which size they have, to compiled
 * code as well as to the library; the instances that import them point there too.
 *
 * One thread at a time uses an instance, so nothing of it has a lock.
 */
#ifndef SHIM_INSTANCE_H
#define SHIM_INSTANCE_H

#include "instance/allocator_ops.h"
#include "module/module.h"

/* Stands right before the instance state. */
struct shim_state_head {
	struct shim_instance *instance;
	uint64_t reserved; /* keeps the state aligned to 16 */
};

enum shim_instance_phase {
	SHIM_INSTANCE_FREE = 0,
	SHIM_INSTANCE_ALLOCATED,
	SHIM_INSTANCE_INITIALIZED,
	SHIM_INSTANCE_FAILED, /* initialize failed, and only deallocate may follow */
};

/* The allocator sets the first six members, and only before the instance is used. */
struct shim_instance {
	struct shim_allocator *allocator;
	struct shim_state_head *head;
	void *stack;	  /* NULL without one */
	uint32_t slot;	  /* of a pool; 0 without one */
	bool image_there; /* the memories have the module's static image from the start */
	bool started;	  /* the image is a snapshot, so the segments have run */
	uint8_t phase;	  /* enum shim_instance_phase */
	/* Of tables with SHIM_VM_TABLE_LAZY: */
	bool has_elements; /* the segments have run, so what is 0 is one of their elements */
	bool is_touched;   /* something was written, maybe before that */
	/* From the request. */
	struct shim_module *module; /* the allocator has a reference */
	const void *const *functions;
	const struct shim_limiter *limiter;
	void *host_state;
	void (*host_state_drop)(void *host_state);
};

/*
 * Whether there is an instance, and its memory is mapped here: not in a child of the
 * process that made the allocator.
 */
static inline bool shim_instance_is_usable(const struct shim_instance *instance)
{
	return instance && *instance->allocator->mark;
}

/* The error of an instance that is not usable, with a message. */
int shim_instance_error(const struct shim_instance *instance);

/* A field of the state; the offset is one of struct shim_vmoffsets. */
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

/* Whether a range of length from at lies within size. */
static inline bool shim_range_fits(uint64_t at, uint64_t length, uint64_t size)
{
	return at <= size && length <= size - at;
}

static inline bool shim_has_lazy_tables(const struct shim_instance *instance)
{
	return instance->allocator->config.flags & SHIM_ALLOCATOR_LAZY_TABLES;
}

/* What each element of a table has beside its value: bit 0 or nothing. */
static inline uintptr_t shim_table_tag(const struct shim_vm_table *table)
{
	return table->flags & SHIM_VM_TABLE_TAGGED;
}

static inline void *shim_tagged(const void *value, uintptr_t tag)
{
	return (void *)((uintptr_t)value | tag);
}

static inline void *shim_untagged(const void *element, uintptr_t tag)
{
	return (void *)((uintptr_t)element & ~tag);
}

/* Gives the host state back to the host. */
void shim_instance_drop_host_state(struct shim_instance *instance);

/*
 * Why the instance has no such thing, with a message: -EINVAL where its module has none, or
 * the error of an instance that is not usable.
 */
int shim_instance_item_error(const struct shim_instance *instance, const char *kind,
			     uint32_t index);

/* initialize.c: shim_allocator_initialize() of every allocator. */
int shim_instance_initialize(struct shim_instance *instance, bool is_bulk_memory);

/* table.c: gives all elements of a table the same value. */
void shim_table_clear(const struct shim_vm_table *table, void *value);

/*
 * func_ref.c: writes references to functions that the module defines, up to the first of the
 * elements that is something else; returns how many. The elements are valid.
 */
uint32_t shim_func_refs_write(struct shim_instance *instance, const struct shim_element *elements,
			      uint32_t count, void **to, uintptr_t tag);

/*
 * active_elements.c: writes the references that active segments need, and one of these segments,
 * which fits the table. Without the references only segments can be written whose elements are
 * not all functions.
 */
void shim_active_refs_write(struct shim_instance *instance);
void shim_active_elements_write(struct shim_instance *instance, struct shim_vm_table *table,
				uint32_t to, uint32_t elements);

/* table.c: the instance that defines a table, and the index of the table there. */
struct shim_instance *shim_table_owner(struct shim_instance *instance, uint32_t table,
				       uint32_t *defined);

/* lazy_tables.c: sets the flags of the defined tables of a new instance. */
void shim_lazy_tables_define(struct shim_instance *instance);

/* Clears what the segments that are not written would write over. */
void shim_lazy_tables_clear(struct shim_instance *instance);

/* From here on elements that are 0 are what these segments say. */
static inline void shim_lazy_tables_start(struct shim_instance *instance)
{
	if (instance->is_touched)
		shim_lazy_tables_clear(instance);
	instance->has_elements = true;
}

/* Sets an element that is 0 of a table with tags. */
void shim_lazy_element_set(struct shim_instance *instance, uint32_t table, uint32_t index);

/* Notes that a table with SHIM_VM_TABLE_LAZY is written. */
void shim_lazy_table_touch(struct shim_instance *instance, uint32_t table);

/* Has to come before each write of elements that were there before. */
static inline void shim_table_touch(struct shim_instance *instance, uint32_t table,
				    const struct shim_vm_table *written)
{
	if (written->flags & SHIM_VM_TABLE_LAZY)
		shim_lazy_table_touch(instance, table);
}

/* table.c: writes elements of a segment into a table; both ranges are in bounds. */
void shim_elements_write(struct shim_instance *instance, struct shim_vm_table *table, uint32_t to,
			 uint32_t elements, uint32_t from, uint32_t length);

#endif /* SHIM_INSTANCE_H */
