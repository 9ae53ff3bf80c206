/* SPDX-License-Identifier: MIT */
/* The memory of an instance state: its size, and what a new instance has in it. */
#ifndef SHIM_STATE_H
#define SHIM_STATE_H

#include "instance/instance.h"

/* The bytes of head, state and segments' bits. */
uint64_t shim_instance_size(const struct shim_module *module);

/*
 * Writes the state of a new instance: everything but where its defined memories and
 * tables are. The memory at head is zeroed; allocator and slot are set.
 */
void shim_instance_write(struct shim_instance *instance,
			 const struct shim_instance_request *request);

/* Writes the same but the globals, which the memory at head has from a snapshot. */
void shim_instance_attach(struct shim_instance *instance,
			  const struct shim_instance_request *request);

/* Puts a defined memory or table into the state, with its minimum as its size. */
void shim_instance_set_memory(struct shim_instance *instance, uint32_t defined, void *base);
void shim_instance_set_table(struct shim_instance *instance, uint32_t defined, void *base);

/* Evaluates an expression of the module in this instance. */
void shim_instance_eval(struct shim_instance *instance, const struct shim_const_expr *expr,
			uint64_t bits[2]);

/* The bit of a segment: element segments come first, then data segments. */
bool shim_segment_dropped(const struct shim_instance *instance, uint32_t bit);
void shim_segment_drop(struct shim_instance *instance, uint32_t bit);

#endif /* SHIM_STATE_H */
