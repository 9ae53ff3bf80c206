// SPDX-License-Identifier: MIT
// Whatever calls come in whatever order, a slot reads as a plain model of the contract.
#include "slot_test.h"
#include "soak.h"
#include "random.h"

#define SLOTS 3
#define IMAGES 5
#define STEPS 1500

struct image {
	uint32_t id; /* 0: there is none */
	bool destroyed;
	struct model model;
};

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct image images[IMAGES];
static struct model none;
static struct model slots[SLOTS];   /* what must be there now */
static struct model origins[SLOTS]; /* what a reset brings back */
static bool orphans[SLOTS];	    /* bound to a destroyed image */
static uint32_t bound[SLOTS];
static uint64_t state;

static uint32_t draw(uint32_t below)
{
	return random_below(&state, below);
}

static void model_copy(struct model *to, const struct model *from)
{
	memcpy(to->limits, from->limits, sizeof(to->limits));
	for (uint32_t i = 0; i < to->areas; i++)
		memcpy(to->bytes[i], from->bytes[i], config.areas[i].max);
}

/* Past the limits a model holds what growing would show. */
static void model_forget(uint32_t slot, uint32_t area, uint64_t from)
{
	memcpy(slots[slot].bytes[area] + from, origins[slot].bytes[area] + from,
	       config.areas[area].max - from);
}

static void step_write(uint32_t slot)
{
	uint32_t area = draw(2);
	uint64_t limit = slots[slot].limits[area], at, length;
	unsigned int seed = draw(1000);

	if (!limit)
		return;
	at = draw((uint32_t)limit);
	length = 1 + draw(draw(2) ? 50 : (uint32_t)(5 * PAGE));
	if (length > limit - at)
		length = limit - at;
	fill(area_at(pool, slot, area) + at, length, seed);
	if (draw(4) == 0)
		memset((void *)(area_at(pool, slot, area) + at), 0, length);
	memcpy(slots[slot].bytes[area] + at, (void *)(area_at(pool, slot, area) + at), length);
}

static void step_resize(uint32_t slot)
{
	uint32_t area = draw(2);
	uint64_t limit = draw((uint32_t)(config.areas[area].max / PAGE) + 1) * PAGE, old;

	must(shim_slot_resize(pool, slot, area, limit, &old));
	test_eq(old, slots[slot].limits[area]);
	slots[slot].limits[area] = limit;
	model_forget(slot, area, limit);
}

static void step_reset(uint32_t slot)
{
	reset(pool, slot);
	model_copy(&slots[slot], &origins[slot]);
}

static void step_rebind(uint32_t slot)
{
	struct image *image = &images[draw(IMAGES)];
	bool to_none = draw(4) == 0;

	if (!to_none && (!image->id || image->destroyed))
		return;
	bound[slot] = to_none ? SHIM_IMAGE_NONE : image->id;
	rebind(pool, slot, bound[slot]);
	orphans[slot] = false;
	model_copy(&origins[slot], to_none ? &none : &image->model);
	model_copy(&slots[slot], &origins[slot]);
}

static void step_purge(uint32_t slot)
{
	purge(pool, slot);
	if (orphans[slot]) {
		model_copy(&origins[slot], &none);
		bound[slot] = SHIM_IMAGE_NONE;
		orphans[slot] = false;
	}
	model_copy(&slots[slot], &origins[slot]);
}

static void image_destroy(struct image *image)
{
	must(shim_image_destroy(pool, image->id));
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		orphans[slot] |= bound[slot] == image->id;
	model_free(&image->model);
	image->id = 0;
}

/* A snapshot of a slot has its limits, and past them zero. */
static void step_snapshot(uint32_t slot)
{
	struct image *image = &images[draw(IMAGES)];

	if (image->id)
		image_destroy(image);
	must(shim_image_snapshot(pool, 1, slot, &image->id));
	image->model = model_none(&config);
	for (uint32_t i = 0; i < 2; i++) {
		image->model.limits[i] = slots[slot].limits[i];
		memcpy(image->model.bytes[i], slots[slot].bytes[i], slots[slot].limits[i]);
	}
}

static void step_image(uint32_t slot)
{
	struct image *image = &images[draw(IMAGES)];

	(void)slot;
	if (image->id)
		image_destroy(image);
	else
		image->id = image_noise(pool, &config, 1, draw(1000), &image->model);
}

/* What the pool had, for the next one. */
static void forget_all(void)
{
	for (uint32_t i = 0; i < IMAGES; i++)
		if (images[i].id)
			model_free(&images[i].model);
	memset(images, 0, sizeof(images));
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		model_free(&slots[slot]);
		model_free(&origins[slot]);
	}
	model_free(&none);
	memset(orphans, 0, sizeof(orphans));
	memset(bound, 0, sizeof(bound));
}

static void run(uint64_t seed)
{
	static void (*const steps[])(uint32_t slot) = {
		step_write, step_write, step_write,  step_write, step_resize,	step_resize,
		step_reset, step_reset, step_rebind, step_purge, step_snapshot, step_image,
	};

	state = seed;
	config = config_default();
	config.slots = SLOTS;
	config.keep_resident = seed % 3 * 8 * PAGE;
	pool = pool_create(&config);
	none = model_none(&config);
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		slots[slot] = model_none(&config);
		origins[slot] = model_none(&config);
	}
	for (unsigned int step = 0; step < STEPS; step++) {
		uint32_t slot = draw(SLOTS);

		steps[draw(ARRAY_SIZE(steps))](slot);
		model_check(pool, slot, &slots[slot]);
		test_eq(query(pool, slot).image, bound[slot]);
	}
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		model_check(pool, slot, &slots[slot]);
	pool_destroy(pool);
	forget_all();
}

TEST("each round with another seed")
{
	uint64_t seed = soak_start(4);
	long round;

	for (round = 0; soak_goes_on(round); round++)
		run(seed + (uint64_t)round);
	soak_end(round);
}

TEST_MAIN()
