// SPDX-License-Identifier: MIT
/*
 * Purges of the mmap backend: the choice of slots, by vector, image, tag or claim word.
 */
#include <stdatomic.h>

#include "mmap/mmap_pool.h"

/* Whether the slot, by what it is bound to, belongs to the purge. Its lock is held. */
static bool purge_takes(const struct shim_purge *purge, const struct shim_mmap_slot *s,
			const struct shim_mmap_image *image)
{
	switch (purge->mode) {
	case SHIM_PURGE_IMAGE:
		return s->image == image;
	case SHIM_PURGE_TAG:
		return s->image && s->image->tag == purge->tag;
	default:
		return true;
	}
}

static int slot_purge(struct shim_mmap_pool *mm, uint32_t slot, const struct shim_purge *purge,
		      const struct shim_mmap_image *image, uint32_t *done)
{
	struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	int error = 0;

	pthread_mutex_lock(&s->lock);
	if (!purge_takes(purge, s, image))
		goto unlock;
	error = shim_mmap_slot_purge(mm, slot);
	if (error)
		goto unlock;
	++*done;
unlock:
	pthread_mutex_unlock(&s->lock);
	return error;
}

/* In RECLAIM the slot cannot be claimed. Pairs with shim_slot_claim(). */
static int slot_purge_idle(struct shim_mmap_pool *mm, uint32_t slot, const struct shim_purge *purge,
			   uint32_t *done)
{
	_Atomic uint32_t *claim = shim_claim_word(&mm->pool, slot);
	uint32_t state = SHIM_SLOT_IDLE;
	int error;

	if (!atomic_compare_exchange_strong_explicit(claim, &state, SHIM_SLOT_RECLAIM,
						     memory_order_acquire, memory_order_relaxed))
		return 0;
	error = slot_purge(mm, slot, purge, NULL, done);
	/* A slot that a failed purge left unusable must not be claimed. */
	atomic_store_explicit(claim, error ? SHIM_SLOT_ACTIVE : SHIM_SLOT_IDLE,
			      memory_order_release);
	return error;
}

static int vector_purge(struct shim_mmap_pool *mm, const struct shim_purge *purge, uint32_t *done)
{
	for (uint32_t i = 0; i < purge->count; i++) {
		int error = slot_purge(mm, purge->slots[i], purge, NULL, done);

		if (error)
			return error;
	}
	return 0;
}

static int all_purge(struct shim_mmap_pool *mm, const struct shim_purge *purge,
		     const struct shim_mmap_image *image, uint32_t *done)
{
	for (uint32_t slot = 0; slot < mm->pool.slots; slot++) {
		int error = slot_purge(mm, slot, purge, image, done);

		if (error)
			return error;
	}
	return 0;
}

static int image_purge(struct shim_mmap_pool *mm, const struct shim_purge *purge, uint32_t *done)
{
	struct shim_mmap_image *image = shim_mmap_image_find(mm, purge->image);
	int error;

	if (!image)
		return shim_image_error(purge->image);
	error = all_purge(mm, purge, image, done);
	shim_mmap_image_put(image);
	return error;
}

static int idle_purge(struct shim_mmap_pool *mm, const struct shim_purge *purge, uint32_t *done)
{
	for (uint32_t slot = 0; slot < mm->pool.slots; slot++) {
		int error = slot_purge_idle(mm, slot, purge, done);

		if (error)
			return error;
	}
	return 0;
}

int shim_mmap_purge(struct shim_pool *pool, const struct shim_purge *purge, uint32_t *done)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);

	switch (purge->mode) {
	case SHIM_PURGE_SLOTS:
		return vector_purge(mm, purge, done);
	case SHIM_PURGE_IMAGE:
		return image_purge(mm, purge, done);
	case SHIM_PURGE_TAG:
		return all_purge(mm, purge, NULL, done);
	default:
		return idle_purge(mm, purge, done);
	}
}
