/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_VECTOR_H
#define _GS_VECTOR_H

#include <linux/types.h>

#include "objects/pool.h"

#define GS_VECTOR_MAX (1U << 16)
#define GS_VECTOR_CHUNK 128

/* A caller's vector of slot indices, read in chunks without allocating. */
struct gs_vector {
	struct gs_pool *pool;
	const u32 __user *user;
	u32 count;
	u32 chunk[GS_VECTOR_CHUNK];
};

typedef int (*gs_vector_fn)(struct gs_pool *pool, struct gs_slot *slot, void *data);

int gs_vector_init(struct gs_vector *vector, struct gs_pool *pool, u64 user, u32 count);
int gs_vector_read_chunk(struct gs_vector *vector, u32 start);
int gs_vector_run(struct gs_vector *vector, gs_vector_fn fn, void *data, u32 *done);

/*
 * Brings the chunk that starts at an index into memory, and returns its length. -EFAULT,
 * -ENOENT: the caller has changed the vector.
 */
static inline int gs_vector_load(struct gs_vector *vector, u32 start)
{
	/* A vector of one chunk is still in memory from the check. */
	if (vector->count <= GS_VECTOR_CHUNK)
		return vector->count;
	return gs_vector_read_chunk(vector, start);
}

/* A slot of the chunk in memory. */
static inline struct gs_slot *gs_vector_slot(const struct gs_vector *vector, u32 number)
{
	const struct gs_pool *pool = vector->pool;
	const u32 *chunk = vector->chunk;

	/* That the index is one of a slot was checked. */
	return gs_slot_table_at(pool->slots, array_index_nospec(chunk[number], pool->layout.slots));
}

#endif /* _GS_VECTOR_H */
