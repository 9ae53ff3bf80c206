/* SPDX-License-Identifier: GPL-2.0-only */
/* The stages of a pool's life, in their order. */
#ifndef _GS_LIFECYCLE_H
#define _GS_LIFECYCLE_H

struct gs_cap_hit;
struct gs_layout;
struct gs_pool;
struct gs_slot;
struct guardslot_create;

struct gs_pool *gs_lifecycle_open(void);
struct gs_slot_table *gs_lifecycle_build(struct gs_pool *pool, const struct gs_layout *layout,
					 const struct guardslot_create *args,
					 struct gs_cap_hit *hit);
void gs_lifecycle_dismantle(struct gs_pool *pool, struct gs_slot_table *slots);
void gs_lifecycle_publish(struct gs_pool *pool, struct gs_slot_table *slots);
void gs_lifecycle_release(struct gs_pool *pool);

#endif /* _GS_LIFECYCLE_H */
