// SPDX-License-Identifier: MIT
// Whatever instances of eight modules do in whichever slots, each reads what plain memory has.
#include "test.h"

#include <pthread.h>

#include "allocator.h"
#include "soak.h"
#include "random.h"

#define MODULES 8u
#define SLOTS 6u
#define MOST_PAGES 12u
#define STEPS 300u

struct world {
	struct pool *seam, *plain;
	struct memory modules[MODULES];
	uint64_t random;
	const struct memory *runs[SLOTS]; /* NULL: nothing does */
	uint32_t waiting[SLOTS];	  /* slots of the next vector */
	uint32_t waiting_count;
};

static uint32_t below(struct world *world, uint32_t limit)
{
	return random_below(&world->random, limit);
}

static void module_make(struct world *world, struct memory *memory)
{
	uint32_t pages = below(world, 5);

	*memory = (struct memory){ .min = pages * WASM_PAGE, .fd = -1 };
	if (!pages || below(world, 4) == 0)
		return;
	memory->offset = below(world, pages) * WASM_PAGE + below(world, 16) * PAGE_MAX % WASM_PAGE;
	memory->length =
		PAGE * (1 + below(world, (uint32_t)((memory->min - memory->offset) / PAGE)));
	memory->fd = image_file(memory->length, below(world, 4));
}

/* The last instance of the module is gone. */
static void module_replace(struct world *world, struct memory *memory)
{
	for (uint32_t i = 0; i < SLOTS; i++)
		if (world->runs[i] == memory)
			return;
	for (uint32_t i = 0; i < SLOTS; i++) {
		if (world->seam->slots[i].image != memory)
			continue;
		for (uint32_t j = 0; j < world->waiting_count; j++)
			if (world->waiting[j] == i)
				return;
		slot_purge(world->seam, i);
		slot_purge(world->plain, i);
	}
	if (memory->fd >= 0)
		close(memory->fd);
	module_make(world, memory);
}

static bool is_waiting(const struct world *world, uint32_t slot)
{
	for (uint32_t i = 0; i < world->waiting_count; i++)
		if (world->waiting[i] == slot)
			return true;
	return false;
}

static void start(struct world *world, uint32_t slot)
{
	world->runs[slot] = &world->modules[below(world, MODULES)];
	slot_instantiate(world->seam, slot, world->runs[slot]);
	slot_instantiate(world->plain, slot, world->runs[slot]);
	slots_are_equal(world->seam, world->plain, slot);
}

static void write_some(struct world *world, uint32_t slot)
{
	uint64_t size = world->seam->slots[slot].accessible;
	uint64_t at, length;

	if (!size)
		return;
	at = below(world, (uint32_t)size);
	length = below(world, 9000) + 1;
	if (length > size - at)
		length = size - at;
	image_fill(world->seam->slots[slot].base + at, length, world->random);
	image_fill(world->plain->slots[slot].base + at, length, world->random);
}

static void grow(struct world *world, uint32_t slot)
{
	uint64_t bytes = world->seam->slots[slot].accessible + below(world, 3) * WASM_PAGE;

	if (bytes > MOST_PAGES * WASM_PAGE)
		return;
	slot_grow(world->seam, slot, bytes);
	slot_grow(world->plain, slot, bytes);
}

static void flush(struct world *world)
{
	slots_drop(world->seam, world->waiting, world->waiting_count);
	slots_drop(world->plain, world->waiting, world->waiting_count);
	world->waiting_count = 0;
}

static void end(struct world *world, uint32_t slot)
{
	slots_are_equal(world->seam, world->plain, slot);
	world->runs[slot] = NULL;
	switch (below(world, 8)) {
	case 0:
		slot_lose(world->seam, slot);
		slot_lose(world->plain, slot);
		break;
	case 1:
	case 2:
		slot_drop(world->seam, slot);
		slot_drop(world->plain, slot);
		break;
	default:
		world->waiting[world->waiting_count++] = slot;
		if (below(world, 3) == 0)
			flush(world);
	}
}

static void step(struct world *world)
{
	uint32_t slot = below(world, SLOTS);

	if (below(world, 50) == 0)
		module_replace(world, &world->modules[below(world, MODULES)]);
	if (is_waiting(world, slot))
		return flush(world);
	if (!world->runs[slot])
		return start(world, slot);
	switch (below(world, 4)) {
	case 0:
		return grow(world, slot);
	case 1:
		return end(world, slot);
	default:
		return write_some(world, slot);
	}
}

static void schedule(uint64_t seed)
{
	struct world world = { .random = seed };

	world.seam = pool_make(SLOTS, false);
	world.plain = pool_make(SLOTS, true);
	for (uint32_t i = 0; i < MODULES; i++)
		module_make(&world, &world.modules[i]);
	for (uint32_t i = 0; i < STEPS; i++) {
		test_context("seed %" PRIu64 ", step %u", seed, i);
		step(&world);
	}
	for (uint32_t i = 0; i < SLOTS; i++)
		if (world.runs[i])
			slots_are_equal(world.seam, world.plain, i);
	test_eq(slot_info(world.seam, 0).plain_slots, 0);
	pool_drop(world.seam);
	pool_drop(world.plain);
	for (uint32_t i = 0; i < MODULES; i++)
		if (world.modules[i].fd >= 0)
			close(world.modules[i].fd);
}

TEST("random schedules of instantiate, grow, drop, lose, purge and switch of module")
{
	uint64_t seed = soak_start(20);
	long round = 0;

	for (; soak_goes_on(round); round++)
		schedule(seed + (uint64_t)round);
	soak_end(round);
}

static void *thread_run(void *argument)
{
	schedule((uint64_t)(uintptr_t)argument);
	return NULL;
}

TEST("the same in four threads at once, each with pools of its own")
{
	pthread_t threads[4];
	uint64_t seed = soak_start(1);
	long round = 0;

	for (; soak_goes_on(round); round++) {
		for (uint64_t i = 0; i < ARRAY_SIZE(threads); i++)
			test_eq(pthread_create(&threads[i], NULL, thread_run,
					       (void *)(uintptr_t)(seed + 4 * (uint64_t)round + i)),
				0);
		for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
			pthread_join(threads[i], NULL);
	}
	soak_end(round);
}

TEST_MAIN()
