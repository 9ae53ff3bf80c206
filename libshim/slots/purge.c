// SPDX-License-Identifier: MIT
/*
 * Purges: of a vector of slots, or of all slots of an image, of a tag, or released.
 */
#include "backend/backend.h"
#include "slots/slot.h"

static int purge(struct shim_pool *pool, const struct shim_purge *which, uint32_t *done)
{
	uint32_t purged = 0;
	int error = shim_slot_vector_check(pool, which->slots, which->count);

	if (error)
		goto set_done;
	error = pool->ops->purge(pool, which, &purged);
set_done:
	if (done)
		*done = purged;
	return error;
}

int shim_slot_purge(struct shim_pool *pool, const uint32_t *slots, uint32_t count, uint32_t *done)
{
	struct shim_purge which = { .mode = SHIM_PURGE_SLOTS, .slots = slots, .count = count };

	return purge(pool, &which, done);
}

int shim_pool_purge_image(struct shim_pool *pool, uint32_t image, uint32_t *done)
{
	struct shim_purge which = { .mode = SHIM_PURGE_IMAGE, .image = image };

	return purge(pool, &which, done);
}

int shim_pool_purge_tag(struct shim_pool *pool, uint64_t tag, uint32_t *done)
{
	struct shim_purge which = { .mode = SHIM_PURGE_TAG, .tag = tag };

	return purge(pool, &which, done);
}

int shim_pool_purge_idle(struct shim_pool *pool, uint32_t *done)
{
	struct shim_purge which = { .mode = SHIM_PURGE_IDLE };

	/* Slots that wait are released, too, and idle once they are reset. */
	shim_pool_flush(pool);
	return purge(pool, &which, done);
}
