/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_RSS_H
#define _GS_RSS_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct mm_struct;

/*
 * Whose resident memory a pool's pages are: that of one process that maps the slab, the
 * payer. The kernel chooses by it whom to kill when memory is short.
 *
 * @lock: protects what follows; it is taken under all other locks of the module
 * @mappers: each process that maps the slab; the first one pays
 * @pages: pages that the accounts of the pool have reported. They are sums of what
 *         processors have counted apart, and so this may be below 0 for a while
 * @paid: pages in the payer's count; 0 without a payer
 * @orphaned: the last process that mapped the slab was killed for its memory
 */
struct gs_rss {
	spinlock_t lock;
	struct list_head mappers;
	s64 pages;
	s64 paid;
	bool orphaned;
};

void gs_rss_init(struct gs_rss *rss);
void gs_rss_uninit(struct gs_rss *rss);

int gs_rss_map(struct gs_rss *rss, struct mm_struct *mm, bool is_owner);
void gs_rss_open(struct gs_rss *rss, struct mm_struct *mm);
void gs_rss_close(struct gs_rss *rss, struct mm_struct *mm);

bool gs_rss_is_leaving(struct gs_rss *rss);
void gs_rss_report(struct gs_rss *rss, s64 *reported, s64 now);

#endif /* _GS_RSS_H */
