// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resident memory: a pool's pages count in the RSS of a process that maps its slab. The
 * kernel adds and takes away nothing for entries that are pfn only, so this file does,
 * and alone.
 *
 * A process is known by its mm. It is here as long as it has a VMA of the slab, whose
 * closing comes before the kernel checks that the mm's counts are all 0; so no reference
 * to the mm is needed, and what is paid is always taken back in time.
 */
#include <linux/bug.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "accounting/rss.h"

/*
 * A process that maps the slab.
 *
 * @vmas: its VMAs of the slab
 */
struct mapper {
	struct list_head link;
	struct mm_struct *mm;
	unsigned long vmas;
};

void gs_rss_init(struct gs_rss *rss)
{
	spin_lock_init(&rss->lock);
	INIT_LIST_HEAD(&rss->mappers);
}

void gs_rss_uninit(struct gs_rss *rss)
{
	WARN_ON_ONCE(!list_empty(&rss->mappers) || rss->paid);
}

static struct mapper *payer(struct gs_rss *rss)
{
	return list_first_entry_or_null(&rss->mappers, struct mapper, link);
}

/* Makes the payer's count what it must be. */
static void settle(struct gs_rss *rss)
{
	struct mapper *first = payer(rss);
	s64 owed = max_t(s64, rss->pages, 0);

	lockdep_assert_held(&rss->lock);
	if (!first || owed == rss->paid)
		return;
	gs_compat_add_shmem_rss(first->mm, owed - rss->paid);
	rss->paid = owed;
}

/* Takes all of it out of the payer's count, before another one pays. */
static void take_back(struct gs_rss *rss)
{
	struct mapper *first = payer(rss);

	lockdep_assert_held(&rss->lock);
	if (first)
		gs_compat_add_shmem_rss(first->mm, -rss->paid);
	rss->paid = 0;
}

static struct mapper *find(struct gs_rss *rss, struct mm_struct *mm)
{
	struct mapper *at;

	lockdep_assert_held(&rss->lock);
	list_for_each_entry(at, &rss->mappers, link)
		if (at->mm == mm)
			return at;
	return NULL;
}

/*
 * A VMA is made. The process that opened the pool pays before all others, as it can
 * hand the file on; of others the one that came first. -ENOMEM.
 */
int gs_rss_map(struct gs_rss *rss, struct mm_struct *mm, bool is_owner)
{
	struct mapper *new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT), *known;

	if (!new)
		return -ENOMEM;
	spin_lock(&rss->lock);
	known = find(rss, mm);
	if (!known) {
		new->mm = mm;
		list_add_tail(&new->link, &rss->mappers);
		swap(known, new);
	}
	known->vmas++;
	rss->orphaned = false;
	if (is_owner && known != payer(rss)) {
		take_back(rss);
		list_move(&known->link, &rss->mappers);
	}
	settle(rss);
	spin_unlock(&rss->lock);
	kfree(new);
	return 0;
}

/* A VMA is split or moved: the process has one more. */
void gs_rss_open(struct gs_rss *rss, struct mm_struct *mm)
{
	struct mapper *known;

	spin_lock(&rss->lock);
	known = find(rss, mm);
	/* No VMA is ever copied into another process. */
	if (!WARN_ON_ONCE(!known))
		known->vmas++;
	spin_unlock(&rss->lock);
}

void gs_rss_close(struct gs_rss *rss, struct mm_struct *mm)
{
	struct mapper *known, *gone = NULL;

	spin_lock(&rss->lock);
	known = find(rss, mm);
	if (!WARN_ON_ONCE(!known) && !--known->vmas) {
		if (known == payer(rss))
			take_back(rss);
		list_del(&known->link);
		rss->orphaned = list_empty(&rss->mappers) && gs_compat_is_oom_killed(mm);
		gone = known;
		settle(rss);
	}
	spin_unlock(&rss->lock);
	kfree(gone);
}

/*
 * Whether the process that pays was killed for its memory, so that the pages come back as
 * soon as it has ended, unless somebody else has the file.
 */
bool gs_rss_is_leaving(struct gs_rss *rss)
{
	struct mapper *first;
	bool leaving;

	spin_lock(&rss->lock);
	first = payer(rss);
	leaving = rss->pages > 0 && (first ? gs_compat_is_oom_killed(first->mm) : rss->orphaned);
	spin_unlock(&rss->lock);
	return leaving;
}

/*
 * An account has @now pages instead of *@reported, which is written under the lock
 * only.
 */
void gs_rss_report(struct gs_rss *rss, s64 *reported, s64 now)
{
	spin_lock(&rss->lock);
	rss->pages += now - *reported;
	WRITE_ONCE(*reported, now);
	settle(rss);
	spin_unlock(&rss->lock);
}
