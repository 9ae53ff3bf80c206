/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GS_ACCOUNT_H
#define _GS_ACCOUNT_H

#include <linux/percpu_counter.h>

struct gs_pool;
struct page;

/*
 * A count of pages with a cap; per-CPU, so that slots share no written line.
 *
 * @pool: whose pages they are; immutable
 * @cap: immutable; 0: none
 */
struct gs_account {
	struct percpu_counter pages;
	struct gs_pool *pool;
	unsigned long cap;
};

#define GS_STOCK_ORDER 3
#define GS_STOCK_PAGES (1U << GS_STOCK_ORDER)

/*
 * Pages bought together by somebody who needs many, on his stack.
 *
 * @wanted: how many he may still need; the caller's to count down
 */
struct gs_stock {
	unsigned long wanted;
	unsigned int count;
	struct page *pages[GS_STOCK_PAGES];
};

int gs_account_init(struct gs_account *account, struct gs_pool *pool, unsigned long cap);
void gs_account_uninit(struct gs_account *account);
struct page *gs_account_alloc_page(struct gs_account *account);
struct page *gs_account_take_page(struct gs_account *account, struct gs_stock *stock);
void gs_account_return(struct gs_account *account, struct gs_stock *stock);
void gs_account_free_page(struct gs_account *account, struct page *page);
bool gs_account_is_roomy(struct gs_account *account);

int gs_account_charge_table(struct gs_pool *pool, unsigned long pages);
void gs_account_uncharge_table(struct gs_pool *pool, unsigned long pages);

u64 gs_account_pages(void);
unsigned long gs_account_max_pages(void);

int gs_account_module_init(void);
void gs_account_module_uninit(void);

#endif /* _GS_ACCOUNT_H */
