// SPDX-License-Identifier: MIT
/*
 * A child of fork() has plain memory in the place of each pool.
 *
 * Before fork() all slots are locked, so that what is copied belongs to the state which the
 * child finds; only pages that are different from their slot's image are.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "seam/fork.h"
#include "seam/plain.h"
#include "seam/pool.h"
#include "seam/real.h"
#include "seam/report.h"

#define PIECE 4096u

static pthread_once_t registered = PTHREAD_ONCE_INIT;
static int register_error;

/* ---- a slot's copy: a mapping of held bytes, of which the pages that differ are there,
 * and after it a byte for each page that says so.
 */

static uint64_t held_bytes(const struct seam_slot *slot)
{
	return slot->want < slot->real ? slot->want : slot->real;
}

static uint64_t copy_size(uint64_t held)
{
	return held + held / PIECE;
}

static bool differs(const struct seam_image *image, const unsigned char *page, uint64_t at)
{
	static const unsigned char zero[PIECE];

	if (image && at >= image->offset && at - image->offset < image->length)
		return memcmp(page, image->content + (at - image->offset), PIECE);
	return memcmp(page, zero, PIECE);
}

static void slot_save(struct seam_pool *pool, uint32_t index)
{
	struct seam_slot *slot = &pool->slots[index];
	const unsigned char *base = seam_slot_base(pool, index);
	uint64_t held = held_bytes(slot);
	struct shim_slot_info info;
	unsigned char *copy;

	if (!slot->end || !held)
		return;
	shim_slot_info_init(&info);
	if (!shim_slot_query(pool->shim, index, &info) && !info.resident_pages)
		return;
	copy = real_mmap(NULL, copy_size(held), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (real_is_error(copy)) {
		/* The child must not take what it finds for the slot's content. */
		slot->copy = MAP_FAILED;
		return;
	}
	for (uint64_t at = 0; at < held; at += PIECE) {
		if (!differs(slot->image, base + at, at))
			continue;
		memcpy(copy + at, base + at, PIECE);
		copy[held + at / PIECE] = 1;
	}
	slot->copy = copy;
}

static void slot_forget(struct seam_slot *slot)
{
	uint64_t held = held_bytes(slot);

	if (slot->copy && slot->copy != MAP_FAILED)
		real_munmap(slot->copy, copy_size(held));
	slot->copy = NULL;
}

/* In the child, which has no other threads. */
static void slot_make(struct seam_pool *pool, uint32_t index)
{
	struct seam_slot *slot = &pool->slots[index];
	unsigned char *base = seam_slot_base(pool, index);
	uint64_t held = held_bytes(slot);

	if (slot->copy == MAP_FAILED || seam_plain_image(base, slot->want, slot->image)) {
		/* It stays inaccessible. */
		if (slot->want)
			real_mprotect(base, slot->want, PROT_NONE);
	} else if (slot->copy) {
		for (uint64_t at = 0; at < held; at += PIECE)
			if (slot->copy[held + at / PIECE])
				memcpy(base + at, slot->copy + at, PIECE);
	}
	slot_forget(slot);
	slot->end = 0;
	slot->image = NULL;
}

/* ---- pools ---------------------------------------------------------------------------- */

static bool is_used(const struct seam_pool *pool)
{
	return atomic_load(&pool->start) && pool->shim;
}

/* Where a slot is plain memory already, the child has it from its parent. */
static void pool_make(struct seam_pool *pool)
{
	for (uint32_t i = 0; i < pool->slot_count; i++) {
		unsigned char *base = seam_slot_base(pool, i);
		uint64_t end = pool->slots[i].end;

		if (!end)
			continue;
		/* Nothing of the child's own can be there: it has just been made. */
		if (end == pool->reserve)
			end = pool->stride;
		if (real_is_error(real_mmap(base, end, PROT_NONE,
					    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
					    -1, 0)))
			continue;
		slot_make(pool, i);
	}
	/* Its memory is not the child's, and the parent has it still. */
	shim_pool_destroy(pool->shim);
	pool->shim = NULL;
	seam_images_free(&pool->images);
	seam_report("process %d, a child, has its pool at %p in plain memory", (int)getpid(),
		    (void *)atomic_load(&pool->start));
}

static void locks_release(struct seam_pool *pool)
{
	for (uint32_t i = 0; i < pool->slot_count; i++)
		seam_slot_unlock(&pool->slots[i]);
	pthread_mutex_unlock(&pool->images.lock);
	pthread_mutex_unlock(&pool->lock);
}

/* ---- fork() ---------------------------------------------------------------------------- */

static struct seam_pool *pools; /* while the list is locked */

static void before_fork(void)
{
	seam_inside++;
	pools = seam_pool_lock_all();
	for (struct seam_pool *pool = pools; pool; pool = pool->next) {
		if (!is_used(pool))
			continue;
		pthread_mutex_lock(&pool->lock);
		/* A slot's lock is taken before that of the images. */
		for (uint32_t i = 0; i < pool->slot_count; i++) {
			seam_slot_lock(&pool->slots[i]);
			slot_save(pool, i);
		}
		pthread_mutex_lock(&pool->images.lock);
	}
}

static void after_fork(void)
{
	for (struct seam_pool *pool = pools; pool; pool = pool->next) {
		if (!is_used(pool))
			continue;
		for (uint32_t i = 0; i < pool->slot_count; i++)
			slot_forget(&pool->slots[i]);
		locks_release(pool);
	}
	seam_pool_unlock_all();
	seam_inside--;
}

static void after_fork_in_child(void)
{
	for (struct seam_pool *pool = pools; pool; pool = pool->next) {
		if (!is_used(pool))
			continue;
		pool_make(pool);
		locks_release(pool);
	}
	seam_pool_unlock_all();
	seam_inside--;
}

static void handlers_register(void)
{
	register_error = -pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

int seam_fork_prepare(void)
{
	pthread_once(&registered, handlers_register);
	return register_error;
}
