// SPDX-License-Identifier: MIT
/* Start-up of an instance, moving it to another place, and its runs. */
#include "instance.h"

#include <errno.h>
#include <string.h>

#include "trap.h"

static struct instance *current;

struct instance *instance_current(void)
{
	return current;
}

int instance_own(const struct instance *instance, const void *member, size_t *offset)
{
	uintptr_t distance = (uintptr_t)member - (uintptr_t)instance->place.area[AREA_STATE];

	if (*offset != INSTANCE_NONE)
		return -EEXIST;
	if (distance >= instance->program->state_size)
		return -EINVAL;
	*offset = distance;
	return 0;
}

wasm_rt_memory_t *instance_memory(const struct instance *instance)
{
	return (void *)(instance->place.area[AREA_STATE] + instance->memory_offset);
}

wasm_rt_funcref_table_t *instance_table(const struct instance *instance)
{
	if (instance->table_offset == INSTANCE_NONE)
		return NULL;
	return (void *)(instance->place.area[AREA_STATE] + instance->table_offset);
}

static void instance_enter(struct instance *instance)
{
	current = instance;
	trap_memory(instance->place.area[AREA_MEMORY], MEMORY_RESERVE + MEMORY_GUARD);
}

static uint32_t start(void *state, struct wasi *host)
{
	current->program->start(state, host);
	return 0;
}

int instance_start(struct instance *instance, const struct program *program)
{
	void *state = instance->place.area[AREA_STATE];
	uint32_t value;

	if (program->state_size > STATE_ROOM)
		return -ENOSPC;
	instance->program = program;
	instance->memory_offset = INSTANCE_NONE;
	instance->table_offset = INSTANCE_NONE;
	instance_enter(instance);
	wasi_begin(&instance->host, 0, NULL, 0);
	instance->host.memory = NULL; /* runtime.c sets it */
	if (trap_call(start, state, &instance->host, &value))
		return -EFAULT;
	return instance->memory_offset == INSTANCE_NONE ? -EINVAL : 0;
}

/* An element points to its instance struct; one of an import points into it. */
static void table_bind(const struct instance *instance, const struct instance *origin)
{
	wasm_rt_funcref_table_t *table = instance_table(instance);
	uintptr_t from = (uintptr_t)origin->place.area[AREA_STATE];

	table->data = (void *)instance->place.area[AREA_TABLE];
	for (uint32_t i = 0; i < table->size; i++) {
		uintptr_t distance = (uintptr_t)table->data[i].module_instance - from;

		if (distance < instance->program->state_size)
			table->data[i].module_instance =
				instance->place.area[AREA_STATE] + distance;
	}
}

void instance_bind(struct instance *instance, const struct instance *origin)
{
	uint8_t *state = instance->place.area[AREA_STATE];
	struct wasi *host = &instance->host;

	instance->program = origin->program;
	instance->memory_offset = origin->memory_offset;
	instance->table_offset = origin->table_offset;
	host->memory = instance_memory(instance);
	instance_memory(instance)->data = instance->place.area[AREA_MEMORY];
	if (instance->program->host_offset != PROGRAM_NO_HOST)
		memcpy(state + instance->program->host_offset, &host, sizeof(host));
	if (instance->table_offset != INSTANCE_NONE)
		table_bind(instance, origin);
}

struct outcome instance_run(struct instance *instance, uint32_t seed, const char *input,
			    size_t length)
{
	struct outcome outcome = { 0 };

	instance_enter(instance);
	wasi_begin(&instance->host, seed, input, length);
	outcome.status = trap_call(instance->program->run, instance->place.area[AREA_STATE],
				   &instance->host, &outcome.value);
	return outcome;
}
