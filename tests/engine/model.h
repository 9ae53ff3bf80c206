/* SPDX-License-Identifier: MIT */
/*
 * A model of a pool in plain memory: what every byte and every limit of each slot
 * must be, kept by the threads that change the slots.
 *
 * A thread holds the model's lock of a slot while it works on the slot, several in
 * rising order. That makes the expected content well defined; the kernel still has
 * all threads in it at once, on different slots, images and page tables.
 */
#ifndef TESTS_ENGINE_MODEL_H
#define TESTS_ENGINE_MODEL_H

#include "claims.h"

#include <stdarg.h>

#define SLOTS 8
/* Slots that threads without any lock play with; no model knows their content. */
#define WILD_SLOTS 4
#define AREAS 2
#define MAX_IMAGES 8
#define TAGS 3
#define LOG_LINES 24

/* Pages: areas that begin and end anywhere in what one fault maps. */
static const struct {
	uint64_t reserve, guard, max, initial;
} shape[AREAS] = { { 48, 3, 40, 8 }, { 6, 0, 5, 2 } };

/* An image; the last who lets go frees it. */
struct model_image {
	uint32_t id;
	uint64_t tag;
	_Atomic int users;
	_Atomic bool destroyed;
	uint64_t limits[AREAS];
	uint8_t *content[AREAS];
};

struct model_slot {
	pthread_mutex_t lock;
	uint32_t index;
	struct model_image *image;
	uint64_t limits[AREAS];
	uint8_t *content[AREAS]; /* up to the area's max, also past the limit */
	uint64_t resets, purges;
	bool clean; /* nothing was written since it was reset */
	bool idle;
};

struct world {
	struct pool pool;
	struct model_slot slots[SLOTS];
	pthread_mutex_t images_lock;
	struct model_image *images[MAX_IMAGES];
	uint64_t seed;
	long steps;
	time_t deadline; /* 0: none */
	int mem;	 /* /proc/self/mem */
	_Atomic long reclaims_begun, reclaims_ended;
	_Atomic bool stop;
};

/* One thread, and what it did last. */
struct actor {
	struct world *world;
	pthread_t thread;
	uint32_t number;
	uint64_t random;
	long step;
	int pipe[2];
	char log[LOG_LINES][100];
	long logged;
};

static inline uint64_t any(struct actor *actor)
{
	actor->random += 0x9e3779b97f4a7c15ull;
	return mix(actor->random);
}

static inline uint64_t below(struct actor *actor, uint64_t end)
{
	return any(actor) % end;
}

static inline void log_step(struct actor *actor, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static inline void log_step(struct actor *actor, const char *format, ...)
{
	char *line = actor->log[actor->logged++ % LOG_LINES];
	va_list args;
	int used;

	used = snprintf(line, sizeof(actor->log[0]), "%ld: ", actor->step);
	va_start(args, format);
	vsnprintf(line + used, sizeof(actor->log[0]) - (size_t)used, format, args);
	va_end(args);
}

/* Ends the test: how to get here again, and how this thread did. */
static inline void tell_story(struct actor *actor)
{
	test_note("thread %u, step %ld; MODEL_SEED=%lu MODEL_STEPS=%ld does it again",
		  actor->number, actor->step, (unsigned long)actor->world->seed,
		  actor->world->steps);
	for (long i = actor->logged > LOG_LINES ? actor->logged - LOG_LINES : 0; i < actor->logged;
	     i++)
		test_note("  %s", actor->log[i % LOG_LINES]);
}

#define model_fail(actor, ...)          \
	do {                            \
		tell_story(actor);      \
		test_fail(__VA_ARGS__); \
	} while (0)

/* A call that must give just this. */
#define expect(actor, expected, call)                                                           \
	do {                                                                                    \
		long got_ = (call), expected_ = (expected);                                     \
		if (got_ != expected_)                                                          \
			model_fail(actor, "%s: got %ld, expected %ld", #call, got_, expected_); \
	} while (0)

/* ---- images -------------------------------------------------------------- */

static inline uint8_t *pages_alloc(uint32_t area)
{
	uint8_t *content = calloc(shape[area].max, PAGE);

	test_ok(content);
	return content;
}

static inline void image_get(struct model_image *image)
{
	if (image)
		atomic_fetch_add(&image->users, 1);
}

static inline void image_put(struct model_image *image)
{
	if (!image || atomic_fetch_sub(&image->users, 1) > 1)
		return;
	for (uint32_t area = 0; area < AREAS; area++)
		free(image->content[area]);
	free(image);
}

static inline struct model_image *image_alloc(struct actor *actor)
{
	struct model_image *image = calloc(1, sizeof(*image));

	test_ok(image);
	image->users = 1;
	image->tag = 1 + below(actor, TAGS);
	for (uint32_t area = 0; area < AREAS; area++)
		image->content[area] = pages_alloc(area);
	return image;
}

/* Any image that has an id, with a reference; NULL when there is none. */
static inline struct model_image *image_pick(struct actor *actor)
{
	struct world *world = actor->world;
	struct model_image *image;

	pthread_mutex_lock(&world->images_lock);
	image = world->images[below(actor, MAX_IMAGES)];
	image_get(image);
	pthread_mutex_unlock(&world->images_lock);
	return image;
}

/* Makes it known to all; the caller's reference goes to the table. */
static inline bool image_publish(struct actor *actor, struct model_image *image)
{
	struct world *world = actor->world;
	bool found = false;

	pthread_mutex_lock(&world->images_lock);
	for (int i = 0; i < MAX_IMAGES && !found; i++) {
		found = !world->images[i];
		if (found)
			world->images[i] = image;
	}
	pthread_mutex_unlock(&world->images_lock);
	return found;
}

/* Takes one out of the table, with the table's reference. */
static inline struct model_image *image_unpublish(struct actor *actor)
{
	struct world *world = actor->world;
	uint64_t index = below(actor, MAX_IMAGES);
	struct model_image *image;

	pthread_mutex_lock(&world->images_lock);
	image = world->images[index];
	world->images[index] = NULL;
	pthread_mutex_unlock(&world->images_lock);
	return image;
}

/* ---- slots --------------------------------------------------------------- */

static inline uint8_t *slot_at(struct actor *actor, const struct model_slot *slot, uint32_t area)
{
	return area_at(&actor->world->pool, slot->index, area);
}

static inline uint64_t initial_limit(const struct model_image *image, uint32_t area)
{
	return image ? image->limits[area] : shape[area].initial;
}

/* What the area holds from a page on when nobody has written. */
static inline void model_restore(struct model_slot *slot, uint32_t area, uint64_t first,
				 uint64_t end)
{
	uint8_t *to = slot->content[area] + first * PAGE;

	if (first >= end)
		return;
	if (slot->image)
		memcpy(to, slot->image->content[area] + first * PAGE, (end - first) * PAGE);
	else
		memset(to, 0, (end - first) * PAGE);
}

static inline void model_reset(struct model_slot *slot)
{
	for (uint32_t area = 0; area < AREAS; area++) {
		model_restore(slot, area, 0, shape[area].max);
		slot->limits[area] = initial_limit(slot->image, area);
	}
	slot->clean = true;
}

/* Takes over the caller's reference. */
static inline void model_bind(struct model_slot *slot, struct model_image *image)
{
	image_put(slot->image);
	slot->image = image;
}

/*
 * What a purge made of the slot. An image that is destroyed is let go of, but
 * whether it was before the purge, while another thread is about it, only the
 * kernel knows.
 */
static inline void model_purge(struct actor *actor, struct model_slot *slot)
{
	if (slot->image && atomic_load(&slot->image->destroyed)) {
		struct guardslot_query query;

		expect(actor, 0, do_query(&actor->world->pool, slot->index, &query));
		if (query.out_image != slot->image->id) {
			expect(actor, GUARDSLOT_IMAGE_NONE, query.out_image);
			model_bind(slot, NULL);
		}
	}
	model_reset(slot);
	slot->purges++;
}

static inline void model_resize(struct model_slot *slot, uint32_t area, uint64_t limit)
{
	model_restore(slot, area, limit, slot->limits[area]);
	slot->limits[area] = limit;
}

/* Part of an area against the model, from the kernel's side or the user's. */
static inline void check_bytes(struct actor *actor, struct model_slot *slot, uint32_t area,
			       uint64_t at, uint64_t length, const uint8_t *seen)
{
	const uint8_t *expected = slot->content[area] + at;

	if (memcmp(seen, expected, length) == 0)
		return;
	for (uint64_t i = 0; i < length; i++)
		if (seen[i] != expected[i])
			model_fail(actor, "slot %u area %u page %lu byte %lu: %#x, expected %#x",
				   slot->index, area, (unsigned long)((at + i) / PAGE),
				   (unsigned long)((at + i) % PAGE), seen[i], expected[i]);
	model_fail(actor, "slot %u area %u: content changes while it is compared", slot->index,
		   area);
}

static inline void check_slot(struct actor *actor, struct model_slot *slot)
{
	for (uint32_t area = 0; area < AREAS; area++)
		check_bytes(actor, slot, area, 0, slot->limits[area] * PAGE,
			    slot_at(actor, slot, area));
}

/* ---- the world ----------------------------------------------------------- */

static inline void world_make(struct world *world, uint32_t flags, uint64_t keep_pages)
{
	struct guardslot_create geometry = {
		.flags = flags,
		.slots = SLOTS + WILD_SLOTS,
		.area_count = AREAS,
		.pre_guard = 2 * PAGE,
		.keep_resident = keep_pages * PAGE,
	};

	for (uint32_t area = 0; area < AREAS; area++)
		geometry.areas[area] = (struct guardslot_area){
			shape[area].reserve * PAGE,
			shape[area].guard * PAGE,
			shape[area].max * PAGE,
			shape[area].initial * PAGE,
		};
	world->pool = pool_map(&geometry);
	world->mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	test_sys(world->mem);
	pthread_mutex_init(&world->images_lock, NULL);
	for (uint32_t i = 0; i < SLOTS; i++) {
		struct model_slot *slot = &world->slots[i];

		pthread_mutex_init(&slot->lock, NULL);
		slot->index = i;
		for (uint32_t area = 0; area < AREAS; area++)
			slot->content[area] = pages_alloc(area);
		model_reset(slot);
	}
}

static inline void actor_init(struct actor *actor, struct world *world, uint32_t number)
{
	*actor = (struct actor){
		.world = world,
		.number = number,
		.random = mix(world->seed + number),
	};
	test_sys(pipe2(actor->pipe, O_CLOEXEC));
}

/* All is as the model has it, and the pool goes as cleanly as it came. */
static inline void world_end(struct world *world)
{
	struct actor actor;

	actor_init(&actor, world, 99);
	for (uint32_t i = 0; i < SLOTS; i++) {
		if (world->slots[i].idle)
			claim_own(&world->pool, i);
		check_slot(&actor, &world->slots[i]);
	}
	pool_close(&world->pool);
}

#endif /* TESTS_ENGINE_MODEL_H */
