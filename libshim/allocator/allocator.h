/* SPDX-License-Identifier: MIT */
/*
 * The allocators that there are; instance/allocator_ops.h is what they have in
 * common.
 */
#ifndef SHIM_ALLOCATOR_H
#define SHIM_ALLOCATOR_H

#include "instance/allocator_ops.h"

/* The config has the size and a kind that this library knows. */
int shim_pooling_create(const struct shim_allocator_config *config, uint64_t page_size,
			struct shim_allocator **out);
int shim_on_demand_create(const struct shim_allocator_config *config, uint64_t page_size,
			  struct shim_allocator **out);

#endif /* SHIM_ALLOCATOR_H */
