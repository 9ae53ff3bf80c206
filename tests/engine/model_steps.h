/* SPDX-License-Identifier: MIT */
/*
 * The steps of the model test: each does one thing to the pool and the same to the
 * model, and compares what can be compared.
 */
#ifndef TESTS_ENGINE_MODEL_STEPS_H
#define TESTS_ENGINE_MODEL_STEPS_H

#include "model.h"

/* ---- getting hold of slots ----------------------------------------------- */

/* With its lock, and active. */
static inline struct model_slot *take_slot(struct actor *actor)
{
	struct model_slot *slot = &actor->world->slots[below(actor, SLOTS)];

	pthread_mutex_lock(&slot->lock);
	if (slot->idle)
		claim_own(&actor->world->pool, slot->index);
	slot->idle = false;
	return slot;
}

static inline void leave_slot(struct model_slot *slot)
{
	pthread_mutex_unlock(&slot->lock);
}

static inline void lock_all(struct world *world)
{
	for (uint32_t i = 0; i < SLOTS; i++)
		pthread_mutex_lock(&world->slots[i].lock);
}

static inline void unlock_all(struct world *world)
{
	for (uint32_t i = 0; i < SLOTS; i++)
		pthread_mutex_unlock(&world->slots[i].lock);
}

/* A range within the limit of some area; false when that area has none. */
struct range {
	uint32_t area;
	uint64_t at, length;
};

static inline bool pick_range(struct actor *actor, struct model_slot *slot, struct range *range)
{
	uint64_t bytes, longest;

	range->area = (uint32_t)below(actor, AREAS);
	bytes = slot->limits[range->area] * PAGE;
	if (!bytes)
		return false;
	range->at = below(actor, bytes);
	longest = bytes - range->at < 3 * PAGE ? bytes - range->at : 3 * PAGE;
	range->length = 1 + below(actor, below(actor, 2) ? longest : longest < 32 ? longest : 32);
	return true;
}

static inline void fill_random(struct actor *actor, uint8_t *to, uint64_t length)
{
	uint64_t word = any(actor);

	for (uint64_t i = 0; i < length; i++)
		to[i] = (uint8_t)(word >> (i % 8 * 8)) ^ (uint8_t)(i >> 3);
}

/* New content for a range, in the model. Returns it. */
static inline const uint8_t *model_write(struct actor *actor, struct model_slot *slot,
					 const struct range *range)
{
	uint8_t *to = slot->content[range->area] + range->at;

	fill_random(actor, to, range->length);
	slot->clean = false;
	return to;
}

/* ---- touching ------------------------------------------------------------ */

static inline void step_write(struct actor *actor)
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

static inline void step_check(struct actor *actor)
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
static inline void step_kernel_write(struct actor *actor)
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
static inline void step_kernel_read(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	uint8_t text[3 * 4096];
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

/* A debugger's way in. */
static inline void step_access(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	int mem = actor->world->mem;
	uint8_t text[3 * 4096];
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

/* A place where no data may ever be: past the limit, as far as the next area. */
static inline uint8_t *pick_guard(struct actor *actor, struct model_slot *slot)
{
	uint32_t area = (uint32_t)below(actor, AREAS);
	uint64_t end = shape[area].reserve + shape[area].guard;
	uint64_t page = slot->limits[area];

	page += below(actor, 2) ? 0 : below(actor, end - page);
	return slot_at(actor, slot, area) + page * PAGE +
	       (below(actor, 2) ? 0 : below(actor, PAGE));
}

static inline void step_guard(struct actor *actor)
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

static inline void step_kernel_guard(struct actor *actor)
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
static inline void step_second_map(struct actor *actor)
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

/* ---- limits, resets, images ---------------------------------------------- */

static inline void step_resize(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	uint32_t area = (uint32_t)below(actor, AREAS);
	uint64_t limit = below(actor, shape[area].max + 1);

	log_step(actor, "slot %u area %u: limit %lu to %lu", slot->index, area,
		 (unsigned long)slot->limits[area], (unsigned long)limit);
	expect(actor, 0, do_resize(&actor->world->pool, slot->index, area, limit * PAGE));
	model_resize(slot, area, limit);
	leave_slot(slot);
}

static inline void step_reset(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);

	log_step(actor, "slot %u: reset", slot->index);
	expect(actor, 0, do_reset(&actor->world->pool, slot->index));
	model_reset(slot);
	slot->resets++;
	leave_slot(slot);
}

/* The vector has one slot twice now and then. */
static inline void step_reset_many(struct actor *actor)
{
	struct world *world = actor->world;
	uint32_t slots[SLOTS + 1];
	struct guardslot_reset cmd = { .slots = (uintptr_t)slots };
	uint64_t chosen = any(actor);

	lock_all(world);
	for (uint32_t i = 0; i < SLOTS; i++)
		if (chosen >> i & 1 && !world->slots[i].idle)
			slots[cmd.count++] = i;
	if (cmd.count && chosen >> 20 & 1) {
		slots[cmd.count] = slots[0];
		cmd.count++;
	}
	log_step(actor, "reset of %u slots", cmd.count);
	expect(actor, 0, do_reset_cmd(&world->pool, &cmd));
	expect(actor, cmd.count, cmd.out_done);
	for (uint32_t i = 0; i < cmd.count; i++) {
		model_reset(&world->slots[slots[i]]);
		world->slots[slots[i]].resets++;
	}
	unlock_all(world);
}

static inline void step_rebind(struct actor *actor)
{
	struct model_image *image = image_pick(actor);
	struct model_slot *slot = take_slot(actor);
	int ret;

	log_step(actor, "slot %u: bind to %u", slot->index, image ? image->id : 0);
	ret = do_rebind(&actor->world->pool, slot->index, image ? image->id : GUARDSLOT_IMAGE_NONE);
	if (ret == -ENOENT && image && atomic_load(&image->destroyed)) {
		/* Another thread was faster. */
		image_put(image);
	} else {
		expect(actor, 0, ret);
		model_bind(slot, image);
		model_reset(slot);
		slot->resets++;
	}
	leave_slot(slot);
}

/* Content at any byte, with pages of zeroes in it. */
static inline void step_image_create(struct actor *actor)
{
	struct model_image *image = image_alloc(actor);
	struct guardslot_image_create cmd = { .tag = image->tag };

	for (uint32_t area = 0; area < AREAS; area++) {
		uint64_t limit = below(actor, shape[area].max + 1), at, length;
		uint8_t *content = image->content[area];

		image->limits[area] = limit;
		cmd.areas[area].limit = limit * PAGE;
		if (!limit || below(actor, 4) == 0)
			continue;
		at = below(actor, limit * PAGE);
		length = 1 + below(actor, limit * PAGE - at);
		fill_random(actor, content + at, length);
		for (uint64_t page = 0; page < limit; page++)
			if (below(actor, 3) == 0)
				memset(content + page * PAGE, 0, PAGE);
		cmd.areas[area].source = (uintptr_t)content + at;
		cmd.areas[area].offset = at;
		cmd.areas[area].length = length;
	}
	expect(actor, 0, do_image_create(&actor->world->pool, &cmd));
	image->id = cmd.out_image;
	log_step(actor, "image %u created", image->id);
	if (!image_publish(actor, image)) {
		expect(actor, 0, do_image_destroy(&actor->world->pool, image->id));
		image_put(image);
	}
}

static inline void step_snapshot(struct actor *actor)
{
	struct model_image *image = image_alloc(actor);
	struct model_slot *slot = take_slot(actor);

	expect(actor, 0,
	       do_image_snapshot(&actor->world->pool, slot->index, image->tag, &image->id));
	log_step(actor, "slot %u: snapshot is image %u", slot->index, image->id);
	for (uint32_t area = 0; area < AREAS; area++) {
		image->limits[area] = slot->limits[area];
		memcpy(image->content[area], slot->content[area], slot->limits[area] * PAGE);
	}
	leave_slot(slot);
	if (!image_publish(actor, image)) {
		expect(actor, 0, do_image_destroy(&actor->world->pool, image->id));
		image_put(image);
	}
}

static inline void step_image_destroy(struct actor *actor)
{
	struct model_image *image = image_unpublish(actor);

	if (!image)
		return;
	log_step(actor, "image %u destroyed", image->id);
	/* First: who sees ENOENT must see this. */
	atomic_store(&image->destroyed, true);
	expect(actor, 0, do_image_destroy(&actor->world->pool, image->id));
	expect(actor, -ENOENT, do_image_destroy(&actor->world->pool, image->id));
	image_put(image);
}

/* ---- residency ----------------------------------------------------------- */

static inline void step_prefault(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	struct guardslot_prefault cmd = { .slots = (uintptr_t)&slot->index, .count = 1 };

	if (below(actor, 2)) {
		uint32_t area = (uint32_t)below(actor, AREAS);
		uint64_t first = below(actor, slot->limits[area] + 1);

		cmd.flags = GUARDSLOT_PREFAULT_RANGE;
		cmd.area = area;
		cmd.offset = first * PAGE;
		cmd.length = below(actor, slot->limits[area] - first + 1) * PAGE;
	}
	log_step(actor, "slot %u area %u: prefault %#lx at %#lx", slot->index, cmd.area,
		 (unsigned long)cmd.length, (unsigned long)cmd.offset);
	expect(actor, 0, call_prefault(&actor->world->pool, &cmd));
	expect(actor, 1, cmd.out_done);
	leave_slot(slot);
}

static inline void step_purge(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);

	log_step(actor, "slot %u: purge", slot->index);
	expect(actor, 0, do_purge(&actor->world->pool, slot->index));
	model_purge(actor, slot);
	leave_slot(slot);
}

/* All slots of an image or of a tag, whatever else they are. */
static inline void step_purge_bound(struct actor *actor)
{
	struct world *world = actor->world;
	struct model_image *image = below(actor, 2) ? image_pick(actor) : NULL;
	struct guardslot_purge cmd = { .mode = GUARDSLOT_PURGE_TAG };
	uint32_t done = 0;
	int ret;

	if (image) {
		cmd.mode = GUARDSLOT_PURGE_IMAGE;
		cmd.image = image->id;
	} else {
		cmd.tag = 1 + below(actor, TAGS);
	}
	lock_all(world);
	log_step(actor, "purge of image %u or tag %lu", cmd.image, (unsigned long)cmd.tag);
	ret = do_purge_cmd(&world->pool, &cmd);
	if (ret == -ENOENT && image && atomic_load(&image->destroyed)) {
		unlock_all(world);
		image_put(image);
		return;
	}
	expect(actor, 0, ret);
	for (uint32_t i = 0; i < SLOTS; i++) {
		struct model_slot *slot = &world->slots[i];

		if (!slot->image || (image ? slot->image != image : slot->image->tag != cmd.tag))
			continue;
		model_purge(actor, slot);
		done++;
	}
	expect(actor, done, cmd.out_done);
	unlock_all(world);
	image_put(image);
}

static inline void step_purge_idle(struct actor *actor)
{
	struct world *world = actor->world;
	struct guardslot_purge cmd = { .mode = GUARDSLOT_PURGE_IDLE };
	long ended;
	bool may_miss;

	lock_all(world);
	log_step(actor, "purge of idle slots");
	ended = atomic_load(&world->reclaims_ended);
	expect(actor, 0, do_purge_cmd(&world->pool, &cmd));
	/* One that ran at any time since then. */
	may_miss = atomic_load(&world->reclaims_begun) != ended;
	for (uint32_t i = 0; i < SLOTS; i++) {
		struct model_slot *slot = &world->slots[i];
		struct guardslot_query query;

		if (!slot->idle)
			continue;
		expect(actor, 0, do_query(&world->pool, i, &query));
		/* The shrinker had it just then. */
		if (may_miss && query.out_purges == slot->purges)
			continue;
		expect(actor, (long)slot->purges + 1, (long)query.out_purges);
		model_purge(actor, slot);
	}
	unlock_all(world);
}

/* Only what is clean can be given up without a word. */
static inline void step_idle(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);

	log_step(actor, "slot %u: idle", slot->index);
	if (!slot->clean) {
		expect(actor, 0, do_reset(&actor->world->pool, slot->index));
		model_reset(slot);
		slot->resets++;
	}
	slot->idle = true;
	release(&actor->world->pool, slot->index);
	leave_slot(slot);
}

static inline void step_reclaim(struct actor *actor)
{
	log_step(actor, "drop caches");
	atomic_fetch_add(&actor->world->reclaims_begun, 1);
	drop_caches();
	atomic_fetch_add(&actor->world->reclaims_ended, 1);
}

static inline void step_query(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	struct guardslot_query query;
	uint64_t pages = 0, most = 0;

	log_step(actor, "slot %u: query", slot->index);
	expect(actor, 0, do_query(&actor->world->pool, slot->index, &query));
	expect(actor, slot->image ? slot->image->id : GUARDSLOT_IMAGE_NONE, query.out_image);
	expect(actor, slot->image ? (long)slot->image->tag : 0, (long)query.out_tag);
	expect(actor, GUARDSLOT_ACTIVE, query.out_state);
	expect(actor, (long)slot->resets, (long)query.out_resets);
	expect(actor, (long)slot->purges, (long)query.out_purges);
	for (uint32_t area = 0; area < AREAS; area++) {
		expect(actor, (long)(slot->limits[area] * PAGE), (long)query.out_limit[area]);
		pages += slot->limits[area];
		most += actor->world->pool.geometry.areas[area].max / PAGE;
	}
	/* Private ones may be parked past the limits, those of an image never. */
	if (query.out_shared_pages > pages ||
	    query.out_resident_pages + query.out_shared_pages > most)
		model_fail(actor, "slot %u: %u private and %u shared pages within %lu of %lu",
			   slot->index, query.out_resident_pages, query.out_shared_pages,
			   (unsigned long)pages, (unsigned long)most);
	leave_slot(slot);
}

/* ---- other processes ----------------------------------------------------- */

/* A child sees the same slot, after mapping the pool itself, and writes. */
static inline void step_child(struct actor *actor)
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

/* A child is killed in the midst of touches, resets and purges of the slot. */
static inline void step_kill(struct actor *actor)
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

#endif /* TESTS_ENGINE_MODEL_STEPS_H */
