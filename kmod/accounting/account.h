/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_ACCOUNT_H
#define _GS_ACCOUNT_H

#include <linux/mm.h>
#include <linux/percpu_counter.h>
#include <linux/sizes.h>

#include <guardslot_netlink.h>

#include "accounting/owner.h"
#include "accounting/page.h"
#include "accounting/rss.h"
#include "accounting/user.h"

struct page;

/* What a user's reserve is filled up with, beside what is missing. */
#define GS_RESERVE_PAGES (PAGE_SIZE < SZ_16K ? SZ_16K / PAGE_SIZE : 1)

/*
 * A count of pages with a cap. It is per CPU, so that slots share no cache line
 * that one of them writes.
 *
 * @reported: what @rss was told last, of @pages without what processors have not added up
 *            yet; written by rss.c, and read without a lock
 * @owner: the owner of the pool whose pages these are; immutable
 * @cap: immutable; 0: none
 * @rss: the same pool's, which the pages are resident memory of; immutable
 */
struct gs_account {
	struct percpu_counter pages;
	s64 reported;
	const struct gs_owner *owner;
	unsigned long cap;
	struct gs_rss *rss;
};

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

/*
 * Where pages come from, on the stack of who needs some: one by one, or allocated and
 * charged together for a caller that needs many.
 *
 * @vma: where they will be mapped, whose memory policy holds; NULL: the task's policy
 * @wanted: pages that the caller may still need; each page that is taken counts
 *          it down
 * @used: pages that became private; counted by residency.c
 * @count: pages in the stock
 */
struct gs_stock {
	struct vm_area_struct *vma;
	unsigned long wanted;
	unsigned long used;
	unsigned int count;
	struct page *pages[GS_PAGE_BLOCK];
};

/* Sets what is read of a stock that is empty. */
static inline void gs_stock_init(struct gs_stock *stock, struct vm_area_struct *vma)
{
	stock->vma = vma;
	stock->wanted = 0;
	stock->used = 0;
	stock->count = 0;
}

int gs_account_init(struct gs_account *account, const struct gs_owner *owner, struct gs_rss *rss,
		    unsigned long cap);
void gs_account_uninit(struct gs_account *account);
void gs_account_report_all(struct gs_account *account);
struct page *gs_account_alloc_page(struct gs_account *account, struct gs_cap_hit *hit);
struct page *gs_account_take_page(struct gs_account *account, struct gs_stock *stock,
				  unsigned long pgoff, struct gs_cap_hit *hit);
void gs_account_return(struct gs_account *account, struct gs_stock *stock);
void gs_account_free_page(struct gs_account *account, struct page *page);
bool gs_account_is_half_free(struct gs_account *account);

int gs_account_charge_table(const struct gs_owner *owner, unsigned long pages,
			    struct gs_cap_hit *hit);
void gs_account_uncharge_table(const struct gs_owner *owner, unsigned long pages);
int __gs_account_refill(const struct gs_owner *owner, size_t bytes, struct gs_cap_hit *hit);
void __gs_account_shrink_reserve(const struct gs_owner *owner);
void gs_account_settle(const struct gs_owner *owner);

/*
 * For bookkeeping of any size that is allocated elsewhere: charged first, and as many
 * bytes as the allocator takes for it. It comes from the user's reserve, so that it costs
 * two instructions mostly. -ENOSPC over the user's cap or the module's, which *hit is
 * then. May be called under spinlocks.
 */
static inline int gs_account_charge_bytes(const struct gs_owner *owner, size_t bytes,
					  struct gs_cap_hit *hit)
{
	if (likely(atomic_long_sub_return(bytes, &owner->user->reserve) >= 0))
		return 0;
	return __gs_account_refill(owner, bytes, hit);
}

static inline void gs_account_uncharge_bytes(const struct gs_owner *owner, size_t bytes)
{
	if (atomic_long_add_return(bytes, &owner->user->reserve) >
	    (long)(2 * GS_RESERVE_PAGES * PAGE_SIZE))
		__gs_account_shrink_reserve(owner);
}

u64 gs_account_pages(void);
unsigned long gs_account_max_pages(void);

int gs_account_module_init(void);
void gs_account_module_uninit(void);

#endif /* _GS_ACCOUNT_H */
