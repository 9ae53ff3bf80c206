/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_VECTOR_H
#define _GS_VECTOR_H

#include <linux/types.h>

struct gs_pool;
struct gs_slot;

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
int gs_vector_load(struct gs_vector *vector, u32 start);
int gs_vector_run(struct gs_vector *vector, gs_vector_fn fn, void *data, u32 *done);

#endif /* _GS_VECTOR_H */
