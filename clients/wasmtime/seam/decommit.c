// SPDX-License-Identifier: MIT
/*
 * MADV_DONTNEED of one range or of many: resets.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>

#include "seam/plain.h"
#include "seam/real.h"
#include "seam/slot.h"

#define BATCH 256u

struct batch {
	struct seam_pool *pool;
	uint32_t count;
	uint32_t slots[BATCH];
};

/* ---- one slot, locked ---------------------------------------------------------------- */

/*
 * Whether the reset leaves the limit that the next instance may count on. Where the module
 * lowers, the next call for the slot sets it.
 */
static bool reset_is_all(const struct seam_slot *slot)
{
	uint64_t limit = slot->image ? slot->image->limit : 0;

	return limit == slot->want || (slot->image && slot->image->length && slot->lowers);
}

/* A slot without content: bound to the empty image with its limit, it is reset, too. */
static int reset_empty(struct seam_pool *pool, uint32_t index)
{
	struct seam_image *empty;

	if (seam_image_get_empty(&pool->images, pool->shim, pool->slots[index].want, &empty))
		return -ENOMEM;
	return seam_slot_bind(pool, index, empty);
}

static int reset_done(struct seam_pool *pool, uint32_t index)
{
	struct seam_slot *slot = &pool->slots[index];
	int error = 0;

	seam_slot_lock(slot);
	slot->real = slot->image ? slot->image->limit : 0;
	slot->exposed = 0;
	if (!reset_is_all(slot))
		error = seam_slot_limit(pool, index, slot->want);
	seam_slot_unlock(slot);
	return error;
}

/* ---- batches ------------------------------------------------------------------------- */

static int batch_flush(struct batch *batch)
{
	struct seam_pool *pool = batch->pool;
	uint32_t count = batch->count;
	int error = 0;

	batch->count = 0;
	if (!count)
		return 0;
	if (shim_slot_reset(pool->shim, batch->slots, count, NULL))
		return -ENOMEM;
	for (uint32_t i = 0; i < count && !error; i++)
		error = reset_done(pool, batch->slots[i]);
	atomic_fetch_add_explicit(&pool->reset_calls, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&pool->resets, count, memory_order_relaxed);
	return error;
}

static int batch_add(struct batch *batch, struct seam_pool *pool, uint32_t index)
{
	int error = 0;

	if (batch->pool != pool || batch->count == BATCH)
		error = batch_flush(batch);
	batch->pool = pool;
	batch->slots[batch->count++] = index;
	return error;
}

/* ---- ranges -------------------------------------------------------------------------- */

/* Not all that is accessible of one slot. What is in the batch may be of the same slot. */
static int range_leave(struct batch *batch, struct seam_pool *pool, const struct iovec *range)
{
	int error = batch_flush(batch);

	if (error)
		return error;
	return seam_slot_leave(pool, range->iov_base, range->iov_len,
			       "a part of it is reset (linear_memory_keep_resident)");
}

/* 0: it is done or in the batch; SEAM_PLAIN: it is for the kernel. */
static int range_reset(struct batch *batch, struct seam_pool *pool, const struct iovec *range)
{
	uint64_t offset = (uint64_t)((unsigned char *)range->iov_base - pool->first);
	uint32_t index = (uint32_t)(offset / pool->stride);
	struct seam_slot *slot;
	int error;

	if ((unsigned char *)range->iov_base < pool->first || offset % pool->stride)
		return range_leave(batch, pool, range);
	slot = &pool->slots[index];
	seam_slot_lock(slot);
	if (!slot->end || range->iov_len != slot->want) {
		seam_slot_unlock(slot);
		return range_leave(batch, pool, range);
	}
	if (reset_is_all(slot) || (slot->image && slot->image->length)) {
		uint64_t limit = slot->image ? slot->image->limit : 0;

		/* The reset lowers it when it comes, and fork() reads no further than this. */
		if (slot->real > limit)
			slot->real = limit;
		seam_slot_unlock(slot);
		return batch_add(batch, pool, index);
	}
	error = reset_empty(pool, index);
	seam_slot_unlock(slot);
	return error;
}

int seam_decommit(const struct iovec *ranges, size_t count)
{
	struct batch batch = { .count = 0 };
	struct seam_pool *pool;
	int error = 0;

	for (size_t i = 0; i < count && !error; i++) {
		if (!ranges[i].iov_len)
			continue;
		pool = seam_pool_find(ranges[i].iov_base);
		error = pool ? range_reset(&batch, pool, &ranges[i]) : SEAM_PLAIN;
		if (error == SEAM_PLAIN)
			error = real_madvise(ranges[i].iov_base, ranges[i].iov_len, MADV_DONTNEED);
	}
	return error ? error : batch_flush(&batch);
}

bool seam_decommit_is_ours(const struct iovec *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (seam_pool_find(ranges[i].iov_base))
			return true;
	return false;
}
