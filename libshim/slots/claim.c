// SPDX-License-Identifier: MIT
/*
 * The claim words: which slots are in use, and which may lose their pages.
 *
 * A word is shared with the kernel, or with a purge of the mmap backend. These change it
 * from IDLE to RECLAIM only, and afterwards back. words.h has what is this process's alone.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>

#include "backend/backend.h"
#include "base/error.h"
#include "slots/checked.h"
#include "slots/claim.h"
#include "slots/slot.h"
#include "slots/waiting.h"
#include "slots/words.h"

static const char *state_name(uint32_t state)
{
	switch (shim_word_state(state)) {
	case SHIM_SLOT_IDLE:
		return "idle";
	case SHIM_SLOT_RECLAIM:
		return "being reclaimed";
	case SHIM_SLOT_WAITING:
		return "waiting for its reset";
	case SHIM_SLOT_FAILED:
		return "one whose reset failed";
	default:
		return "claimed";
	}
}

/* Whether the slot can be claimed soon. */
static bool is_soon_idle(uint32_t state)
{
	return state == SHIM_SLOT_RECLAIM || state == SHIM_SLOT_WAITING;
}

/* What the word became in an exchange that failed. */
static int claim_error(uint32_t slot, uint32_t state)
{
	return shim_error_set(is_soon_idle(state) ? -EAGAIN : -EBUSY, "slot %" PRIu32 " is %s",
			      slot, state_name(state));
}

static bool word_exchange(struct shim_pool *pool, uint32_t slot, uint32_t *from, uint32_t to,
			  memory_order order)
{
	return atomic_compare_exchange_strong_explicit(shim_claim_word(pool, slot), from, to, order,
						       memory_order_relaxed);
}

/* Pairs with the release in shim_slot_set_idle() and with the kernel's. */
int shim_slot_claim(struct shim_pool *pool, uint32_t slot)
{
	uint32_t state = SHIM_SLOT_IDLE;
	int error = shim_slot_check(pool, slot);

	if (error)
		return error;
	if (!word_exchange(pool, slot, &state, SHIM_SLOT_ACTIVE, memory_order_acquire))
		return claim_error(slot, state);
	return pool->checked ? shim_checked_enter(pool, slot) : 0;
}

/* The word is read first, so that the lines of slots in use stay with their users. */
static bool claim_try(struct shim_pool *pool, uint32_t slot, bool *is_soon)
{
	uint32_t state = atomic_load_explicit(shim_claim_word(pool, slot), memory_order_relaxed);

	if (state == SHIM_SLOT_IDLE &&
	    word_exchange(pool, slot, &state, SHIM_SLOT_ACTIVE, memory_order_acquire))
		return true;
	*is_soon |= is_soon_idle(state);
	return false;
}

/* Claims the first idle slot from *last on. */
static bool claim_search(struct shim_pool *pool, uint32_t *last, bool *is_soon)
{
	for (uint32_t i = 0; i < pool->slots; i++) {
		uint32_t at = (uint32_t)(((uint64_t)*last + i) % pool->slots);

		if (!claim_try(pool, at, is_soon))
			continue;
		*last = at;
		return true;
	}
	return false;
}

int shim_slot_claim_any(struct shim_pool *pool, uint32_t *slot)
{
	/* Where the search begins; threads have different slots, and each its own again. */
	static __thread uint32_t last;
	int error = shim_pool_check(pool);
	uint32_t helped = 0;
	bool is_soon;

	if (error)
		return error;
	if (!slot)
		return shim_error_set(-EFAULT, "slot is NULL");
	do {
		is_soon = false;
		if (!claim_search(pool, &last, &is_soon))
			continue;
		*slot = last;
		return pool->checked ? shim_checked_enter(pool, last) : 0;
	} while (is_soon && shim_waiting_help(pool, helped++));
	if (is_soon)
		return shim_error_set(-EAGAIN, "no slot is idle, one is being %s",
				      pool->waiting ? "reset or reclaimed" : "reclaimed");
	return shim_error_set(-EBUSY, "all %" PRIu32 " slots are claimed", pool->slots);
}

/* Apart, so that it costs other pools no registers. */
static __attribute__((noinline)) int checked_leave(struct shim_pool *pool, uint32_t slot,
						   uint32_t from, uint32_t to)
{
	uint32_t state = from;
	bool is_left;

	shim_checked_leave(pool, slot);
	is_left = word_exchange(pool, slot, &state, to, memory_order_release);
	shim_checked_left(pool, slot);
	return is_left ? 0 : claim_error(slot, state);
}

int shim_word_leave(struct shim_pool *pool, uint32_t slot, uint32_t from, uint32_t to)
{
	uint32_t state = from;

	if (pool->checked)
		return checked_leave(pool, slot, from, to);
	if (!word_exchange(pool, slot, &state, to, memory_order_release))
		return claim_error(slot, state);
	return 0;
}

/* Pairs with the acquire in shim_slot_claim(): its caller sees the slot reset. */
int shim_slot_set_idle(struct shim_pool *pool, uint32_t slot)
{
	int error = shim_slot_check(pool, slot);

	if (error)
		return error;
	if (pool->ops->slot_check) {
		error = pool->ops->slot_check(pool, slot);
		if (error)
			return error;
	}
	return shim_word_leave(pool, slot, SHIM_SLOT_ACTIVE, SHIM_SLOT_IDLE);
}

/* A slot that is idle may be another's as soon as it was looked at, and is not reset. */
static int all_are_claimed(struct shim_pool *pool, const uint32_t *slots, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t state =
			atomic_load_explicit(shim_claim_word(pool, slots[i]), memory_order_relaxed);

		if (state != SHIM_SLOT_ACTIVE)
			return shim_error_set(-EBUSY, "slot %" PRIu32 " is %s", slots[i],
					      state_name(state));
	}
	return 0;
}

static int vector_release(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			  uint32_t *released)
{
	while (*released < count) {
		int error = shim_slot_set_idle(pool, slots[*released]);

		if (error)
			return error;
		++*released;
	}
	return 0;
}

static int release(struct shim_pool *pool, const uint32_t *slots, uint32_t count, uint32_t flags,
		   uint32_t *released)
{
	uint32_t reset = 0;
	int error = shim_slot_vector_check(pool, slots, count), idle_error;

	if (error)
		return error;
	if (flags & ~SHIM_RELEASE_KEEP)
		return shim_error_set(-EOPNOTSUPP, "flags 0x%" PRIx32 " are unknown",
				      flags & ~SHIM_RELEASE_KEEP);
	error = all_are_claimed(pool, slots, count);
	if (error)
		return error;
	if (flags & SHIM_RELEASE_KEEP)
		return vector_release(pool, slots, count, released);
	if (pool->waiting)
		return shim_waiting_add(pool, slots, count, released);
	error = pool->ops->slot_reset(pool, slots, count, false, SHIM_IMAGE_NONE, &reset);
	idle_error = vector_release(pool, slots, reset, released);
	return error ? error : idle_error;
}

int shim_slot_release(struct shim_pool *pool, const uint32_t *slots, uint32_t count, uint32_t flags,
		      uint32_t *done)
{
	uint32_t released = 0;
	int error = release(pool, slots, count, flags, &released);

	if (done)
		*done = released;
	return error;
}

bool shim_slot_is_active(const struct shim_pool *pool, uint32_t slot)
{
	return atomic_load(shim_claim_word(pool, slot)) == SHIM_SLOT_ACTIVE;
}
