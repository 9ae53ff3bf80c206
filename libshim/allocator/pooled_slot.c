// SPDX-License-Identifier: MIT
/*
 * The life of a pooled slot between two instances.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>

#include "backend/backend.h"
#include "base/error.h"
#include "allocator/pooling.h"

#define PURGE_VECTOR 64

/* ---- give back ------------------------------------------------------------------- */

static void slot_let_go(struct shim_pooling *p, uint32_t slot)
{
	shim_binding_put(p->slots[slot].binding);
	p->slots[slot].binding = NULL;
}

static void slot_poison(struct shim_pooling *p, uint32_t slot)
{
	slot_let_go(p, slot);
	shim_slot_index_poison(p->index, slot);
}

/* Leaves nothing of the slot resident, and it is bound to nothing. */
static int slot_empty(struct shim_pooling *p, uint32_t slot)
{
	int error = shim_slot_rebind(p->pool, &slot, 1, SHIM_IMAGE_NONE, NULL);

	if (!error)
		error = shim_slot_purge(p->pool, &slot, 1, NULL);
	if (error) {
		slot_poison(p, slot);
		return error;
	}
	slot_let_go(p, slot);
	shim_slot_index_free_cold(p->index, slot);
	return 0;
}

/* A slot that shows its image: kept for the module, unless that was purged. */
static void slot_keep(struct shim_pooling *p, uint32_t slot)
{
	struct shim_pooled *pooled = &p->slots[slot];
	uint64_t purges = atomic_load(&p->purges), module;

	if (!pooled->binding || atomic_load(&pooled->binding->purged)) {
		(void)!slot_empty(p, slot);
		return;
	}
	if (shim_slot_release(p->pool, slot)) {
		slot_poison(p, slot);
		return;
	}
	module = pooled->binding->module_id;
	pooled->idle = true;
	shim_slot_index_free(p->index, slot, module);
	/* From here on the slot may be somebody else's. */
	if (atomic_load(&p->purges) != purges)
		(void)!shim_pooled_purge(p, module);
}

void shim_pooled_put_back(struct shim_pooling *p, uint32_t slot)
{
	if (p->slots[slot].binding)
		slot_keep(p, slot);
	else
		shim_slot_index_free_cold(p->index, slot);
}

void shim_pooled_reset(struct shim_pooling *p, const uint32_t *slots, uint32_t count)
{
	while (count) {
		uint32_t done = 0;
		int error = shim_slot_reset(p->pool, slots, count, &done);

		for (uint32_t i = 0; i < done; i++)
			slot_keep(p, slots[i]);
		/* The one that failed; those after it were not tried. */
		if (error && done < count)
			slot_poison(p, slots[done++]);
		slots += done;
		count -= done;
	}
}

/* ---- take ------------------------------------------------------------------------ */

/*
 * Makes an idle slot the caller's. The kernel may have it for a moment, to take
 * its pages. False when it is broken: a purge of idle slots failed on it.
 */
static bool slot_claim(struct shim_pooling *p, uint32_t slot)
{
	struct shim_pooled *pooled = &p->slots[slot];

	if (!pooled->idle)
		return true;
	while (shim_slot_claim(p->pool, slot)) {
		if (atomic_load(shim_claim_word(p->pool, slot)) == SHIM_SLOT_ACTIVE)
			return false;
		sched_yield();
	}
	pooled->idle = false;
	return true;
}

/* The next slot of the index that can be claimed. */
static uint32_t slot_next(struct shim_pooling *p, uint64_t module,
			  uint32_t (*next)(struct shim_slot_index *index, uint64_t module))
{
	uint32_t slot = next(p->index, module);

	while (slot != SHIM_SLOT_INDEX_NONE && !slot_claim(p, slot)) {
		slot_poison(p, slot);
		slot = next(p->index, module);
	}
	return slot;
}

static void shard_flush(struct shim_pooling *p, uint32_t shard)
{
	uint32_t slots[SHIM_MAX_RESET_BATCH];
	uint32_t count = shim_reset_queue_take(p->queue, shard, slots);

	if (!count)
		return;
	shim_pooled_reset(p, slots, count);
	shim_reset_queue_done(p->queue, shard);
}

/* Resets what waits, one shard after the other from home on, until there is a slot. */
static uint32_t slot_flush(struct shim_pooling *p, uint64_t module)
{
	uint32_t shards = shim_slot_index_shards(p->index);
	uint32_t home = shim_slot_index_home(p->index);
	uint32_t slot = SHIM_SLOT_INDEX_NONE;

	if (!p->queue)
		return slot_next(p, module, shim_slot_index_alloc);
	for (uint32_t i = 0; slot == SHIM_SLOT_INDEX_NONE && i < shards; i++) {
		shard_flush(p, (home + i) % shards);
		slot = slot_next(p, module, shim_slot_index_alloc);
	}
	return slot;
}

/*
 * There was no slot. While other threads give slots back and take them that may
 * not mean that all are in use: one that was given back, or that a purge has, is
 * free in a moment, or was free where this thread had looked already. Only a look
 * around during which nothing moved says so.
 */
static uint32_t slot_search(struct shim_pooling *p, uint64_t module)
{
	for (;;) {
		uint64_t frees = shim_slot_index_frees(p->index);
		uint32_t slot = slot_flush(p, module);

		if (slot != SHIM_SLOT_INDEX_NONE)
			return slot;
		if (!(p->queue && shim_reset_queue_busy(p->queue)) && !atomic_load(&p->purging) &&
		    shim_slot_index_frees(p->index) == frees)
			return slot;
		sched_yield();
	}
}

int shim_pooled_take(struct shim_pooling *p, uint64_t module, uint32_t *slot)
{
	*slot = slot_next(p, module, shim_slot_index_alloc);
	if (*slot == SHIM_SLOT_INDEX_NONE)
		*slot = slot_search(p, module);
	if (*slot != SHIM_SLOT_INDEX_NONE)
		return 0;
	return shim_error_set(-EBUSY, "maximum concurrent instance limit of %" PRIu32 " reached",
			      p->allocator.config.instances);
}

void shim_pooled_flush(struct shim_pooling *p)
{
	uint32_t shards = shim_slot_index_shards(p->index);

	for (uint32_t i = 0; p->queue && i < shards; i++)
		shard_flush(p, i);
}

/* ---- bind ------------------------------------------------------------------------ */

bool shim_pooled_is_bound(const struct shim_pooling *p, uint32_t slot, uint64_t module)
{
	const struct shim_binding *binding = p->slots[slot].binding;

	return binding && binding->module_id == module &&
	       !atomic_load_explicit(&binding->purged, memory_order_acquire);
}

int shim_pooled_bind(struct shim_pooling *p, uint32_t slot, struct shim_binding *binding)
{
	int error = shim_slot_rebind(p->pool, &slot, 1, binding->image, NULL);

	if (error) {
		/* Keeps the message of the first error unless a second comes. */
		(void)!slot_empty(p, slot);
		return error;
	}
	slot_let_go(p, slot);
	shim_binding_get(binding);
	p->slots[slot].binding = binding;
	return 0;
}

/* ---- purge ----------------------------------------------------------------------- */

/* Purges slots of which the image was dropped; they are bound to nothing then. */
static int slots_purge(struct shim_pooling *p, const uint32_t *slots, uint32_t count)
{
	int first_error = 0;

	while (count) {
		uint32_t done = 0;
		int error = shim_slot_purge(p->pool, slots, count, &done);

		for (uint32_t i = 0; i < done; i++) {
			slot_let_go(p, slots[i]);
			shim_slot_index_free_cold(p->index, slots[i]);
		}
		if (error && done < count)
			slot_poison(p, slots[done++]);
		if (!first_error)
			first_error = error;
		slots += done;
		count -= done;
	}
	return first_error;
}

/*
 * The next slot of the module whose image was dropped. One that shows a newer image,
 * of a snapshot or of a module that came back, is emptied by itself: the kernel lets
 * a slot go of an image only if that was dropped.
 */
static uint32_t slot_next_dropped(struct shim_pooling *p, uint64_t module)
{
	for (;;) {
		uint32_t slot = slot_next(p, module, shim_slot_index_alloc_affine);

		if (slot == SHIM_SLOT_INDEX_NONE || !shim_pooled_is_bound(p, slot, module))
			return slot;
		(void)!slot_empty(p, slot);
	}
}

int shim_pooled_purge(struct shim_pooling *p, uint64_t module)
{
	uint32_t slots[PURGE_VECTOR], count;
	int first_error = 0, error;

	atomic_fetch_add(&p->purging, 1);
	do {
		for (count = 0; count < PURGE_VECTOR; count++) {
			slots[count] = slot_next_dropped(p, module);
			if (slots[count] == SHIM_SLOT_INDEX_NONE)
				break;
		}
		error = slots_purge(p, slots, count);
		if (!first_error)
			first_error = error;
	} while (count == PURGE_VECTOR);
	atomic_fetch_sub(&p->purging, 1);
	return first_error;
}
