/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_ACCOUNT_H
#define _GS_ACCOUNT_H

#include <linux/mm.h>
#include <linux/percpu_counter.h>
#include <linux/sizes.h>

#include "accounting/cap.h"
#include "accounting/owner.h"
#include "accounting/page.h"
#include "accounting/rss.h"
#include "accounting/spare.h"

struct page;

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
 * Where pages come from, on the stack of who needs some: one by one, or allocated and
 * charged together for a caller that needs many.
 *
 * @vma: where they will be mapped, whose memory policy holds; NULL: the task's policy
 * @wanted: pages that the caller may still need; each page that is taken counts
 *          it down
 * @used: pages that became private; counted by residency.c
 * @count: pages in the stock
 * @are_spares: these pages have any content (spare.c); all zero otherwise
 * @took_spare: so has the page that was taken last; who took it overwrites all of it
 */
struct gs_stock {
	struct vm_area_struct *vma;
	unsigned long wanted;
	unsigned long used;
	unsigned int count;
	bool are_spares;
	bool took_spare;
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

/*
 * Pages that a pool gives up together, on the stack of who takes them away.
 *
 * @listed: where the slot is on the shrinker's list
 */
struct gs_batch {
	struct gs_account *account;
	struct gs_spare_place listed;
	unsigned int count;
	struct page *pages[GS_SPARE_PAGES];
};

static inline void gs_batch_init(struct gs_batch *batch, struct gs_account *account,
				 struct gs_spare_place listed)
{
	batch->account = account;
	batch->listed = listed;
	batch->count = 0;
}

void gs_batch_give_up(struct gs_batch *batch);

/* One more page, which nobody maps. The caller gives up the last ones in the end. */
static inline void gs_batch_add(struct gs_batch *batch, struct page *page)
{
	batch->pages[batch->count++] = page;
	if (batch->count == ARRAY_SIZE(batch->pages))
		gs_batch_give_up(batch);
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

#endif /* _GS_ACCOUNT_H */
