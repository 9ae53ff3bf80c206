/* SPDX-License-Identifier: MIT */
/*
 * What the contract tests share. They take the backend as their argument:
 *
 *	device		/dev/guardslot
 *	mmap		plain system calls, the best way this kernel has
 *	mmap-noscan	the same, as on a kernel without PAGEMAP_SCAN
 *	mmap-noproc	the same, as without /proc
 *
 * A test says what must be true of a slot with a struct model: the limits, and
 * every byte below them.
 */
#ifndef SLOT_TEST_H
#define SLOT_TEST_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "must.h"
#include "libshim.h"
#include "mmap/pagemap.h"

#define PAGE UINT64_C(4096)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline bool backend_is(const char *name)
{
	return test_argc > 1 && strcmp(test_argv[1], name) == 0;
}

static inline enum shim_backend backend_get(void)
{
	if (backend_is("device"))
		return SHIM_BACKEND_DEVICE;
	if (backend_is("mmap-noscan"))
		shim_pagemap_best = SHIM_PAGEMAP_READ;
	else if (backend_is("mmap-noproc"))
		shim_pagemap_best = SHIM_PAGEMAP_NONE;
	else if (!backend_is("mmap"))
		test_fail("usage: %s device|mmap|mmap-noscan|mmap-noproc", test_argv[0]);
	return SHIM_BACKEND_MMAP;
}

/* ---- pools --------------------------------------------------------------- */

/* Two areas that differ in everything; a test changes what it is about. */
static inline struct shim_pool_config config_default(void)
{
	return (struct shim_pool_config){
		.size = sizeof(struct shim_pool_config),
		.backend = backend_get(),
		.slots = 4,
		.area_count = 2,
		.pre_guard = 16 * PAGE,
		.areas = {
			{ .reserve = 64 * PAGE, .guard = 16 * PAGE, .max = 48 * PAGE,
			  .initial = 4 * PAGE },
			{ .reserve = 12 * PAGE, .guard = 3 * PAGE, .max = 12 * PAGE,
			  .initial = 2 * PAGE },
		},
	};
}

/* The pools of a test that nobody destroyed. */
static struct shim_pool *pools_left[8];

static inline struct shim_pool *pool_create(const struct shim_pool_config *config)
{
	struct shim_pool *pool;
	unsigned int i = 0;

	must(shim_pool_create(config, &pool));
	while (pools_left[i])
		test_ok(++i < COUNT(pools_left));
	pools_left[i] = pool;
	return pool;
}

static inline void pool_destroy(struct shim_pool *pool)
{
	for (unsigned int i = 0; i < COUNT(pools_left); i++)
		if (pools_left[i] == pool)
			pools_left[i] = NULL;
	shim_pool_destroy(pool);
}

/* At the end of a test, so that a sanitizer finds what the library lost. */
__attribute__((destructor)) static void pools_destroy(void)
{
	for (unsigned int i = 0; i < COUNT(pools_left); i++)
		shim_pool_destroy(pools_left[i]);
}

static inline struct shim_pool *pool_default(void)
{
	struct shim_pool_config config = config_default();

	return pool_create(&config);
}

/* ---- slots ---------------------------------------------------------------- */

static inline volatile unsigned char *area_at(struct shim_pool *pool, uint32_t slot, uint32_t area)
{
	volatile unsigned char *at = shim_slot_address(pool, slot, area);

	test_ok(at);
	return at;
}

static inline struct shim_slot_info query(struct shim_pool *pool, uint32_t slot)
{
	struct shim_slot_info info;

	must(shim_slot_query(pool, slot, &info));
	return info;
}

/* So many private pages; 0 where the backend cannot know. */
static inline void resident_is(struct shim_pool *pool, uint32_t slot, uint64_t pages)
{
	test_eq(query(pool, slot).resident_pages, backend_is("mmap-noproc") ? 0 : pages);
}

/*
 * Keeping pages over a reset takes knowing which were written, and for mmap that
 * takes PAGEMAP_SCAN.
 */
static inline bool backend_keeps_pages(void)
{
	struct shim_pagemap pagemap;

	if (backend_get() == SHIM_BACKEND_DEVICE)
		return true;
	shim_pagemap_open(&pagemap, PAGE);
	shim_pagemap_close(&pagemap);
	return pagemap.kind == SHIM_PAGEMAP_SCAN;
}

static inline void reset(struct shim_pool *pool, uint32_t slot)
{
	must(shim_slot_reset(pool, &slot, 1, NULL));
}

static inline void rebind(struct shim_pool *pool, uint32_t slot, uint32_t image)
{
	must(shim_slot_rebind(pool, &slot, 1, image, NULL));
}

static inline void purge(struct shim_pool *pool, uint32_t slot)
{
	must(shim_slot_purge(pool, &slot, 1, NULL));
}

static inline void resize(struct shim_pool *pool, uint32_t slot, uint32_t area, uint64_t limit)
{
	must(shim_slot_resize(pool, slot, area, limit, NULL));
}

/* Bytes that differ from place to place and from seed to seed; rarely 0. */
static inline unsigned char noise(uint64_t at, unsigned int seed)
{
	uint64_t x = (at + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ seed * UINT64_C(0xbf58476d1ce4e5b9);

	return (unsigned char)(x >> 29 ^ x >> 50) | 1;
}

static inline void fill(volatile unsigned char *to, uint64_t length, unsigned int seed)
{
	for (uint64_t i = 0; i < length; i++)
		to[i] = noise(i, seed);
}

/* Writes every accessible byte of the slot. */
static inline void dirty_all(struct shim_pool *pool, uint32_t slot, unsigned int seed)
{
	struct shim_slot_info info = query(pool, slot);

	for (uint32_t i = 0; i < SHIM_MAX_AREAS; i++)
		if (info.limit[i])
			fill(area_at(pool, slot, i), info.limit[i], seed + i);
}

static inline void reads_fault(volatile unsigned char *at)
{
	test_signal(SIGSEGV, at, *at);
}

static inline void writes_fault(volatile unsigned char *at)
{
	test_signal(SIGSEGV, at, *at = 1);
}

static inline void touches_fault(volatile unsigned char *at)
{
	reads_fault(at);
	writes_fault(at);
}

/* ---- models ---------------------------------------------------------------- */

struct model {
	uint32_t areas;
	uint64_t limits[SHIM_MAX_AREAS];
	unsigned char *bytes[SHIM_MAX_AREAS]; /* the area's max of them */
};

/* Models are left to the end of the process; the library has no part in it. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:model_none";
}

/* What a slot bound to no image has. */
static inline struct model model_none(const struct shim_pool_config *config)
{
	struct model model = { .areas = config->area_count };

	for (uint32_t i = 0; i < config->area_count; i++) {
		model.limits[i] = config->areas[i].initial;
		model.bytes[i] = calloc(1, config->areas[i].max + 1);
		test_ok(model.bytes[i]);
	}
	return model;
}

static inline void model_free(struct model *model)
{
	for (uint32_t i = 0; i < model->areas; i++)
		free(model->bytes[i]);
}

/* Every byte below the limits, and that there is nothing at them. */
static inline void model_check(struct shim_pool *pool, uint32_t slot, const struct model *model)
{
	struct shim_slot_info info = query(pool, slot);

	for (uint32_t i = 0; i < model->areas; i++) {
		volatile unsigned char *at = area_at(pool, slot, i);

		test_eq(info.limit[i], model->limits[i]);
		test_mem((const void *)at, model->bytes[i], model->limits[i]);
		touches_fault(at + model->limits[i]);
	}
}

/*
 * An image of noise: in each area as much as half of the limit, from a byte
 * offset on. *model is then what a slot bound to it must show.
 */
static inline uint32_t image_noise(struct shim_pool *pool, const struct shim_pool_config *config,
				   uint64_t tag, unsigned int seed, struct model *model)
{
	struct shim_image_area areas[SHIM_MAX_AREAS] = { 0 };
	uint32_t image;

	*model = model_none(config);
	for (uint32_t i = 0; i < config->area_count; i++) {
		uint64_t limit = config->areas[i].max / 2 & ~(PAGE - 1);

		model->limits[i] = limit;
		areas[i].limit = limit;
		areas[i].offset = 100 + seed % 50;
		areas[i].length = limit / 2;
		fill(model->bytes[i] + areas[i].offset, areas[i].length, seed + i);
		areas[i].source = model->bytes[i] + areas[i].offset;
	}
	must(shim_image_create(pool, tag, areas, config->area_count, &image));
	return image;
}

#endif /* SLOT_TEST_H */
