/* SPDX-License-Identifier: MIT */
/*
 * A model of a pool in plain memory: what every byte and every limit of each slot
 * must be, kept by the threads that change the slots.
 *
 * A thread holds the model's lock of a slot while it works on the slot, several in
 * rising order. That makes the expected content well defined; the kernel still has
 * all threads in it at once, on different slots, images and page tables.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include "abi.h"

#include <pthread.h>
#include <stdatomic.h>

#define SLOTS 8
/* Slots that threads use without a lock; the model has nothing about their content. */
#define WILD_SLOTS 4
#define AREAS 2
#define MAX_IMAGES 8
#define TAGS 3

/* Pages: areas that begin and end anywhere in what one fault maps. */
struct model_shape {
	uint64_t reserve, guard, max, initial;
};

extern const struct model_shape shape[AREAS];

/* An image; the last that puts its reference frees it. */
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
	int mem; /* /proc/self/mem */
	_Atomic long reclaims_begun, reclaims_ended;
	_Atomic bool stop;
};

#endif /* TESTS_MODEL_H */
