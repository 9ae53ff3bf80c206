// SPDX-License-Identifier: GPL-2.0
/*
 * What a netlink message says of the module, a pool, an image or a slot. Numbers
 * only: nothing of the content of either, and no address.
 *
 * All of these give -EMSGSIZE when the message is full.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/uidgid.h>
#include <net/netlink.h>

#include <guardslot.h>
#include <guardslot_netlink.h>

#include "accounting/account.h"
#include "accounting/user.h"
#include "netlink/event.h"
#include "netlink/message.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/slot.h"

/* Slots between two offers of the CPU. */
#define SUM_BLOCK 1024

#define put_u64(_skb, _set, _name, _value) \
	nla_put_u64_64bit(_skb, GUARDSLOT_A_##_set##_##_name, (_value), GUARDSLOT_A_##_set##_PAD)

static u64 bytes(unsigned long pages)
{
	return (u64)pages << PAGE_SHIFT;
}

/* @own: what tells of the caller; @all: of the pools of others too */
int gs_message_put_module(struct sk_buff *skb, bool own, bool all)
{
	if (nla_put_u32(skb, GUARDSLOT_A_MODULE_ABI_VERSION, GUARDSLOT_ABI_VERSION) ||
	    nla_put_u32(skb, GUARDSLOT_A_MODULE_PAGE_SIZE, PAGE_SIZE) ||
	    put_u64(skb, MODULE, MAX_PAGES, gs_account_max_pages()) ||
	    put_u64(skb, MODULE, MAX_USER_PAGES, gs_user_max_pages()))
		return -EMSGSIZE;
	if (own && put_u64(skb, MODULE, USER_PAGES, gs_user_pages(current_euid())))
		return -EMSGSIZE;
	if (!all)
		return 0;
	if (nla_put_u32(skb, GUARDSLOT_A_MODULE_POOLS, gs_registry_count()) ||
	    put_u64(skb, MODULE, PAGES, gs_account_pages()) ||
	    put_u64(skb, MODULE, EVENTS_LOST, gs_event_lost()))
		return -EMSGSIZE;
	return 0;
}

static int put_owner(struct sk_buff *skb, const struct gs_owner *owner,
		     struct user_namespace *user_ns, struct pid_namespace *pid_ns)
{
	uid_t uid = from_kuid_munged(user_ns, owner->cred->euid);

	if (nla_put_u32(skb, GUARDSLOT_A_POOL_UID, uid) ||
	    nla_put_u32(skb, GUARDSLOT_A_POOL_PID, pid_nr_ns(owner->pid, pid_ns)) ||
	    nla_put_string(skb, GUARDSLOT_A_POOL_COMM, owner->comm))
		return -EMSGSIZE;
	return 0;
}

static int put_area(struct sk_buff *skb, const struct gs_layout_area *area)
{
	struct nlattr *nest = nla_nest_start(skb, GUARDSLOT_A_POOL_AREA);

	if (!nest)
		return -EMSGSIZE;
	if (put_u64(skb, AREA, OFFSET, bytes(area->start)) ||
	    put_u64(skb, AREA, MAX_LIMIT, bytes(area->max)) ||
	    put_u64(skb, AREA, INITIAL_LIMIT, bytes(area->initial)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_layout(struct sk_buff *skb, const struct gs_layout *layout)
{
	u32 i;

	if (nla_put_u32(skb, GUARDSLOT_A_POOL_SLOTS, layout->slots) ||
	    put_u64(skb, POOL, PRE_GUARD, bytes(layout->pre_guard)) ||
	    put_u64(skb, POOL, STRIDE, bytes(layout->stride)) ||
	    put_u64(skb, POOL, MAP_SIZE, bytes(layout->total)))
		return -EMSGSIZE;
	for (i = 0; i < layout->area_count; i++)
		if (put_area(skb, &layout->areas[i]))
			return -EMSGSIZE;
	return 0;
}

/* Counters of all slots. */
struct sums {
	u64 resets;
	u64 purges;
	u64 faults;
	u64 guard_hits;
	u64 reclaims;
	u64 reclaimed_pages;
};

/*
 * Without the slots' locks: what is counted meanwhile is in it or not, and no
 * slot waits.
 */
static void sum_slots(struct gs_pool *pool, struct sums *sums)
{
	u32 i;

	for (i = 0; i < pool->layout.slots; i++) {
		const struct gs_slot *slot = &pool->slots[i];

		sums->resets += READ_ONCE(slot->resets);
		sums->purges += READ_ONCE(slot->purges);
		sums->faults += READ_ONCE(slot->faults);
		sums->guard_hits += READ_ONCE(slot->guard_hits);
		sums->reclaims += READ_ONCE(slot->reclaims);
		sums->reclaimed_pages += READ_ONCE(slot->reclaimed_pages);
		if (i % SUM_BLOCK == SUM_BLOCK - 1)
			cond_resched();
	}
}

static int put_sums(struct sk_buff *skb, const struct sums *sums)
{
	if (put_u64(skb, POOL, RESETS, sums->resets) || put_u64(skb, POOL, PURGES, sums->purges) ||
	    put_u64(skb, POOL, FAULTS, sums->faults) ||
	    put_u64(skb, POOL, GUARD_HITS, sums->guard_hits) ||
	    put_u64(skb, POOL, RECLAIMS, sums->reclaims) ||
	    put_u64(skb, POOL, RECLAIMED_PAGES, sums->reclaimed_pages))
		return -EMSGSIZE;
	return 0;
}

static int put_pages(struct sk_buff *skb, struct gs_pool *pool)
{
	u64 keep = pool->keep_resident == ULONG_MAX ? 0 : pool->keep_resident;

	if (put_u64(skb, POOL, MAX_RESIDENT_PAGES, pool->resident.cap) ||
	    put_u64(skb, POOL, KEEP_RESIDENT_PAGES, keep) ||
	    put_u64(skb, POOL, RESIDENT_PAGES,
		    percpu_counter_sum_positive(&pool->resident.pages)) ||
	    put_u64(skb, POOL, IMAGE_PAGES, percpu_counter_sum_positive(&pool->image_pages.pages)))
		return -EMSGSIZE;
	return 0;
}

/* The caller's namespaces say how he knows the owner. */
int gs_message_put_pool(struct sk_buff *skb, struct gs_pool *pool, struct user_namespace *user_ns,
			struct pid_namespace *pid_ns)
{
	struct sums sums = {};

	/* What can be full is found out before the slots are walked. */
	if (nla_put_u32(skb, GUARDSLOT_A_POOL_ID, pool->entry.id) ||
	    put_owner(skb, &pool->owner, user_ns, pid_ns) ||
	    nla_put_u32(skb, GUARDSLOT_A_POOL_FLAGS, pool->flags) ||
	    nla_put_u32(skb, GUARDSLOT_A_POOL_IMAGES, READ_ONCE(pool->image_count)) ||
	    put_layout(skb, &pool->layout) || put_pages(skb, pool) ||
	    skb_tailroom(skb) < sizeof(sums) / sizeof(u64) * nla_total_size_64bit(sizeof(u64)))
		return -EMSGSIZE;
	sum_slots(pool, &sums);
	return put_sums(skb, &sums);
}

int gs_message_put_image(struct sk_buff *skb, struct gs_pool *pool, struct gs_image *image)
{
	/* Without the id's reference and the caller's. */
	u32 users = max(kref_read(&image->ref), 2U) - 2, i;

	if (nla_put_u32(skb, GUARDSLOT_A_IMAGE_POOL, pool->entry.id) ||
	    nla_put_u32(skb, GUARDSLOT_A_IMAGE_ID, image->id) ||
	    put_u64(skb, IMAGE, TAG, image->tag) || put_u64(skb, IMAGE, PAGES, image->page_count) ||
	    nla_put_u32(skb, GUARDSLOT_A_IMAGE_WRITE_SET_PAGES,
			gs_writeset_count(&image->write_set)) ||
	    nla_put_u32(skb, GUARDSLOT_A_IMAGE_USERS, users))
		return -EMSGSIZE;
	for (i = 0; i < pool->layout.area_count; i++)
		if (put_u64(skb, IMAGE, LIMIT, bytes(image->limits[i])))
			return -EMSGSIZE;
	return 0;
}

static int put_bound(struct sk_buff *skb, struct gs_image *image)
{
	if (!image)
		return 0;
	if (nla_put_u32(skb, GUARDSLOT_A_SLOT_IMAGE, image->id) ||
	    put_u64(skb, SLOT, TAG, image->tag))
		return -EMSGSIZE;
	return 0;
}

static int put_slot_pages(struct sk_buff *skb, struct gs_pool *pool, struct gs_slot *slot)
{
	u32 write_set = slot->image ? gs_writeset_count(&slot->image->write_set) : 0, i;

	lockdep_assert_held(&slot->lock);
	for (i = 0; i < pool->layout.area_count; i++)
		if (put_u64(skb, SLOT, LIMIT, bytes(slot->limits[i])))
			return -EMSGSIZE;
	if (nla_put_u32(skb, GUARDSLOT_A_SLOT_RESIDENT_PAGES, slot->resident_count) ||
	    nla_put_u32(skb, GUARDSLOT_A_SLOT_SHARED_PAGES, slot->shared_count) ||
	    nla_put_u32(skb, GUARDSLOT_A_SLOT_WRITE_SET_PAGES, write_set))
		return -EMSGSIZE;
	return 0;
}

static int put_slot_counters(struct sk_buff *skb, struct gs_slot *slot)
{
	lockdep_assert_held(&slot->lock);
	if (put_u64(skb, SLOT, RESETS, slot->resets) || put_u64(skb, SLOT, PURGES, slot->purges) ||
	    put_u64(skb, SLOT, FAULTS, slot->faults) ||
	    put_u64(skb, SLOT, GUARD_HITS, slot->guard_hits) ||
	    put_u64(skb, SLOT, RECLAIMS, slot->reclaims) ||
	    put_u64(skb, SLOT, RECLAIMED_PAGES, slot->reclaimed_pages))
		return -EMSGSIZE;
	return 0;
}

/* What the kernel takes the claim word for. */
static u32 slot_state(struct gs_pool *pool, u32 index)
{
	u32 state = gs_claim_state(&pool->claim, index);

	return state <= GUARDSLOT_RECLAIM ? state : GUARDSLOT_ACTIVE;
}

/* -EINTR: killed while somebody works long on the slot. */
int gs_message_put_slot(struct sk_buff *skb, struct gs_pool *pool, u32 index)
{
	struct gs_slot *slot = gs_pool_slot(pool, index);
	int ret;

	if (WARN_ON_ONCE(!slot))
		return -ENOENT;
	if (nla_put_u32(skb, GUARDSLOT_A_SLOT_POOL, pool->entry.id) ||
	    nla_put_u32(skb, GUARDSLOT_A_SLOT_INDEX, index) ||
	    nla_put_u32(skb, GUARDSLOT_A_SLOT_STATE, slot_state(pool, index)))
		return -EMSGSIZE;

	if (mutex_lock_killable(&slot->lock))
		return -EINTR;
	ret = put_bound(skb, slot->image);
	ret = ret ?: put_slot_pages(skb, pool, slot);
	ret = ret ?: put_slot_counters(skb, slot);
	mutex_unlock(&slot->lock);
	return ret;
}
