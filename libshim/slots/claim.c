// SPDX-License-Identifier: MIT
/*
 * The claim words: which slots are in use, and which may lose their pages.
 *
 * A word is shared with the kernel, or with a purge of the mmap backend. These change it
 * from IDLE to RECLAIM only, and afterwards back.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>

#include "backend/backend.h"
#include "base/error.h"
#include "slots/claim.h"
#include "slots/slot.h"

static const char *state_name(uint32_t state)
{
	switch (state) {
	case SHIM_SLOT_IDLE:
		return "idle";
	case SHIM_SLOT_RECLAIM:
		return "being reclaimed";
	default:
		return "claimed";
	}
}

/* Pairs with the release in shim_slot_release() and with the kernel's. */
int shim_slot_claim(struct shim_pool *pool, uint32_t slot)
{
	uint32_t state = SHIM_SLOT_IDLE;
	int error = shim_slot_check(pool, slot);

	if (error)
		return error;
	if (!atomic_compare_exchange_strong_explicit(shim_claim_word(pool, slot), &state,
						     SHIM_SLOT_ACTIVE, memory_order_acquire,
						     memory_order_relaxed))
		return shim_error_set(-EBUSY, "slot %" PRIu32 " is %s", slot, state_name(state));
	return 0;
}

/* Pairs with the acquire in shim_slot_claim(): its caller sees the slot reset. */
int shim_slot_release(struct shim_pool *pool, uint32_t slot)
{
	uint32_t state = SHIM_SLOT_ACTIVE;
	int error = shim_slot_check(pool, slot);

	if (error)
		return error;
	if (pool->ops->slot_check) {
		error = pool->ops->slot_check(pool, slot);
		if (error)
			return error;
	}
	if (!atomic_compare_exchange_strong_explicit(shim_claim_word(pool, slot), &state,
						     SHIM_SLOT_IDLE, memory_order_release,
						     memory_order_relaxed))
		return shim_error_set(-EBUSY, "slot %" PRIu32 " is %s", slot, state_name(state));
	return 0;
}

bool shim_slot_is_active(const struct shim_pool *pool, uint32_t slot)
{
	return atomic_load(shim_claim_word(pool, slot)) == SHIM_SLOT_ACTIVE;
}
