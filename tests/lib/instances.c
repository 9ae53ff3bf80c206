// SPDX-License-Identifier: MIT
/* Makes instances, and reads and writes what they have. */
#include "instances.h"

#include "must.h"

struct shim_instance_request request_of(struct shim_module *module)
{
	return (struct shim_instance_request){
		.size = sizeof(struct shim_instance_request),
		.module = module,
	};
}

struct shim_instance *instance_allocate(struct shim_allocator *allocator,
					struct shim_module *module)
{
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instance;

	must(shim_allocator_allocate(allocator, &request, &instance));
	return instance;
}

struct shim_instance *instance_request(struct shim_allocator *allocator,
				       const struct shim_instance_request *request)
{
	struct shim_instance *instance;

	must(shim_allocator_allocate(allocator, request, &instance));
	must(shim_allocator_initialize(allocator, instance, 1));
	return instance;
}

struct shim_instance *instance_new(struct shim_allocator *allocator, struct shim_module *module)
{
	struct shim_instance_request request = request_of(module);

	return instance_request(allocator, &request);
}

int allocate_error(struct shim_allocator *allocator, struct shim_module *module)
{
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instance;

	return shim_allocator_allocate(allocator, &request, &instance);
}

volatile unsigned char *memory_at(const struct shim_instance *instance, uint32_t memory)
{
	struct shim_vm_memory *found = shim_instance_memory(instance, memory);

	test_ok(found);
	return found->base;
}

uint64_t memory_length(const struct shim_instance *instance, uint32_t memory)
{
	struct shim_vm_memory *found = shim_instance_memory(instance, memory);

	test_ok(found);
	return found->current_length;
}

void memory_is(const struct shim_instance *instance, uint32_t memory, unsigned char value)
{
	test_bytes((const void *)memory_at(instance, memory), value,
		   memory_length(instance, memory));
}

void memory_fill(const struct shim_instance *instance, uint32_t memory, int value)
{
	memset((void *)memory_at(instance, memory), value, memory_length(instance, memory));
}

void text_is(const struct shim_instance *instance, uint64_t at, const char *text)
{
	test_mem((const void *)(memory_at(instance, 0) + at), text, strlen(text));
}

void touches_fault(volatile unsigned char *at)
{
	test_signal(SIGSEGV, at, *at);
	test_signal(SIGSEGV, at, *at = 1);
}

void *table_at(struct shim_instance *instance, uint32_t table, uint32_t index)
{
	void *value;

	must(shim_table_get(instance, table, index, &value));
	return value;
}

uint32_t table_length(const struct shim_instance *instance, uint32_t table)
{
	struct shim_vm_table *found = shim_instance_table(instance, table);

	test_ok(found);
	return found->current_elements;
}
