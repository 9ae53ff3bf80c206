/* SPDX-License-Identifier: GPL-2.0-only */
/* What netlink/event.c keeps in a pool; no other file reads or writes it. */
#ifndef _GS_EVENT_SOURCE_H
#define _GS_EVENT_SOURCE_H

#include <linux/atomic.h>
#include <linux/workqueue.h>

/*
 * Keeps one kind of event of a pool within GUARDSLOT_EVENT_RATE.
 *
 * @next: in jiffies, when the next event may be sent
 * @suppressed: events that were left out since the last one that was sent
 */
struct gs_event_limit {
	atomic_long_t next;
	atomic_t suppressed;
};

/*
 * The events of a pool, which are written only while the group has a listener.
 *
 * @send_reclaim: sends the reclaims that @slots and @pages have gathered
 */
struct gs_event_source {
	struct gs_event_limit guard_hit;
	struct gs_event_limit cap_reached;
	struct delayed_work send_reclaim;
	atomic_t slots;
	atomic_long_t pages;
};

#endif /* _GS_EVENT_SOURCE_H */
