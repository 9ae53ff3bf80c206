// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events are messages to the family's multicast group. While the group has no listener,
 * an event costs the test of a bit and writes nothing. The kernel sets that bit for a
 * listener in any network namespace, also for one that gets no message.
 */
#include <linux/jiffies.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "compat/genetlink.h"
#include "netlink/event.h"
#include "netlink/message.h"
#include "objects/pool.h"

/* Reclaims gather for so long before they are sent. */
#define RECLAIM_DELAY (HZ / GUARDSLOT_EVENT_RATE)

/* Events that were not sent, as memory was short. */
static atomic_long_t events_lost;

/* Events of all pools that were not sent. */
u64 gs_event_lost(void)
{
	return atomic_long_read(&events_lost);
}

static bool has_listeners(void)
{
	return genl_has_listeners(gs_message_family, &init_net, GS_EVENT_GROUP) > 0;
}

/* False: the event is one too many, and is counted as suppressed. */
static bool limit_allows(struct gs_event_limit *limit, u32 *suppressed)
{
	long now = jiffies, next = atomic_long_read(&limit->next);

	if (time_before((unsigned long)now, (unsigned long)next) ||
	    atomic_long_cmpxchg(&limit->next, next, now + HZ / GUARDSLOT_EVENT_RATE) != next) {
		atomic_inc(&limit->suppressed);
		return false;
	}
	*suppressed = atomic_xchg(&limit->suppressed, 0);
	return true;
}

static struct sk_buff *event_new(enum guardslot_cmd cmd, void **header)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		goto count_lost;
	*header = genlmsg_put(skb, 0, 0, gs_message_family, 0, cmd);
	if (!*header)
		goto free_skb;
	return skb;

free_skb:
	nlmsg_free(skb);
count_lost:
	atomic_long_inc(&events_lost);
	return NULL;
}

/* Takes over @skb. @error: of what was put into it; an event always fits. */
static void event_send(struct sk_buff *skb, void *header, int error)
{
	if (WARN_ON_ONCE(error)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	/* A listener that cannot take it gets ENOBUFS from its socket. */
	genlmsg_multicast(gs_message_family, skb, 0, GS_EVENT_GROUP, GFP_KERNEL);
}

static void send_pool(struct gs_pool *pool, enum guardslot_cmd cmd)
{
	struct sk_buff *skb;
	void *header;

	if (!has_listeners())
		return;
	skb = event_new(cmd, &header);
	if (skb)
		event_send(skb, header,
			   gs_message_put_pool(skb, pool, &init_user_ns, &init_pid_ns));
}

void gs_event_pool_created(struct gs_pool *pool)
{
	send_pool(pool, GUARDSLOT_CMD_POOL_CREATED_NTF);
}

/* The pool's last event: it has left the registry, and is still whole. */
void gs_event_pool_gone(struct gs_pool *pool)
{
	flush_delayed_work(&pool->events.send_reclaim);
	send_pool(pool, GUARDSLOT_CMD_POOL_GONE_NTF);
}

/* The task that touched or called. */
static int put_task(struct sk_buff *skb, u32 suppressed)
{
	char comm[TASK_COMM_LEN];

	get_task_comm(comm, current);
	if (nla_put_u32(skb, GUARDSLOT_A_EVENT_PID, task_tgid_nr(current)) ||
	    nla_put_string(skb, GUARDSLOT_A_EVENT_COMM, comm) ||
	    nla_put_u32(skb, GUARDSLOT_A_EVENT_SUPPRESSED, suppressed))
		return -EMSGSIZE;
	return 0;
}

static int put_guard_hit(struct sk_buff *skb, struct gs_pool *pool, u32 slot, u64 offset,
			 u32 suppressed)
{
	if (nla_put_u32(skb, GUARDSLOT_A_EVENT_POOL, pool->entry.id) ||
	    nla_put_u32(skb, GUARDSLOT_A_EVENT_SLOT, slot) ||
	    nla_put_u64_64bit(skb, GUARDSLOT_A_EVENT_OFFSET, offset, GUARDSLOT_A_EVENT_PAD))
		return -EMSGSIZE;
	return put_task(skb, suppressed);
}

/* @offset: in bytes, from the start of the slab */
void gs_event_guard_hit(struct gs_pool *pool, u32 slot, u64 offset)
{
	struct gs_event_limit *limit = &pool->events.guard_hit;
	struct sk_buff *skb;
	u32 suppressed;
	void *header;

	if (!has_listeners() || !limit_allows(limit, &suppressed))
		return;
	skb = event_new(GUARDSLOT_CMD_GUARD_HIT_NTF, &header);
	if (skb)
		event_send(skb, header, put_guard_hit(skb, pool, slot, offset, suppressed));
	else
		atomic_add(suppressed, &limit->suppressed);
}

static int put_cap(struct sk_buff *skb, struct gs_pool *pool, const struct gs_cap_hit *hit,
		   u32 suppressed)
{
	if (nla_put_u32(skb, GUARDSLOT_A_EVENT_POOL, pool->entry.id) ||
	    nla_put_u32(skb, GUARDSLOT_A_EVENT_CAP, hit->cap) ||
	    nla_put_u64_64bit(skb, GUARDSLOT_A_EVENT_CAP_PAGES, hit->pages, GUARDSLOT_A_EVENT_PAD))
		return -EMSGSIZE;
	return put_task(skb, suppressed);
}

/* gs_event_cap_reached() for a cap that refused a page. */
void __gs_event_cap_reached(struct gs_pool *pool, const struct gs_cap_hit *hit)
{
	struct gs_event_limit *limit = &pool->events.cap_reached;
	struct sk_buff *skb;
	u32 suppressed;
	void *header;

	if (!has_listeners() || !limit_allows(limit, &suppressed))
		return;
	skb = event_new(GUARDSLOT_CMD_CAP_REACHED_NTF, &header);
	if (skb)
		event_send(skb, header, put_cap(skb, pool, hit, suppressed));
	else
		atomic_add(suppressed, &limit->suppressed);
}

static int put_reclaim(struct sk_buff *skb, struct gs_pool *pool, u32 slots, u64 pages)
{
	if (nla_put_u32(skb, GUARDSLOT_A_EVENT_POOL, pool->entry.id) ||
	    nla_put_u32(skb, GUARDSLOT_A_EVENT_SLOTS, slots) ||
	    nla_put_u64_64bit(skb, GUARDSLOT_A_EVENT_PAGES, pages, GUARDSLOT_A_EVENT_PAD))
		return -EMSGSIZE;
	return 0;
}

static void send_reclaim(struct work_struct *work)
{
	struct gs_event_source *source =
		container_of(to_delayed_work(work), struct gs_event_source, send_reclaim);
	struct gs_pool *pool = container_of(source, struct gs_pool, events);
	/* Before the pages; pairs with gs_event_reclaim(). */
	u32 slots = atomic_xchg(&source->slots, 0);
	struct sk_buff *skb;
	void *header;
	u64 pages;

	/* Pages whose slot is not counted yet stay for the next event. */
	if (!slots)
		return;
	pages = atomic_long_xchg(&source->pages, 0);
	if (!has_listeners())
		return;
	skb = event_new(GUARDSLOT_CMD_RECLAIM_NTF, &header);
	if (skb)
		event_send(skb, header, put_reclaim(skb, pool, slots, pages));
}

/*
 * The shrinker took pages of one slot, which were the last ones if @last. Memory is short
 * here and nothing may be allocated: the reclaim is counted, and a work item sends the
 * event. It counts slots that have lost all.
 */
void gs_event_reclaim(struct gs_pool *pool, u32 pages, bool last)
{
	if (!has_listeners())
		return;
	atomic_long_add(pages, &pool->events.pages);
	if (!last)
		return;
	/* Pairs with send_reclaim(): who takes the slot takes its pages. */
	smp_mb__before_atomic();
	atomic_inc(&pool->events.slots);
	schedule_delayed_work(&pool->events.send_reclaim, RECLAIM_DELAY);
}

void gs_event_source_init(struct gs_event_source *source)
{
	atomic_long_set(&source->guard_hit.next, jiffies);
	atomic_long_set(&source->cap_reached.next, jiffies);
	INIT_DELAYED_WORK(&source->send_reclaim, send_reclaim);
}
