// SPDX-License-Identifier: MIT
/* The two kinds of place that an instance can lie in. */
#include "place.h"

#include <errno.h>
#include <sys/mman.h>

#define PLAIN_SIZE (MEMORY_RESERVE + MEMORY_GUARD + STATE_ROOM + TABLE_ROOM)

void place_config(struct shim_allocator_config *config, enum shim_backend backend, uint32_t slots)
{
	shim_allocator_config_init(config, backend == SHIM_BACKEND_DEVICE ?
						   SHIM_ALLOCATOR_POOLING_DEVICE :
						   SHIM_ALLOCATOR_POOLING_MMAP);
	config->instances = slots;
	config->max_unused_warm = slots;
	/* All slots of a round in one call. */
	config->reset_batch = slots < SHIM_MAX_RESET_BATCH ? slots : SHIM_MAX_RESET_BATCH;
	config->max_memory_size = (uint64_t)MEMORY_PAGES_MAX * WASM_PAGE;
	config->memory_reserve = MEMORY_RESERVE;
	config->memory_guard = MEMORY_GUARD;
	config->memory_pre_guard = WASM_PAGE;
	config->stack_size = STATE_ROOM + TABLE_ROOM;
}

void place_of(struct place *place, struct shim_instance *instance)
{
	uint8_t *stack = shim_instance_stack(instance, NULL);

	place->instance = instance;
	place->area[AREA_MEMORY] = shim_instance_memory(instance, 0)->base;
	place->area[AREA_STATE] = stack;
	place->area[AREA_TABLE] = stack + STATE_ROOM;
}

int place_plain_init(struct place *place)
{
	uint8_t *base = mmap(NULL, PLAIN_SIZE, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		return -errno;
	place->instance = NULL;
	place->area[AREA_MEMORY] = base;
	place->area[AREA_STATE] = base + MEMORY_RESERVE + MEMORY_GUARD;
	place->area[AREA_TABLE] = place->area[AREA_STATE] + STATE_ROOM;
	if (mprotect(place->area[AREA_STATE], STATE_ROOM + TABLE_ROOM, PROT_READ | PROT_WRITE)) {
		int error = -errno;

		munmap(base, PLAIN_SIZE);
		return error;
	}
	return 0;
}

void place_plain_free(struct place *place)
{
	munmap(place->area[AREA_MEMORY], PLAIN_SIZE);
}

int place_grow(struct place *place, uint64_t length)
{
	uint64_t old;

	if (!place->instance) {
		if (length && mprotect(place->area[AREA_MEMORY], length, PROT_READ | PROT_WRITE))
			return -errno;
		return 0;
	}
	old = shim_instance_memory(place->instance, 0)->current_length;
	if (length <= old)
		return 0;
	return shim_memory_grow(place->instance, 0, (length - old) / WASM_PAGE, NULL);
}
