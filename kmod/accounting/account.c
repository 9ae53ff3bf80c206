// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every page of slot and image content is taken and freed here. It is counted against its
 * pool's cap, its user's and the module's; page.c charges it to a memory cgroup.
 * Bookkeeping, which is all other memory of a pool, counts against the user's cap and the
 * module's.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include "accounting/account.h"
#include "accounting/owner.h"
#include "accounting/page.h"
#include "accounting/rss.h"
#include "accounting/user.h"

static unsigned long max_pages __read_mostly;
module_param(max_pages, ulong, 0644);
MODULE_PARM_DESC(max_pages, "cap on the memory of all pools together, in pages, 0: none");

/* What faults write has no neighbour. */
static struct percpu_counter module_pages __cacheline_aligned_in_smp;

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

/* A per-CPU counter is compared with a signed number. */
static s64 cap_of(unsigned long cap)
{
	return min_t(u64, cap, S64_MAX);
}

/*
 * Adds @count pages, or nothing when that would pass the cap. Two tasks at the
 * last page may both be refused; the cap is never passed, as of tasks that add at the
 * same time one sees the pages of all.
 */
static __always_inline bool charge(struct percpu_counter *pages, unsigned long cap,
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
	if (percpu_counter_compare(pages, cap_of(cap)) <= 0)
		return true;
	percpu_counter_sub(pages, count);
	return false;
}

/* Whether @left pages of the cap are left. */
static __always_inline bool has_left(struct percpu_counter *pages, unsigned long cap, s64 left)
{
	return !cap || percpu_counter_compare(pages, cap_of(cap) - left) <= 0;
}

static unsigned long user_cap(const struct gs_owner *owner)
{
	return owner->limited ? gs_user_max_pages() : 0;
}

/*
 * Whether @count pages fit within every cap. Nothing is added: pages that are
 * added for a moment and taken back would make other tasks run into the cap.
 */
static bool would_fit(struct gs_account *account, unsigned int count)
{
	const struct gs_owner *owner = account->owner;
	unsigned long user = user_cap(owner), module = READ_ONCE(max_pages);

	return has_left(&account->pages, account->cap, count) &&
	       has_left(&owner->user->pages, user, count) && has_left(&module_pages, module, count);
}

/* Whether at least half of every cap is left. */
bool gs_account_is_half_free(struct gs_account *account)
{
	const struct gs_owner *owner = account->owner;
	unsigned long user = user_cap(owner), module = READ_ONCE(max_pages);

	if (!(account->cap | user | module))
		return true;
	return has_left(&account->pages, account->cap, cap_of(account->cap) / 2) &&
	       has_left(&owner->user->pages, user, cap_of(user) / 2) &&
	       has_left(&module_pages, module, cap_of(module) / 2);
}

static __always_inline void set_hit(struct gs_cap_hit *hit, enum guardslot_cap cap,
				    unsigned long pages)
{
	hit->cap = cap;
	hit->pages = pages;
}

/* Charges the caps that hold for all memory of a user, or none of them. */
static __always_inline int charge_common(const struct gs_owner *owner, unsigned long count,
					 struct gs_cap_hit *hit)
{
	unsigned long cap = user_cap(owner);

	if (!charge(&owner->user->pages, cap, count)) {
		set_hit(hit, GUARDSLOT_CAP_USER, cap);
		return -ENOSPC;
	}
	cap = gs_account_max_pages();
	if (charge(&module_pages, cap, count))
		return 0;
	percpu_counter_sub(&owner->user->pages, count);
	set_hit(hit, GUARDSLOT_CAP_MODULE, cap);
	return -ENOSPC;
}

static void uncharge_common(const struct gs_owner *owner, unsigned long count)
{
	percpu_counter_sub(&module_pages, count);
	percpu_counter_sub(&owner->user->pages, count);
}

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
	uncharge_common(owner, bytes >> PAGE_SHIFT);
	return true;
}

/* charge_common() at a cap: the reserve is for who needs it last. */
static noinline int charge_reserve(const struct gs_owner *owner, unsigned long count,
				   struct gs_cap_hit *hit)
{
	if (!give_back_reserve(owner, 0) || charge_common(owner, count, hit))
		return -ENOSPC;
	*hit = (struct gs_cap_hit){};
	return 0;
}

/*
 * Charges every cap with @count pages, or none of them: -ENOSPC, and *hit is the
 * cap. It is inline, as is what it calls; that saves 90 instructions of a fault.
 */
static __always_inline int charge_pages(struct gs_account *account, unsigned int count,
					struct gs_cap_hit *hit)
{
	if (!charge(&account->pages, account->cap, count)) {
		set_hit(hit, GUARDSLOT_CAP_POOL, account->cap);
		return -ENOSPC;
	}
	if (!charge_common(account->owner, count, hit) ||
	    !charge_reserve(account->owner, count, hit)) {
		report(account);
		return 0;
	}
	percpu_counter_sub(&account->pages, count);
	return -ENOSPC;
}

static __always_inline void uncharge_pages(struct gs_account *account, unsigned int count)
{
	uncharge_common(account->owner, count);
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
static void fill_stock(struct gs_account *account, struct gs_stock *stock)
{
	struct gs_cap_hit unreported;

	if (!would_fit(account, GS_PAGE_BLOCK) || charge_pages(account, GS_PAGE_BLOCK, &unreported))
		return;
	if (gs_page_alloc_block(stock->pages))
		stock->count = GS_PAGE_BLOCK;
	else
		uncharge_pages(account, GS_PAGE_BLOCK);
}

/*
 * As gs_account_alloc_page(), for page @pgoff of the slab. For a caller that needs many a
 * block of them costs little more than one. The caller returns what is left.
 */
struct page *gs_account_take_page(struct gs_account *account, struct gs_stock *stock,
				  unsigned long pgoff, struct gs_cap_hit *hit)
{
	if (GS_PAGE_BLOCK > 1 && stock->wanted >= GS_PAGE_BLOCK && !stock->count &&
	    gs_page_is_any_node(stock->vma))
		fill_stock(account, stock);
	if (stock->wanted)
		stock->wanted--;
	/* What was taken for one VMA may not be what the policy of another asks for. */
	if (stock->count && likely(!gs_page_policy(stock->vma)))
		return stock->pages[--stock->count];
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

/* Whether @count pages would fit; exact, as there may be many. */
static bool table_fits(struct percpu_counter *pages, unsigned long cap, unsigned long count)
{
	return !cap || percpu_counter_sum_positive(pages) + count <= cap;
}

/*
 * For bookkeeping of whole pages, which may be many. -ENOSPC over the user's cap or the
 * module's, which *hit is then.
 */
int gs_account_charge_table(const struct gs_owner *owner, unsigned long pages,
			    struct gs_cap_hit *hit)
{
	struct gs_user *user = owner->user;
	unsigned long cap = user_cap(owner), module = gs_account_max_pages();
	int ret = -ENOSPC;

	give_back_reserve(owner, 0);
	/*
	 * The counters are read before pages are added to them: many pages that are added
	 * for a moment and taken back would make other tasks run into the cap.
	 */
	mutex_lock(&user->table_lock);
	if (!table_fits(&user->pages, cap, pages))
		set_hit(hit, GUARDSLOT_CAP_USER, cap);
	else if (!table_fits(&module_pages, module, pages))
		set_hit(hit, GUARDSLOT_CAP_MODULE, module);
	else
		ret = charge_common(owner, pages, hit);
	mutex_unlock(&user->table_lock);
	return ret;
}

void gs_account_uncharge_table(const struct gs_owner *owner, unsigned long pages)
{
	uncharge_common(owner, pages);
}

/*
 * gs_account_charge_bytes() when the reserve was too small: it is negative by what this
 * task, among others, has taken too much. Each task that finds it so adds as much as it
 * took at least, and a bit more where that fits.
 */
int __gs_account_refill(const struct gs_owner *owner, size_t bytes, struct gs_cap_hit *hit)
{
	unsigned long pages = DIV_ROUND_UP(bytes, PAGE_SIZE), more = pages + GS_RESERVE_PAGES;
	struct gs_cap_hit unreported;

	if (has_left(&owner->user->pages, user_cap(owner), more) &&
	    has_left(&module_pages, gs_account_max_pages(), more) &&
	    !charge_common(owner, more, &unreported))
		pages = more;
	else if (charge_common(owner, pages, hit))
		goto restore_reserve;
	atomic_long_add(pages << PAGE_SHIFT, &owner->user->reserve);
	return 0;

restore_reserve:
	atomic_long_add(bytes, &owner->user->reserve);
	return -ENOSPC;
}

/* gs_account_uncharge_bytes() when much is in the reserve. */
void __gs_account_shrink_reserve(const struct gs_owner *owner)
{
	give_back_reserve(owner, GS_RESERVE_PAGES);
}

/* A pool of the owner goes away, and all that it had is uncharged. */
void gs_account_settle(const struct gs_owner *owner)
{
	give_back_reserve(owner, 0);
}

/* Pages of all pools, bookkeeping included. */
u64 gs_account_pages(void)
{
	return percpu_counter_sum_positive(&module_pages);
}

unsigned long gs_account_max_pages(void)
{
	return READ_ONCE(max_pages);
}

int gs_account_module_init(void)
{
	return percpu_counter_init(&module_pages, 0, GFP_KERNEL);
}

void gs_account_module_uninit(void)
{
	s64 left = percpu_counter_sum(&module_pages);

	WARN(left, "%lld pages were never freed\n", left);
	percpu_counter_destroy(&module_pages);
}
