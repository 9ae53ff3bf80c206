// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every page of slot and image content is taken and freed here. It is counted against its
 * pool's cap, its user's and the module's; page.c charges it to a memory cgroup.
 */
#include <linux/mm.h>
#include <linux/sizes.h>

#include "accounting/account.h"
#include "accounting/cap.h"
#include "accounting/owner.h"
#include "accounting/page.h"
#include "accounting/rss.h"
#include "accounting/spare.h"

/* What is told to rss.c at a time. */
#define REPORT_PAGES (SZ_1M / PAGE_SIZE)

int gs_account_init(struct gs_account *account, const struct gs_owner *owner, struct gs_rss *rss,
		    unsigned long cap)
{
	account->reported = 0;
	account->owner = owner;
	account->rss = rss;
	account->cap = cap;
	return percpu_counter_init(&account->pages, 0, GFP_KERNEL_ACCOUNT);
}

void gs_account_uninit(struct gs_account *account)
{
	gs_spare_free_account(account);
	WARN_ON_ONCE(percpu_counter_sum(&account->pages));
	gs_account_report_all(account);
	percpu_counter_destroy(&account->pages);
}

/*
 * Tells of a change of the account, without what processors have counted apart, when it is
 * not small.
 */
static __always_inline void report(struct gs_account *account)
{
	/* Others add to it meanwhile; any value that it has or had will do. */
	s64 now = data_race(percpu_counter_read(&account->pages));

	/* One comparison for both signs. */
	if (unlikely((u64)(now - READ_ONCE(account->reported) + REPORT_PAGES) > 2 * REPORT_PAGES))
		gs_rss_report(account->rss, &account->reported, now);
}

/* Tells of every page. */
void gs_account_report_all(struct gs_account *account)
{
	gs_rss_report(account->rss, &account->reported, percpu_counter_sum(&account->pages));
}

/*
 * Whether @count pages fit within every cap. Nothing is added: pages that are
 * added for a moment and taken back would make other tasks run into the cap.
 */
static bool would_fit(struct gs_account *account, unsigned int count)
{
	const struct gs_owner *owner = account->owner;
	unsigned long user = gs_cap_user(owner), module = gs_cap_max_pages();

	return gs_cap_has_left(&account->pages, account->cap, count) &&
	       gs_cap_has_left(&owner->user->pages, user, count) &&
	       gs_cap_has_left(&gs_user_all_pages, module, count);
}

/* Whether at least half of every cap is left. */
bool gs_account_is_half_free(struct gs_account *account)
{
	const struct gs_owner *owner = account->owner;
	unsigned long user = gs_cap_user(owner), module = gs_cap_max_pages();

	if (!(account->cap | user | module))
		return true;
	return gs_cap_has_left(&account->pages, account->cap, gs_cap_of(account->cap) / 2) &&
	       gs_cap_has_left(&owner->user->pages, user, gs_cap_of(user) / 2) &&
	       gs_cap_has_left(&gs_user_all_pages, module, gs_cap_of(module) / 2);
}

/*
 * Charges every cap with @count pages, or none of them: -ENOSPC, and *hit is the
 * cap. It is inline, as is what it calls; that saves 90 instructions of a fault.
 */
static __always_inline int charge_pages(struct gs_account *account, unsigned int count,
					struct gs_cap_hit *hit)
{
	if (!gs_cap_add(&account->pages, account->cap, count)) {
		gs_cap_set_hit(hit, GUARDSLOT_CAP_POOL, account->cap);
		return -ENOSPC;
	}
	if (!gs_cap_charge(account->owner, count, hit) ||
	    !gs_cap_charge_again(account->owner, count, hit)) {
		report(account);
		return 0;
	}
	percpu_counter_sub(&account->pages, count);
	return -ENOSPC;
}

static __always_inline void uncharge_pages(struct gs_account *account, unsigned int count)
{
	gs_cap_uncharge(account->owner, count);
	percpu_counter_sub(&account->pages, count);
	report(account);
}

/* gs_account_alloc_page() for a page of the slab that @vma, which may be NULL, shows. */
static __always_inline struct page *charge_and_alloc(struct gs_account *account,
						     struct vm_area_struct *vma,
						     unsigned long pgoff, struct gs_cap_hit *hit)
{
	struct page *page;
	int ret;

	ret = charge_pages(account, 1, hit);
	if (ret)
		return ERR_PTR(ret);
	page = gs_page_alloc(vma, pgoff);
	if (page)
		return page;
	uncharge_pages(account, 1);
	return ERR_PTR(-ENOMEM);
}

/* A zeroed page, ERR_PTR(-ENOSPC) over the cap *hit, or ERR_PTR(-ENOMEM). */
struct page *gs_account_alloc_page(struct gs_account *account, struct gs_cap_hit *hit)
{
	return charge_and_alloc(account, NULL, 0, hit);
}

/*
 * Leaves the stock empty when it would pass a cap, or when no free block is at
 * hand. A cap that refuses a stock is not reported: single pages may still fit.
 */
static void fill_with_block(struct gs_account *account, struct gs_stock *stock)
{
	struct gs_cap_hit unreported;

	if (!would_fit(account, GS_PAGE_BLOCK) || charge_pages(account, GS_PAGE_BLOCK, &unreported))
		return;
	stock->are_spares = false;
	if (gs_page_alloc_block(stock->pages))
		stock->count = GS_PAGE_BLOCK;
	else
		uncharge_pages(account, GS_PAGE_BLOCK);
}

/* Leaves the stock empty when there are no spares, or when they would pass the pool's cap. */
static void fill_with_spares(struct gs_account *account, struct gs_stock *stock)
{
	unsigned int wanted = clamp_t(unsigned long, stock->wanted, 1, GS_PAGE_BLOCK);

	if (!gs_cap_has_left(&account->pages, account->cap, wanted))
		return;
	stock->are_spares = true;
	stock->count = gs_spare_take(account, stock->pages, wanted);
	if (gs_cap_add(&account->pages, account->cap, stock->count)) {
		report(account);
		return;
	}
	gs_cap_uncharge(account->owner, stock->count);
	while (stock->count)
		__free_page(stock->pages[--stock->count]);
}

/* Fills a stock that is empty, for a task that no memory policy is for. */
static __always_inline void fill(struct gs_account *account, struct gs_stock *stock)
{
	if (gs_spare_has(account))
		fill_with_spares(account, stock);
	if (GS_PAGE_BLOCK > 1 && stock->wanted >= GS_PAGE_BLOCK && !stock->count)
		fill_with_block(account, stock);
}

/*
 * As gs_account_alloc_page(), for page @pgoff of the slab. For a caller that needs many a
 * block of them costs little more than one. The caller returns what is left. If
 * @stock->took_spare the page has what a tenant wrote.
 */
struct page *gs_account_take_page(struct gs_account *account, struct gs_stock *stock,
				  unsigned long pgoff, struct gs_cap_hit *hit)
{
	if (!stock->count && gs_page_is_any_node(stock->vma))
		fill(account, stock);
	if (stock->wanted)
		stock->wanted--;
	/* What was taken for one VMA may not be what the policy of another asks for. */
	if (stock->count && likely(!gs_page_policy(stock->vma))) {
		stock->took_spare = stock->are_spares;
		return stock->pages[--stock->count];
	}
	stock->took_spare = false;
	return charge_and_alloc(account, stock->vma, pgoff, hit);
}

void gs_account_return(struct gs_account *account, struct gs_stock *stock)
{
	while (stock->count)
		gs_account_free_page(account, stock->pages[--stock->count]);
}

void gs_account_free_page(struct gs_account *account, struct page *page)
{
	__free_page(page);
	uncharge_pages(account, 1);
}

/*
 * The pool keeps some of the pages for its next first writes, which stay counted for the user
 * and the module; the others are freed. They are uncharged together.
 */
void gs_batch_give_up(struct gs_batch *batch)
{
	struct gs_account *account = batch->account;
	unsigned int freed;

	if (!batch->count)
		return;
	freed = gs_spare_put(account, account->owner->user, &batch->listed, batch->pages,
			     batch->count);
	gs_cap_uncharge(account->owner, freed);
	percpu_counter_sub(&account->pages, batch->count);
	report(account);
	batch->count = 0;
}
