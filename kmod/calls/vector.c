// SPDX-License-Identifier: GPL-2.0-only
/*
 * Vectors of slots, as RESET, PREFAULT and PURGE take them. The whole vector is
 * checked before the first slot is touched. A vector longer than a chunk is read
 * twice; a caller that changes it meanwhile gets an error in the middle at worst.
 */
#include <linux/kernel.h>

#include "calls/words.h"
#include "calls/vector.h"
#include "objects/cancel.h"

/* Reads the chunk that starts at an index, and checks it. Returns its length. */
int gs_vector_read_chunk(struct gs_vector *vector, u32 start)
{
	u32 count = min_t(u32, vector->count - start, GS_VECTOR_CHUNK);
	u32 slots = vector->pool->layout.slots;
	const u32 *at, *end = vector->chunk + count;

	if (gs_words_read(vector->chunk, vector->user + start, count * sizeof(u32)))
		return -EFAULT;
	for (at = vector->chunk; at < end; at++)
		if (*at >= slots)
			return -ENOENT;
	return count;
}

/* -EINVAL: too long; -EFAULT: unreadable; -ENOENT: an index is no slot. */
int gs_vector_init(struct gs_vector *vector, struct gs_pool *pool, u64 user, u32 count)
{
	u32 start;

	vector->pool = pool;
	vector->user = u64_to_user_ptr(user);
	vector->count = count;
	if (count > GS_VECTOR_MAX)
		return -EINVAL;
	for (start = 0; start < count; start += GS_VECTOR_CHUNK) {
		int ret = gs_vector_read_chunk(vector, start);

		if (ret < 0)
			return ret;
	}
	return 0;
}

/*
 * Calls @fn for each slot until one fails; *done counts those that did not.
 * -EINTR when the call has to end early. Calls cond_resched() between two slots.
 */
int gs_vector_run(struct gs_vector *vector, gs_vector_fn fn, void *data, u32 *done)
{
	const u32 *at, *end;
	u32 start;
	int ret;

	*done = 0;
	for (start = 0; start < vector->count; start += GS_VECTOR_CHUNK) {
		int count = gs_vector_load(vector, start);

		if (count < 0)
			return count;
		for (at = vector->chunk, end = at + count; at < end; at++) {
			if (gs_cancel_is_due())
				return -EINTR;
			ret = fn(vector->pool, gs_pool_slot(vector->pool, *at), data);
			if (ret)
				return ret;
			++*done;
			cond_resched();
		}
	}
	return 0;
}
