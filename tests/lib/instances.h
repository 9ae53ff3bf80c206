/* SPDX-License-Identifier: MIT */
/*
 * Instances, their memories and their tables.
 */
#ifndef TESTS_INSTANCES_H
#define TESTS_INSTANCES_H

#include "test.h"

#include <libshim.h>

struct shim_instance_request request_of(struct shim_module *module);
struct shim_instance *instance_allocate(struct shim_allocator *allocator,
					struct shim_module *module);
struct shim_instance *instance_request(struct shim_allocator *allocator,
				       const struct shim_instance_request *request);

/* A module without imports, with bulk memory. */
struct shim_instance *instance_new(struct shim_allocator *allocator, struct shim_module *module);

int allocate_error(struct shim_allocator *allocator, struct shim_module *module);
volatile unsigned char *memory_at(const struct shim_instance *instance, uint32_t memory);
uint64_t memory_length(const struct shim_instance *instance, uint32_t memory);
void memory_is(const struct shim_instance *instance, uint32_t memory, unsigned char value);
void memory_fill(const struct shim_instance *instance, uint32_t memory, int value);
void text_is(const struct shim_instance *instance, uint64_t at, const char *text);
void touches_fault(volatile unsigned char *at);
void *table_at(struct shim_instance *instance, uint32_t table, uint32_t index);
uint32_t table_length(const struct shim_instance *instance, uint32_t table);

#endif /* TESTS_INSTANCES_H */
