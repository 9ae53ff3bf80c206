// SPDX-License-Identifier: GPL-2.0-only
/*
 * The caps that hold for all memory of a user and of the module: what is content, which
 * account.c counts, and bookkeeping, which is all else. Bookkeeping is charged in bytes that
 * come from a reserve of the user, or in whole pages.
 */
#include <linux/module.h>
#include <linux/mutex.h>

#include "accounting/cap.h"
#include "accounting/spare.h"

unsigned long gs_cap_module __read_mostly;
module_param_named(max_pages, gs_cap_module, ulong, 0644);
MODULE_PARM_DESC(max_pages, "cap on the memory of all pools together, in pages, 0: none");

/*
 * Gives back the whole pages of the user's reserve, but for @keep of them. False when
 * there are none, or when another task takes from the reserve meanwhile.
 */
static bool give_back_reserve(const struct gs_owner *owner, long keep)
{
	atomic_long_t *reserve = &owner->user->reserve;
	long bytes = (atomic_long_read(reserve) & PAGE_MASK) - (keep << PAGE_SHIFT);

	if (bytes <= 0)
		return false;
	if (atomic_long_sub_return(bytes, reserve) < 0) {
		atomic_long_add(bytes, reserve);
		return false;
	}
	gs_cap_uncharge(owner, bytes >> PAGE_SHIFT);
	return true;
}

/* At the cap *hit: what is counted and not used goes before who needs @count pages. */
static void give_back_unused(const struct gs_owner *owner, unsigned long count,
			     const struct gs_cap_hit *hit)
{
	give_back_reserve(owner, 0);
	if (gs_spare_free_user(owner->user, count) < count && hit->cap == GUARDSLOT_CAP_MODULE)
		gs_spare_free_any(count);
}

/*
 * gs_cap_charge() once more, at the cap *hit. It may meet the other cap then. Others may have
 * given back what this task finds to be there no more.
 */
int gs_cap_charge_again(const struct gs_owner *owner, unsigned long count, struct gs_cap_hit *hit)
{
	unsigned int caps;

	for (caps = 0; caps < 2; caps++) {
		give_back_unused(owner, count, hit);
		if (gs_cap_charge(owner, count, hit))
			continue;
		*hit = (struct gs_cap_hit){};
		return 0;
	}
	return -ENOSPC;
}

/* Whether @count pages would fit; exact, as there may be many. */
static bool table_fits(struct percpu_counter *pages, unsigned long cap, unsigned long count)
{
	return !cap || percpu_counter_sum_positive(pages) + count <= cap;
}

/*
 * The counters are read before pages are added to them: many pages that are added for a
 * moment and taken back would make other tasks run into the cap.
 */
static int charge_table(const struct gs_owner *owner, unsigned long pages, struct gs_cap_hit *hit)
{
	unsigned long cap = gs_cap_user(owner), module = gs_cap_max_pages();

	lockdep_assert_held(&owner->user->table_lock);
	if (!table_fits(&owner->user->pages, cap, pages)) {
		gs_cap_set_hit(hit, GUARDSLOT_CAP_USER, cap);
		return -ENOSPC;
	}
	if (!table_fits(&gs_user_all_pages, module, pages)) {
		gs_cap_set_hit(hit, GUARDSLOT_CAP_MODULE, module);
		return -ENOSPC;
	}
	return gs_cap_charge(owner, pages, hit);
}

/*
 * For bookkeeping of whole pages, which may be many. -ENOSPC over the user's cap or the
 * module's, which *hit is then.
 */
int gs_cap_charge_table(const struct gs_owner *owner, unsigned long pages, struct gs_cap_hit *hit)
{
	struct mutex *lock = &owner->user->table_lock;
	unsigned int caps;
	int ret;

	mutex_lock(lock);
	ret = charge_table(owner, pages, hit);
	for (caps = 0; ret && caps < 2; caps++) {
		give_back_unused(owner, pages, hit);
		*hit = (struct gs_cap_hit){};
		ret = charge_table(owner, pages, hit);
	}
	mutex_unlock(lock);
	return ret;
}

/*
 * gs_cap_charge_bytes() when the reserve was too small: it is negative by what this
 * task, among others, has taken too much. Each task that finds it so adds as much as it
 * took at least, and a bit more where that fits.
 */
int __gs_cap_refill(const struct gs_owner *owner, size_t bytes, struct gs_cap_hit *hit)
{
	unsigned long pages = DIV_ROUND_UP(bytes, PAGE_SIZE), more = pages + GS_RESERVE_PAGES;
	struct gs_cap_hit unreported;

	if (gs_cap_has_left(&owner->user->pages, gs_cap_user(owner), more) &&
	    gs_cap_has_left(&gs_user_all_pages, gs_cap_max_pages(), more) &&
	    !gs_cap_charge(owner, more, &unreported))
		pages = more;
	else if (gs_cap_charge(owner, pages, hit) && gs_cap_charge_again(owner, pages, hit))
		goto restore_reserve;
	atomic_long_add(pages << PAGE_SHIFT, &owner->user->reserve);
	return 0;

restore_reserve:
	atomic_long_add(bytes, &owner->user->reserve);
	return -ENOSPC;
}

/* gs_cap_uncharge_bytes() when much is in the reserve. */
void __gs_cap_shrink_reserve(const struct gs_owner *owner)
{
	give_back_reserve(owner, GS_RESERVE_PAGES);
}

/* A pool of the owner goes away, and all that it had is uncharged. */
void gs_cap_settle(const struct gs_owner *owner)
{
	give_back_reserve(owner, 0);
}

/* Pages of all pools, bookkeeping included. */
u64 gs_cap_pages(void)
{
	return percpu_counter_sum_positive(&gs_user_all_pages);
}
