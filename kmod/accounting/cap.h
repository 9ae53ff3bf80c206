/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_CAP_H
#define _GS_CAP_H

#include <linux/mm.h>
#include <linux/percpu_counter.h>
#include <linux/sizes.h>

#include <guardslot_netlink.h>

#include "accounting/owner.h"
#include "accounting/user.h"

/* What a user's reserve is filled up with, beside what is missing. */
#define GS_RESERVE_PAGES (PAGE_SIZE < SZ_16K ? SZ_16K / PAGE_SIZE : 1)

/*
 * The cap that refused a page. It starts as all zero, and the caller that holds
 * locks reports it after dropping them.
 *
 * @pages: the value of the cap; 0: no cap has refused a page
 */
struct gs_cap_hit {
	enum guardslot_cap cap;
	unsigned long pages;
};

static __always_inline void gs_cap_set_hit(struct gs_cap_hit *hit, enum guardslot_cap cap,
					   unsigned long pages)
{
	hit->cap = cap;
	hit->pages = pages;
}

/* A per-CPU counter is compared with a signed number. */
static inline s64 gs_cap_of(unsigned long cap)
{
	return min_t(u64, cap, S64_MAX);
}

/*
 * Adds @count pages, or nothing when that would pass the cap. Two tasks at the
 * last page may both be refused; the cap is never passed, as of tasks that add at the
 * same time one sees the pages of all.
 */
static __always_inline bool gs_cap_add(struct percpu_counter *pages, unsigned long cap,
				       unsigned long count)
{
	percpu_counter_add(pages, count);
	if (!cap)
		return true;
	/*
	 * Pairs with itself: the pages are added before the others are looked at. Close
	 * to the cap the counter's lock would do, which far from it nobody takes.
	 */
	smp_mb();
	if (percpu_counter_compare(pages, gs_cap_of(cap)) <= 0)
		return true;
	percpu_counter_sub(pages, count);
	return false;
}

/* Whether @left pages of the cap are left. */
static __always_inline bool gs_cap_has_left(struct percpu_counter *pages, unsigned long cap,
					    s64 left)
{
	return !cap || percpu_counter_compare(pages, gs_cap_of(cap) - left) <= 0;
}

/* The cap on the pages of the owner's user; 0: none. */
static inline unsigned long gs_cap_user(const struct gs_owner *owner)
{
	return owner->limited ? gs_user_max_pages() : 0;
}

/* The parameter max_pages, which changes at any time; 0: none. */
extern unsigned long gs_cap_module;

static inline unsigned long gs_cap_max_pages(void)
{
	return READ_ONCE(gs_cap_module);
}

/* Charges the caps that hold for all memory of a user, or none of them. */
static __always_inline int gs_cap_charge(const struct gs_owner *owner, unsigned long count,
					 struct gs_cap_hit *hit)
{
	unsigned long cap = gs_cap_user(owner);

	if (!gs_cap_add(&owner->user->pages, cap, count)) {
		gs_cap_set_hit(hit, GUARDSLOT_CAP_USER, cap);
		return -ENOSPC;
	}
	cap = gs_cap_max_pages();
	if (gs_cap_add(&gs_user_all_pages, cap, count))
		return 0;
	percpu_counter_sub(&owner->user->pages, count);
	gs_cap_set_hit(hit, GUARDSLOT_CAP_MODULE, cap);
	return -ENOSPC;
}

static inline void gs_cap_uncharge(const struct gs_owner *owner, unsigned long count)
{
	gs_user_uncharge(owner->user, count);
}

int gs_cap_charge_again(const struct gs_owner *owner, unsigned long count, struct gs_cap_hit *hit);

int gs_cap_charge_table(const struct gs_owner *owner, unsigned long pages, struct gs_cap_hit *hit);
int __gs_cap_refill(const struct gs_owner *owner, size_t bytes, struct gs_cap_hit *hit);
void __gs_cap_shrink_reserve(const struct gs_owner *owner);
void gs_cap_settle(const struct gs_owner *owner);

/*
 * For bookkeeping of any size that is allocated elsewhere: charged first, and as many
 * bytes as the allocator takes for it. It comes from the user's reserve, so that it costs
 * two instructions mostly. -ENOSPC over the user's cap or the module's, which *hit is
 * then. May be called under spinlocks.
 */
static inline int gs_cap_charge_bytes(const struct gs_owner *owner, size_t bytes,
				      struct gs_cap_hit *hit)
{
	if (likely(atomic_long_sub_return(bytes, &owner->user->reserve) >= 0))
		return 0;
	return __gs_cap_refill(owner, bytes, hit);
}

static inline void gs_cap_uncharge_bytes(const struct gs_owner *owner, size_t bytes)
{
	if (atomic_long_add_return(bytes, &owner->user->reserve) >
	    (long)(2 * GS_RESERVE_PAGES * PAGE_SIZE))
		__gs_cap_shrink_reserve(owner);
}

u64 gs_cap_pages(void);

#endif /* _GS_CAP_H */
