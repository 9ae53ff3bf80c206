// SPDX-License-Identifier: MIT
/*
 * Slots of a pool that wait for their reset: how they are handed over and finished, and
 * those that failed. docs/architecture.md has the proof that no tenant sees another's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "background/resets.h"
#include "base/error.h"
#include "slots/checked.h"
#include "slots/waiting.h"
#include "slots/words.h"

struct shim_waiting {
	struct shim_resets *resets;
	atomic_uint failed; /* slots in FAILED */
};

/* ---- the reset ---------------------------------------------------------------------- */

/* Ends the waiting of a slot: with error 0 it can be claimed, and else by claim_failed. */
static void slot_finish(struct shim_pool *pool, uint32_t slot, int error)
{
	if (!error && pool->ops->slot_check)
		error = pool->ops->slot_check(pool, slot);
	if (error)
		atomic_fetch_add(&pool->waiting->failed, 1);
	/* Nobody else changes the word of a slot that waits. */
	shim_word_leave(pool, slot, SHIM_SLOT_WAITING,
			error ? shim_word_failed(error) : SHIM_SLOT_IDLE);
}

static void slots_reset(void *context, const uint32_t *slots, uint32_t count)
{
	struct shim_pool *pool = context;

	while (count) {
		uint32_t done = 0;
		int error =
			pool->ops->slot_reset(pool, slots, count, false, SHIM_IMAGE_NONE, &done);

		for (uint32_t i = 0; i < done; i++)
			slot_finish(pool, slots[i], 0);
		/* The slots after the one that failed were not tried. */
		if (error && done < count)
			slot_finish(pool, slots[done++], error);
		slots += done;
		count -= done;
	}
}

/* ---- create and destroy -------------------------------------------------------------- */

static struct shim_resets_config resets_config(const struct shim_pool_config *config)
{
	return (struct shim_resets_config){
		.mode = config->reset_mode,
		.threads = config->reset_threads,
		.batch = config->reset_batch,
		.waiting = config->reset_waiting,
		.cpus_size = config->reset_cpus_size,
		.cpus = config->reset_cpus,
		.slots = config->slots,
		.reset = slots_reset,
	};
}

int shim_waiting_check(const struct shim_pool_config *config)
{
	const struct shim_resets_config resets = resets_config(config);

	return shim_resets_check(&resets);
}

int shim_waiting_init(struct shim_pool *pool, const struct shim_pool_config *config)
{
	struct shim_resets_config resets = resets_config(config);
	int error;

	if (!shim_resets_are_wanted(&resets))
		return 0;
	resets.context = pool;
	pool->waiting = calloc(1, sizeof(*pool->waiting));
	if (!pool->waiting)
		return shim_error_set(-ENOMEM, "reset_mode %" PRIu32 ": no memory", resets.mode);
	error = shim_resets_create(&resets, &pool->waiting->resets);
	if (error)
		goto free_waiting;
	return 0;
free_waiting:
	free(pool->waiting);
	pool->waiting = NULL;
	return error;
}

void shim_waiting_uninit(struct shim_pool *pool)
{
	if (!pool->waiting)
		return;
	shim_resets_destroy(pool->waiting->resets, !*pool->mark);
	free(pool->waiting);
	pool->waiting = NULL;
}

/* ---- what callers do ------------------------------------------------------------------ */

int shim_waiting_add(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
		     uint32_t *released)
{
	while (*released < count) {
		uint32_t slot = slots[*released];
		int error = shim_word_leave(pool, slot, SHIM_SLOT_ACTIVE, SHIM_SLOT_WAITING);

		if (error)
			return error;
		shim_resets_add(pool->waiting->resets, slot);
		++*released;
	}
	return 0;
}

bool shim_waiting_help(struct shim_pool *pool, uint32_t at)
{
	if (!pool->waiting || at >= shim_resets_shards(pool->waiting->resets))
		return false;
	shim_resets_help(pool->waiting->resets, at);
	return true;
}

void shim_waiting_query(struct shim_pool *pool, struct shim_pool_info *info)
{
	if (!pool->waiting)
		return;
	info->waiting = shim_resets_count(pool->waiting->resets);
	info->failed = atomic_load(&pool->waiting->failed);
}

void shim_pool_flush(struct shim_pool *pool)
{
	if (!shim_pool_check(pool) && pool->waiting)
		shim_resets_flush(pool->waiting->resets);
}

int shim_pool_event(struct shim_pool *pool)
{
	int error = shim_pool_check(pool);

	if (error)
		return error;
	return shim_resets_event(pool->waiting ? pool->waiting->resets : NULL);
}

/* Pairs with shim_word_leave() in slot_finish(). */
static bool failed_take(struct shim_pool *pool, uint32_t slot, int *reason)
{
	_Atomic uint32_t *word = shim_claim_word(pool, slot);
	uint32_t state = atomic_load_explicit(word, memory_order_relaxed);

	if (shim_word_state(state) != SHIM_SLOT_FAILED ||
	    !atomic_compare_exchange_strong_explicit(word, &state, SHIM_SLOT_ACTIVE,
						     memory_order_acquire, memory_order_relaxed))
		return false;
	*reason = shim_word_error(state);
	return true;
}

int shim_slot_claim_failed(struct shim_pool *pool, uint32_t *slot, int *reason)
{
	int error = shim_pool_check(pool);

	if (error)
		return error;
	if (!slot || !reason)
		return shim_error_set(-EFAULT, "%s is NULL", slot ? "reason" : "slot");
	for (uint32_t i = 0; pool->waiting && i < pool->slots; i++) {
		if (!failed_take(pool, i, reason))
			continue;
		*slot = i;
		atomic_fetch_sub(&pool->waiting->failed, 1);
		return pool->checked ? shim_checked_enter(pool, i) : 0;
	}
	return shim_error_set(-ENOENT, "no slot has failed in a reset that it waited for");
}
