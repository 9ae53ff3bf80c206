/* SPDX-License-Identifier: MIT */
/* The memory of an instance state: its size, and what a new instance has in it. */
#ifndef SHIM_STATE_H
#define SHIM_STATE_H

#include "instance/instance.h"

/* The bytes of head, state and segments' bits. */
uint64_t shim_instance_size(const struct shim_module *module);

/*
 * Writes the state of a new instance: everything but where its defined memories and tables
 * are, and what shim_instance_evaluate() writes. The memory at head is zeroed, or has the
 * values of a snapshot; allocator and slot are set.
 */
void shim_instance_attach(struct shim_instance *instance,
			  const struct shim_instance_request *request);

/*
 * Writes what the module says of its defined tables, memories and globals: the sizes, and
 * the values that are the same in each instance. Addresses become NULL. Only the instance's
 * allocator, module and head have to be set.
 */
void shim_instance_define(struct shim_instance *instance);

/* Puts the address of a defined memory or table into the state; sizes are set apart. */
static inline void shim_instance_set_memory(struct shim_instance *instance, uint32_t defined,
					    void *base)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	struct shim_vm_memory *owned = shim_state_field(instance, offsets->owned_memories);
	struct shim_vm_memory **memories = shim_state_field(instance, offsets->defined_memories);

	/* Every defined memory is an owned one, as no allocator takes shared ones. */
	owned[defined].base = base;
	memories[defined] = &owned[defined];
}

static inline void shim_instance_set_table(struct shim_instance *instance, uint32_t defined,
					   void *base)
{
	shim_defined_table(instance, defined)->base = base;
}

/* evaluate.c: shim_instance_evaluate() of a module with something to evaluate. */
int shim_instance_evaluate_all(struct shim_instance *instance, const struct shim_heap *heap);

/*
 * Evaluates the constant expressions whose values depend on the instance, once memories and
 * tables are set: globals, the first values of tables, elements. The error of the request's
 * heap, or -ENOMEM.
 */
static inline int shim_instance_evaluate(struct shim_instance *instance,
					 const struct shim_instance_request *request)
{
	if (!instance->module->needs_evaluation)
		return 0;
	return shim_instance_evaluate_all(instance, request->heap);
}

/*
 * Evaluates an expression of the module in this instance. heap may be NULL where the type
 * of the expression says that it needs none.
 */
int shim_instance_eval(struct shim_instance *instance, const struct shim_const_instr *expr,
		       const struct shim_heap *heap, uint64_t bits[2]);

/* The value of an expression of an element segment. */
uint64_t *shim_element_expr(const struct shim_instance *instance, uint32_t elements, uint32_t expr);

/* The bit of a segment: element segments come first, then data segments. */
bool shim_segment_dropped(const struct shim_instance *instance, uint32_t bit);
void shim_segment_drop(struct shim_instance *instance, uint32_t bit);

#endif /* SHIM_STATE_H */
