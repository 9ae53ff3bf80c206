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
 * Evaluates the constant expressions, once memories and tables are set: globals, the first
 * values of tables, elements. The error of the request's heap, or -ENOMEM.
 */
int shim_instance_evaluate(struct shim_instance *instance,
			   const struct shim_instance_request *request);

/* Puts a defined memory or table into the state, with its minimum as its size. */
void shim_instance_set_memory(struct shim_instance *instance, uint32_t defined, void *base);
void shim_instance_set_table(struct shim_instance *instance, uint32_t defined, void *base);

/*
 * Evaluates an expression of the module in this instance. heap may be NULL where the type
 * of the expression says that it needs none.
 */
int shim_instance_eval(struct shim_instance *instance, const struct shim_const_expr *expr,
		       const struct shim_heap *heap, uint64_t bits[2]);

/* The value of an expression of an element segment. */
uint64_t *shim_element_expr(const struct shim_instance *instance, uint32_t elements, uint32_t expr);

/* The bit of a segment: element segments come first, then data segments. */
bool shim_segment_dropped(const struct shim_instance *instance, uint32_t bit);
void shim_segment_drop(struct shim_instance *instance, uint32_t bit);

#endif /* SHIM_STATE_H */
