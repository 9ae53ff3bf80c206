// SPDX-License-Identifier: MIT
// After any calls, touches and system calls every byte of every slot is what a model says.
/*
 * The model is in plain memory. Any number of threads works on the slots, with forks,
 * kills and memory pressure in between.
 *
 * A round of soak.h is a step of each thread. SEED does a run again: to the last step
 * with one thread, the same steps in another order of threads with several.
 */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "abi.h"
#include "actor.h"
#include "fdinfo.h"
#include "guest.h"
#include "memory.h"
#include "model.h"
#include "pool.h"
#include "soak.h"
#include "steps.h"
#include "world.h"

/* Out of a thousand steps; forks and dropped caches cost much more than others. */
static const struct {
	uint32_t weight;
	void (*run)(struct actor *actor);
} steps[] = {
	{ 220, step_write },	   { 140, step_check },	    { 60, step_kernel_write },
	{ 40, step_kernel_read },  { 40, step_access },	    { 70, step_guard },
	{ 20, step_kernel_guard }, { 25, step_second_map }, { 90, step_resize },
	{ 80, step_reset },	   { 20, step_reset_many }, { 60, step_rebind },
	{ 12, step_image_create }, { 10, step_snapshot },   { 12, step_image_destroy },
	{ 35, step_prefault },	   { 20, step_purge },	    { 6, step_purge_bound },
	{ 6, step_purge_idle },	   { 50, step_idle },	    { 4, step_reclaim },
	{ 40, step_query },	   { 2, step_child },	    { 2, step_kill },
	{ 15, step_reset_mode },
};

static void one_step(struct actor *actor)
{
	uint64_t sum = 0, at;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		sum += steps[i].weight;
	at = below(actor, sum);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (at < steps[i].weight) {
			steps[i].run(actor);
			return;
		}
		at -= steps[i].weight;
	}
}

static void *run_actor(void *arg)
{
	struct actor *actor = arg;

	while (soak_goes_on(actor->step)) {
		actor->step++;
		one_step(actor);
	}
	return NULL;
}

/* ---- threads without locks ------------------------------------- */

static bool is_known_error(int ret)
{
	return ret == 0 || ret == -EINVAL || ret == -ENOENT || ret == -ENOSPC || ret == -ENOMEM ||
	       ret == -EBUSY;
}

/* Any byte of a slot without a lock: it may raise a signal or be data. */
static void wild_touch(struct actor *actor, uint32_t slot)
{
	struct pool *pool = &actor->world->pool;
	uint8_t *at = area_at(pool, slot, 0) + below(actor, pool->geometry.out_stride);
	bool write = below(actor, 2);

	if (sigsetjmp(*tap_signal_arm(), 1))
		return;
	if (write)
		poke(at, 1);
	else
		peek(at);
	tap_signal_disarm();
}

static int wild_call(struct actor *actor, uint32_t slot, uint32_t *image)
{
	struct pool *pool = &actor->world->pool;
	struct guardslot_prefault prefault = { .slots = (uintptr_t)&slot, .count = 1 };
	struct guardslot_query query;

	switch (below(actor, 10)) {
	case 0:
		return do_reset(pool, slot);
	case 1:
		return do_rebind(pool, slot, below(actor, 2) ? *image : GUARDSLOT_IMAGE_NONE);
	case 2:
		return do_resize(pool, slot, (uint32_t)below(actor, AREAS),
				 below(actor, 42) * PAGE);
	case 3:
		return do_purge(pool, slot);
	case 4:
		if (*image)
			do_image_destroy(pool, *image);
		/* No tag that the model's threads purge. */
		return do_image_snapshot(pool, slot, 1000, image);
	case 5:
		return do_prefault_cmd(pool, &prefault);
	case 6:
		prefault.flags = GUARDSLOT_PREFAULT_RANGE;
		prefault.length = below(actor, 41) * PAGE;
		return do_prefault_cmd(pool, &prefault);
	case 7:
		atomic_store(claim_word(pool, slot), (uint32_t)below(actor, 4));
		return 0;
	case 8:
		return do_query(pool, slot, &query);
	default:
		fdinfo(pool, "guardslot_resident");
		return 0;
	}
}

static void *run_wild(void *arg)
{
	struct actor *actor = arg;
	uint32_t image = 0;

	while (!atomic_load(&actor->world->stop)) {
		uint32_t slot = SLOTS + (uint32_t)below(actor, WILD_SLOTS);

		for (int i = 0; i < 4; i++)
			wild_touch(actor, slot);
		if (!is_known_error(wild_call(actor, slot, &image)))
			model_fail(
				actor,
				"a call on a slot without a lock gives an error that it cannot have");
		/* What is tested are the threads with locks. */
		usleep((useconds_t)below(actor, 1000));
	}
	return NULL;
}

/* ---- runs ---------------------------------------------------------------- */

static void run_model(uint32_t threads, uint32_t wild, uint32_t flags, uint64_t keep_pages,
		      long steps)
{
	struct world *world = calloc(1, sizeof(*world));
	struct actor *actors = calloc(threads + wild, sizeof(*actors));

	test_ok(world && actors);
	world->seed = soak_start(steps);
	world_make(world, flags, keep_pages);
	for (uint32_t i = 0; i < threads + wild; i++) {
		actor_init(&actors[i], world, i);
		test_eq(pthread_create(&actors[i].thread, NULL, i < threads ? run_actor : run_wild,
				       &actors[i]),
			0);
	}
	for (uint32_t i = 0; i < threads; i++)
		test_eq(pthread_join(actors[i].thread, NULL), 0);
	atomic_store(&world->stop, true);
	for (uint32_t i = threads; i < threads + wild; i++)
		test_eq(pthread_join(actors[i].thread, NULL), 0);
	world_end(world);
	soak_end(actors[0].step);
}

TEST("one thread, a run that can be done again to the last step")
{
	run_model(1, 0, 0, 0, scaled(8000, 2000));
}

TEST("four threads")
{
	run_model(4, 0, 0, 0, scaled(4000, 1000));
}

TEST("four threads in a pool that prefaults and keeps few pages")
{
	run_model(4, 0, GUARDSLOT_CREATE_PREFAULT, 6, scaled(4000, 1000));
}

TEST("four threads in a pool without write sets, and two threads without locks")
{
	run_model(4, 2, GUARDSLOT_CREATE_NO_WRITE_SETS, 0, scaled(4000, 1000));
}

TEST("two threads in a pool that prefaults, and three threads without locks")
{
	run_model(2, 3, GUARDSLOT_CREATE_PREFAULT, 10, scaled(4000, 1000));
}

TEST_MAIN()
