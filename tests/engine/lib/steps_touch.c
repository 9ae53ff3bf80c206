// SPDX-License-Identifier: MIT
/* Steps that read and write memory, by the processor and by the kernel. */
#include <sys/mman.h>

#include "memory.h"
#include "model_slot.h"
#include "pool.h"
#include "step_slot.h"
#include "steps.h"

/* A place where no data may ever be: past the limit, as far as the next area. */
static uint8_t *pick_guard(struct actor *actor, struct model_slot *slot)
{
	uint32_t area = (uint32_t)below(actor, AREAS);
	uint64_t end = shape[area].reserve + shape[area].guard;
	uint64_t page = slot->limits[area];

	page += below(actor, 2) ? 0 : below(actor, end - page);
	return slot_at(actor, slot, area) + page * PAGE +
	       (below(actor, 2) ? 0 : below(actor, PAGE));
}

void step_write(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	struct range range;

	if (pick_range(actor, slot, &range)) {
		log_step(actor, "slot %u area %u: write %lu at %#lx", slot->index, range.area,
			 (unsigned long)range.length, (unsigned long)range.at);
		memcpy(slot_at(actor, slot, range.area) + range.at,
		       model_write(actor, slot, &range), range.length);
	}
	leave_slot(slot);
}

void step_check(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	struct range range;

	log_step(actor, "slot %u: check", slot->index);
	if (below(actor, 8) == 0)
		check_slot(actor, slot);
	else if (pick_range(actor, slot, &range))
		check_bytes(actor, slot, range.area, range.at, range.length,
			    slot_at(actor, slot, range.area) + range.at);
	leave_slot(slot);
}

/* read(2) into the slot. */
void step_kernel_write(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	struct range range;

	if (pick_range(actor, slot, &range)) {
		log_step(actor, "slot %u area %u: read(2) %lu to %#lx", slot->index, range.area,
			 (unsigned long)range.length, (unsigned long)range.at);
		expect(actor, (long)range.length,
		       write(actor->pipe[1], model_write(actor, slot, &range), range.length));
		expect(actor, (long)range.length,
		       read(actor->pipe[0], slot_at(actor, slot, range.area) + range.at,
			    range.length));
	}
	leave_slot(slot);
}

/* write(2) from the slot. */
void step_kernel_read(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	uint8_t text[3 * PAGE];
	struct range range;

	if (pick_range(actor, slot, &range)) {
		log_step(actor, "slot %u area %u: write(2) %lu from %#lx", slot->index, range.area,
			 (unsigned long)range.length, (unsigned long)range.at);
		expect(actor, (long)range.length,
		       write(actor->pipe[1], slot_at(actor, slot, range.area) + range.at,
			     range.length));
		expect(actor, (long)range.length, read(actor->pipe[0], text, range.length));
		check_bytes(actor, slot, range.area, range.at, range.length, text);
	}
	leave_slot(slot);
}

/* Access through /proc/PID/mem, as a debugger has it. */
void step_access(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	int mem = actor->world->mem;
	uint8_t text[3 * PAGE];
	struct range range;

	if (pick_range(actor, slot, &range)) {
		off_t at = (off_t)(uintptr_t)(slot_at(actor, slot, range.area) + range.at);

		log_step(actor, "slot %u area %u: /proc/self/mem %lu at %#lx", slot->index,
			 range.area, (unsigned long)range.length, (unsigned long)range.at);
		if (below(actor, 2))
			expect(actor, (long)range.length,
			       pwrite(mem, model_write(actor, slot, &range), range.length, at));
		expect(actor, (long)range.length, pread(mem, text, range.length, at));
		check_bytes(actor, slot, range.area, range.at, range.length, text);
	}
	leave_slot(slot);
}

void step_guard(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	uint8_t *at = pick_guard(actor, slot);

	log_step(actor, "slot %u: guard at %p", slot->index, (void *)at);
	if (below(actor, 2))
		test_signal(SIGSEGV, at, poke(at, 1));
	else
		test_signal(SIGSEGV, at, peek(at));
	leave_slot(slot);
}

void step_kernel_guard(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	uint8_t *at = pick_guard(actor, slot), byte = 1;

	log_step(actor, "slot %u: read(2) to the guard at %p", slot->index, (void *)at);
	expect(actor, 1, write(actor->pipe[1], &byte, 1));
	expect(actor, -1, read(actor->pipe[0], at, 1));
	expect(actor, EFAULT, errno);
	expect(actor, 1, read(actor->pipe[0], &byte, 1));
	expect(actor, -1, write(actor->pipe[1], at, 1));
	expect(actor, EFAULT, errno);
	leave_slot(slot);
}

/* A second mapping, of some pages around the slot. */
void step_second_map(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	struct pool *pool = &actor->world->pool;
	struct range range;

	if (pick_range(actor, slot, &range)) {
		uint64_t offset = slab_offset(pool, slot->index, range.area) + range.at;
		uint64_t first = offset / PAGE * PAGE;
		size_t size = offset + range.length - first;
		uint8_t *map = map_shared(pool->fd, size, first), *at = map + (offset - first);

		log_step(actor, "slot %u area %u: second mapping, %lu at %#lx", slot->index,
			 range.area, (unsigned long)range.length, (unsigned long)range.at);
		check_bytes(actor, slot, range.area, range.at, range.length, at);
		memcpy(at, model_write(actor, slot, &range), range.length);
		check_bytes(actor, slot, range.area, range.at, range.length,
			    slot_at(actor, slot, range.area) + range.at);
		test_sys(munmap(map, size));
	}
	leave_slot(slot);
}
