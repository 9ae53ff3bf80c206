// SPDX-License-Identifier: GPL-2.0-only
/*
 * The attributes of a message about the module, a pool, an image or a slot. They
 * are numbers and names: nothing of the content of either, and no address.
 *
 * Every function here returns -EMSGSIZE when the message is full, and those that add up
 * counters of all pools -EINTR when a fatal signal came.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/uidgid.h>
#include <net/netlink.h>

#include <guardslot.h>
#include <guardslot_netlink.h>

#include "accounting/account.h"
#include "accounting/user.h"
#include "netlink/message.h"
#include "objects/image.h"
#include "objects/pages.h"
#include "objects/pool.h"
#include "objects/resident.h"
#include "objects/totals.h"

const struct genl_family *gs_message_family __ro_after_init;

#define put_u64(_skb, _set, _name, _value) \
	nla_put_u64_64bit(_skb, GUARDSLOT_A_##_set##_##_name, (_value), GUARDSLOT_A_##_set##_PAD)

#define put_bytes(_skb, _set, _name, _pages) put_u64(_skb, _set, _name, gs_pages_to_bytes(_pages))

#define put_counter(_skb, _prefix, _name, _value) \
	nla_put_u64_64bit(_skb, _prefix##_name, (_value), _prefix##PAD)

/* Counters have the same names in the attributes of the module, a pool and a slot. */
#define put_counters(_skb, _prefix, _counters)                                          \
	(put_counter(_skb, _prefix, RESETS, (_counters)->resets) ||                     \
	 put_counter(_skb, _prefix, PURGES, (_counters)->purges) ||                     \
	 put_counter(_skb, _prefix, FAULTS, (_counters)->faults) ||                     \
	 put_counter(_skb, _prefix, GUARD_HITS, (_counters)->guard_hits) ||             \
	 put_counter(_skb, _prefix, RECLAIMS, (_counters)->reclaims) ||                 \
	 put_counter(_skb, _prefix, RECLAIMED_PAGES, (_counters)->reclaimed_pages) ||   \
	 put_counter(_skb, _prefix, LOOKS, (_counters)->looks) ||                       \
	 put_counter(_skb, _prefix, SKIPPED_PAGES, (_counters)->skipped_pages) ||       \
	 put_counter(_skb, _prefix, GIVEN_BACK_PAGES, (_counters)->given_back_pages) || \
	 put_counter(_skb, _prefix, ABSENT_PAGES, (_counters)->absent_pages) ||         \
	 put_counter(_skb, _prefix, FLUSHES, (_counters)->flushes) ||                   \
	 put_counter(_skb, _prefix, WHOLE_MAPPED, (_counters)->whole_mapped) ||         \
	 put_counter(_skb, _prefix, WHOLE_NOTIFIED, (_counters)->whole_notified) ||     \
	 put_counter(_skb, _prefix, WHOLE_UNMAPPED, (_counters)->whole_unmapped))

static int put_totals(struct sk_buff *skb)
{
	struct gs_counters sum = {};
	int ret = gs_totals_read(&sum);

	if (ret)
		return ret;
	return put_counters(skb, GUARDSLOT_A_MODULE_, &sum) ? -EMSGSIZE : 0;
}

/*
 * @own: with what is about the caller; @all: with what is about the pools of other
 * users too
 */
int gs_message_put_module(struct sk_buff *skb, bool own, bool all, u64 events_lost)
{
	if (nla_put_u32(skb, GUARDSLOT_A_MODULE_ABI_VERSION, GUARDSLOT_ABI_VERSION) ||
	    nla_put_u32(skb, GUARDSLOT_A_MODULE_PAGE_SIZE, PAGE_SIZE) ||
	    put_u64(skb, MODULE, MAX_PAGES, gs_cap_max_pages()) ||
	    put_u64(skb, MODULE, MAX_USER_PAGES, gs_user_max_pages()))
		return -EMSGSIZE;
	if (own && put_u64(skb, MODULE, USER_PAGES, gs_user_pages(current_euid())))
		return -EMSGSIZE;
	if (!all)
		return 0;
	if (nla_put_u32(skb, GUARDSLOT_A_MODULE_POOLS, gs_registry_count()) ||
	    put_u64(skb, MODULE, PAGES, gs_cap_pages()) ||
	    put_u64(skb, MODULE, EVENTS_LOST, events_lost))
		return -EMSGSIZE;
	return put_totals(skb);
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

static int put_area(struct sk_buff *skb, const struct gs_layout *layout, u32 index)
{
	const struct gs_layout_area *area = &layout->areas[index];
	struct nlattr *nest = nla_nest_start(skb, GUARDSLOT_A_POOL_AREA);

	if (!nest)
		return -EMSGSIZE;
	if (put_bytes(skb, AREA, OFFSET, area->start) ||
	    put_bytes(skb, AREA, MAX_LIMIT, area->max) ||
	    put_bytes(skb, AREA, INITIAL_LIMIT, area->initial) ||
	    put_bytes(skb, AREA, RESERVE, layout->reserves[index]) ||
	    put_bytes(skb, AREA, GUARD, gs_layout_guard(layout, index)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_layout(struct sk_buff *skb, const struct gs_layout *layout)
{
	u32 i;

	if (nla_put_u32(skb, GUARDSLOT_A_POOL_SLOTS, layout->slots) ||
	    put_bytes(skb, POOL, PRE_GUARD, layout->pre_guard) ||
	    put_bytes(skb, POOL, STRIDE, layout->stride) ||
	    put_bytes(skb, POOL, MAP_SIZE, layout->total))
		return -EMSGSIZE;
	for (i = 0; i < layout->area_count; i++)
		if (put_area(skb, layout, i))
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

/* The room that put_counters() needs. */
static size_t counters_size(void)
{
	return sizeof(struct gs_counters) / sizeof(u64) * nla_total_size_64bit(sizeof(u64));
}

/* The reader's namespaces give the numbers by which it knows the owner. */
int gs_message_put_pool(struct sk_buff *skb, struct gs_pool *pool, struct user_namespace *user_ns,
			struct pid_namespace *pid_ns)
{
	struct gs_counters sum = {};

	if (nla_put_u32(skb, GUARDSLOT_A_POOL_ID, pool->entry.id) ||
	    put_owner(skb, &pool->owner, user_ns, pid_ns) ||
	    nla_put_u32(skb, GUARDSLOT_A_POOL_FLAGS, pool->flags) ||
	    nla_put_u32(skb, GUARDSLOT_A_POOL_IMAGES, gs_image_table_count(&pool->images)) ||
	    put_layout(skb, &pool->layout) || put_pages(skb, pool))
		return -EMSGSIZE;
	/* A full message is found before the slots are walked. */
	if (skb_tailroom(skb) < counters_size())
		return -EMSGSIZE;
	gs_totals_add_pool(&sum, pool);
	return put_counters(skb, GUARDSLOT_A_POOL_, &sum) ? -EMSGSIZE : 0;
}

static int put_image(struct sk_buff *skb, struct gs_pool *pool, struct gs_image *image)
{
	/* The id has a reference, and the caller. */
	u32 users = max(kref_read(&image->ref), 2U) - 2, i;

	if (nla_put_u32(skb, GUARDSLOT_A_IMAGE_POOL, pool->entry.id) ||
	    nla_put_u32(skb, GUARDSLOT_A_IMAGE_ID, image->id) ||
	    put_u64(skb, IMAGE, TAG, image->tag) || put_u64(skb, IMAGE, PAGES, image->page_count) ||
	    nla_put_u32(skb, GUARDSLOT_A_IMAGE_WRITE_SET_PAGES,
			gs_writeset_count(&image->write_set)) ||
	    nla_put_u32(skb, GUARDSLOT_A_IMAGE_USERS, users))
		return -EMSGSIZE;
	for (i = 0; i < pool->layout.area_count; i++)
		if (put_bytes(skb, IMAGE, LIMIT, image->limits[i]))
			return -EMSGSIZE;
	return 0;
}

/* The image that the slot is bound to. */
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

	for (i = 0; i < pool->layout.area_count; i++)
		if (put_bytes(skb, SLOT, LIMIT, slot->limits[i]))
			return -EMSGSIZE;
	if (nla_put_u32(skb, GUARDSLOT_A_SLOT_RESIDENT_PAGES, gs_resident_count(slot)) ||
	    nla_put_u32(skb, GUARDSLOT_A_SLOT_SHARED_PAGES, slot->pages.marked) ||
	    nla_put_u32(skb, GUARDSLOT_A_SLOT_WRITE_SET_PAGES, write_set))
		return -EMSGSIZE;
	return 0;
}

static int put_locked(struct sk_buff *skb, struct gs_pool *pool, struct gs_slot *slot)
{
	lockdep_assert_held(&slot->lock);
	if (put_bound(skb, slot->image) || put_slot_pages(skb, pool, slot) ||
	    put_counters(skb, GUARDSLOT_A_SLOT_, &slot->counters))
		return -EMSGSIZE;
	return 0;
}

/* The claim word; user space may have written a value that is no state. */
static u32 slot_state(struct gs_pool *pool, u32 index)
{
	u32 state = gs_claim_state(&pool->claim, index);

	return state <= GUARDSLOT_RECLAIM ? state : GUARDSLOT_ACTIVE;
}

/* -EINTR: the task was killed while it waited for the slot's lock. */
static int put_slot(struct sk_buff *skb, struct gs_pool *pool, u32 index)
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
	ret = put_locked(skb, pool, slot);
	mutex_unlock(&slot->lock);
	return ret;
}

int gs_message_put_subject(struct sk_buff *skb, u8 cmd, const struct gs_message_subject *subject)
{
	switch (cmd) {
	case GUARDSLOT_CMD_POOL_GET:
		return gs_message_put_pool(skb, subject->pool, current_user_ns(),
					   task_active_pid_ns(current));
	case GUARDSLOT_CMD_IMAGE_GET:
		return put_image(skb, subject->pool, subject->image);
	case GUARDSLOT_CMD_SLOT_GET:
		return put_slot(skb, subject->pool, subject->slot);
	}
	return -EOPNOTSUPP;
}
