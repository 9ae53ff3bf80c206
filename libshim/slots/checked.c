// SPDX-License-Identifier: MIT
/*
 * The operations of a pool that a tool watches: around each of the backend's, the tool is
 * told what the call may touch, and afterwards what the program may.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/checkers.h"
#include "base/error.h"
#include "slots/checked.h"

/*
 * Of the address space past a limit. ASan's shadow of all of it would be memory, to be written
 * at each claim: of 4 GiB it is 512 MiB, which took 0.15 s, and of 64 KiB less than 1 us.
 */
#define GUARD_DENIED (UINT64_C(64) << 10)

/* The part of an area that the tool was told to deny; to is 0 where it is none. */
struct denied {
	uint64_t from;
	uint64_t to;
};

struct shim_checked {
	struct shim_backend_ops ops;	      /* the pool's: the backend's, with those below */
	const struct shim_backend_ops *inner; /* the backend's */
	bool watches_memory;
	pthread_mutex_t lock;  /* protects all below; taken before any of the backend */
	struct denied *denied; /* of each area of each slot */
};

/* TSan would take the lock for an order that the program has not made. */
static void checked_lock(struct shim_checked *checked)
{
	if (checked->watches_memory)
		pthread_mutex_lock(&checked->lock);
}

static void checked_unlock(struct shim_checked *checked)
{
	if (checked->watches_memory)
		pthread_mutex_unlock(&checked->lock);
}

/* ---- with the lock held ----------------------------------------------------------- */

static struct denied *denied_of(const struct shim_pool *pool, uint32_t slot, uint32_t area)
{
	return &pool->checked->denied[(uint64_t)slot * pool->area_count + area];
}

/* All of the slot may be touched, by the library. */
static void slot_allow(struct shim_pool *pool, uint32_t slot)
{
	for (uint32_t i = 0; i < pool->area_count; i++) {
		struct denied *denied = denied_of(pool, slot, i);

		shim_checkers_allow(shim_area_address(pool, slot, i) + denied->from,
				    denied->to - denied->from);
		*denied = (struct denied){ .to = 0 };
	}
}

/* The program may touch what it may: all up to the limits, or of an idle slot nothing. */
static void slot_deny(struct shim_pool *pool, uint32_t slot, bool is_claimed, bool is_defined)
{
	struct shim_slot_info info = { 0 };

	if (pool->checked->inner->slot_query(pool, slot, &info))
		return;
	for (uint32_t i = 0; i < pool->area_count; i++) {
		const struct shim_area_config *area = &pool->areas[i];
		uint64_t limit = info.limit[i], end = area->reserve + area->guard;
		unsigned char *base = shim_area_address(pool, slot, i);
		struct denied *denied = denied_of(pool, slot, i);

		if (is_defined)
			shim_checkers_define(base, limit);
		denied->from = is_claimed ? limit : 0;
		denied->to = end - limit < GUARD_DENIED ? end : limit + GUARD_DENIED;
		shim_checkers_deny(base + denied->from, denied->to - denied->from);
	}
}

static void slot_tell(struct shim_pool *pool, uint32_t slot, bool is_defined)
{
	uint32_t state = atomic_load_explicit(shim_claim_word(pool, slot), memory_order_relaxed);

	slot_allow(pool, slot);
	slot_deny(pool, slot, state == SHIM_SLOT_ACTIVE, is_defined);
}

/* ---- claims ----------------------------------------------------------------------- */

int shim_checked_enter(struct shim_pool *pool, uint32_t slot)
{
	shim_checkers_acquire(shim_claim_word(pool, slot));
	if (!pool->checked->watches_memory)
		return 0;
	checked_lock(pool->checked);
	slot_tell(pool, slot, false);
	checked_unlock(pool->checked);
	return 0;
}

void shim_checked_leave(struct shim_pool *pool, uint32_t slot)
{
	checked_lock(pool->checked);
	if (pool->checked->watches_memory) {
		slot_allow(pool, slot);
		slot_deny(pool, slot, false, false);
	}
	shim_checkers_release(shim_claim_word(pool, slot));
}

void shim_checked_left(struct shim_pool *pool, uint32_t slot)
{
	if (pool->checked->watches_memory)
		slot_tell(pool, slot, false);
	checked_unlock(pool->checked);
}

/* ---- operations -------------------------------------------------------------------- */

/* Slots of a call; NULL: the first count ones. */
static uint32_t slot_at(const uint32_t *slots, uint32_t i)
{
	return slots ? slots[i] : i;
}

static void call_begin(struct shim_pool *pool, const uint32_t *slots, uint32_t count)
{
	checked_lock(pool->checked);
	for (uint32_t i = 0; pool->checked->watches_memory && i < count; i++)
		slot_allow(pool, slot_at(slots, i));
}

/* Of the first done slots the kernel has written all. */
static void call_end(struct shim_pool *pool, const uint32_t *slots, uint32_t count, uint32_t done)
{
	for (uint32_t i = 0; pool->checked->watches_memory && i < count; i++)
		slot_tell(pool, slot_at(slots, i), i < done);
	checked_unlock(pool->checked);
}

static int checked_reset(struct shim_pool *pool, const uint32_t *slots, uint32_t count, bool rebind,
			 uint32_t image, uint32_t *done)
{
	int error;

	call_begin(pool, slots, count);
	error = pool->checked->inner->slot_reset(pool, slots, count, rebind, image, done);
	call_end(pool, slots, count, *done);
	return error;
}

static int checked_resize(struct shim_pool *pool, uint32_t slot, uint32_t area, uint64_t limit,
			  uint64_t *old_limit)
{
	int error;

	call_begin(pool, &slot, 1);
	error = pool->checked->inner->slot_resize(pool, slot, area, limit, old_limit);
	if (!error && limit > *old_limit)
		shim_checkers_define(shim_area_address(pool, slot, area) + *old_limit,
				     limit - *old_limit);
	call_end(pool, &slot, 1, 0);
	return error;
}

static int checked_prefault(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			    const struct shim_range *range, uint64_t *pages, uint32_t *done)
{
	int error;

	call_begin(pool, slots, count);
	error = pool->checked->inner->slot_prefault(pool, slots, count, range, pages, done);
	call_end(pool, slots, count, 0);
	return error;
}

static int checked_snapshot(struct shim_pool *pool, uint64_t tag, uint32_t slot, uint32_t *image)
{
	int error;

	call_begin(pool, &slot, 1);
	error = pool->checked->inner->image_snapshot(pool, tag, slot, image);
	call_end(pool, &slot, 1, 0);
	return error;
}

/* In RECLAIM the purge has the slot, and TSan sees it take and leave it. */
static int checked_purge(struct shim_pool *pool, const struct shim_purge *purge, uint32_t *done)
{
	const uint32_t *slots = purge->mode == SHIM_PURGE_SLOTS ? purge->slots : NULL;
	uint32_t count = slots ? purge->count : pool->slots;
	bool is_idle = purge->mode == SHIM_PURGE_IDLE;
	int error;

	if (purge->mode == SHIM_PURGE_SLOTS && !purge->count)
		return pool->checked->inner->purge(pool, purge, done);
	call_begin(pool, slots, count);
	for (uint32_t slot = 0; is_idle && slot < count; slot++)
		shim_checkers_acquire(shim_claim_word(pool, slot));
	error = pool->checked->inner->purge(pool, purge, done);
	for (uint32_t slot = 0; is_idle && slot < count; slot++)
		shim_checkers_release(shim_claim_word(pool, slot));
	call_end(pool, slots, count, slots ? *done : 0);
	return error;
}

/* The addresses may be something else's next; in a child too, where another may hold the lock. */
static void checked_close(struct shim_pool *pool)
{
	struct shim_checked *checked = pool->checked;

	for (uint32_t slot = 0; slot < pool->slots; slot++)
		slot_allow(pool, slot);
	checked->inner->close(pool);
	free(checked->denied);
	free(checked);
}

int shim_checked_init(struct shim_pool *pool)
{
	bool watches_memory = shim_checkers_watch_memory();
	struct shim_checked *checked;

	if (!watches_memory && !shim_checkers_watch_threads())
		return 0;
	checked = calloc(1, sizeof(*checked));
	if (!checked)
		return shim_error_set(-ENOMEM, "slots %" PRIu32 ": no memory", pool->slots);
	checked->denied = calloc((size_t)pool->slots * pool->area_count, sizeof(*checked->denied));
	if (!checked->denied) {
		free(checked);
		return shim_error_set(-ENOMEM, "slots %" PRIu32 ": no memory", pool->slots);
	}
	pthread_mutex_init(&checked->lock, NULL);
	checked->watches_memory = watches_memory;
	checked->inner = pool->ops;
	checked->ops = *pool->ops;
	checked->ops.close = checked_close;
	checked->ops.image_snapshot = checked_snapshot;
	checked->ops.slot_reset = checked_reset;
	checked->ops.slot_resize = checked_resize;
	checked->ops.slot_prefault = checked_prefault;
	checked->ops.purge = checked_purge;
	/* The kernel would write slots when no tool is told. */
	checked->ops.command_prepare = NULL;
	pool->checked = checked;
	pool->ops = &checked->ops;
	for (uint32_t slot = 0; watches_memory && slot < pool->slots; slot++)
		slot_tell(pool, slot, true);
	return 0;
}
