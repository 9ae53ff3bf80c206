/* SPDX-License-Identifier: GPL-2.0-only */
/* Events to the family's multicast group. */
#ifndef _GS_EVENT_H
#define _GS_EVENT_H

#include <linux/types.h>

#include "accounting/account.h"

struct gs_event_source;
struct gs_pool;

/* The multicast groups of the family. */
enum {
	GS_EVENT_GROUP,
};

void gs_event_source_init(struct gs_event_source *source);

void gs_event_pool_created(struct gs_pool *pool);
void gs_event_pool_gone(struct gs_pool *pool);
void gs_event_guard_hit(struct gs_pool *pool, u32 slot, u64 offset);
void __gs_event_cap_reached(struct gs_pool *pool, const struct gs_cap_hit *hit);
void gs_event_reclaim(struct gs_pool *pool, u32 pages, bool last);

u64 gs_event_lost(void);

/* Reports the cap that refused a page, if one did. No slot's lock is held. */
static inline void gs_event_cap_reached(struct gs_pool *pool, const struct gs_cap_hit *hit)
{
	if (hit->pages)
		__gs_event_cap_reached(pool, hit);
}

#endif /* _GS_EVENT_H */
