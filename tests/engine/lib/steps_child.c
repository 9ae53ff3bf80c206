// SPDX-License-Identifier: MIT
/* Steps with a child process. */
#include <signal.h>
#include <sys/wait.h>

#include "memory.h"
#include "model_slot.h"
#include "step_slot.h"
#include "steps.h"

/* A child sees the same slot, after mapping the pool itself, and writes. */
void step_child(struct actor *actor)
{
	struct world *world = actor->world;
	struct model_slot *slot = take_slot(actor);
	struct range range;
	pid_t child;
	int status;

	if (pick_range(actor, slot, &range)) {
		const uint8_t *text;

		log_step(actor, "slot %u area %u: a child writes %lu at %#lx", slot->index,
			 range.area, (unsigned long)range.length, (unsigned long)range.at);
		child = fork();
		test_sys(child);
		if (child == 0) {
			world->pool.base =
				map_shared(world->pool.fd, world->pool.geometry.out_map_size, 0);
			check_slot(actor, slot);
			text = model_write(actor, slot, &range);
			memcpy(slot_at(actor, slot, range.area) + range.at, text, range.length);
			_exit(0);
		}
		/* The same from the same random state. */
		model_write(actor, slot, &range);
		expect(actor, child, waitpid(child, &status, 0));
		expect(actor, 0, status);
	}
	leave_slot(slot);
}

/* A child is killed during touches, resets and purges of the slot. */
void step_kill(struct actor *actor)
{
	struct world *world = actor->world;
	struct model_slot *slot = take_slot(actor);
	struct guardslot_query query;
	pid_t child = fork();

	log_step(actor, "slot %u: a child is killed", slot->index);
	test_sys(child);
	if (child == 0) {
		world->pool.base = map_shared(world->pool.fd, world->pool.geometry.out_map_size, 0);
		for (;;) {
			struct range range;

			if (pick_range(actor, slot, &range))
				memset(slot_at(actor, slot, range.area) + range.at, 0x5a,
				       range.length);
			if (below(actor, 4) == 0)
				do_reset(&world->pool, slot->index);
			if (below(actor, 8) == 0)
				do_resize(&world->pool, slot->index, 0, slot->limits[0] * PAGE);
		}
	}
	usleep((useconds_t)below(actor, 4000));
	test_sys(kill(child, SIGKILL));
	expect(actor, child, waitpid(child, NULL, 0));
	expect(actor, 0, do_reset(&world->pool, slot->index));
	model_reset(slot);
	expect(actor, 0, do_query(&world->pool, slot->index, &query));
	slot->resets = query.out_resets;
	leave_slot(slot);
}
