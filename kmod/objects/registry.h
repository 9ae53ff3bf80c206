/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_REGISTRY_H
#define _GS_REGISTRY_H

#include <linux/completion.h>
#include <linux/refcount.h>
#include <linux/types.h>

struct gs_pool;

/*
 * A pool's entry.
 *
 * @id: never 0; immutable
 * @pins: one for being in the registry, one for each reader; 0 for good after
 *        gs_registry_remove()
 * @unpinned: the last pin is gone
 */
struct gs_registry_entry {
	u32 id;
	refcount_t pins;
	struct completion unpinned;
};

int gs_registry_reserve(struct gs_pool *pool);
void gs_registry_release(struct gs_pool *pool);
void gs_registry_add(struct gs_pool *pool);
void gs_registry_remove(struct gs_pool *pool);

struct gs_pool *gs_registry_pin(u32 id);
struct gs_pool *gs_registry_pin_next(u32 *id);
void gs_registry_unpin(struct gs_pool *pool);

u32 gs_registry_generation(void);
u32 gs_registry_count(void);

#endif /* _GS_REGISTRY_H */
