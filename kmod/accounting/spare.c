// SPDX-License-Identifier: GPL-2.0-only
/*
 * The spares: pages that slots of a pool gave back, which the pool's next first writes on the
 * same processor take instead of new ones. Who takes one overwrites all of it before anybody
 * can see it, and so it is not cleared first, and neither freed nor allocated.
 *
 * They are few: GS_SPARE_PAGES on a processor, of one pool at a time. They count against the
 * user's cap and the module's, and are charged to the memory cgroup that they were allocated
 * in. They are freed at a cap, by the shrinker, before the kernel kills a process, and with
 * the pool.
 */
#include <linux/cpumask.h>
#include <linux/cpuset.h>
#include <linux/nodemask.h>
#include <linux/page-flags.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "accounting/memcg.h"
#include "accounting/spare.h"
#include "accounting/user.h"

struct gs_spare *gs_spares __read_mostly;

/*
 * Processors that may have spares. A bit is written under the lock of the processor's, and
 * stays when the last spare is taken, as the next ones come soon.
 */
static struct cpumask filled;

/* Says whose the spares are. */
static void set_account(struct gs_spare *spare, const struct gs_account *account)
{
	lockdep_assert_held(&spare->lock);
	/*
	 * After all of the account before was uncharged: the end of that one's pool may see it
	 * without the lock, and free the user. Pairs with gs_spare_free_account().
	 */
	smp_store_release(&spare->account, account);
}

/* Frees all that is here, uncharges it, and returns how much that is. */
static unsigned int empty(struct gs_spare *spare)
{
	unsigned int i, count = spare->count;

	lockdep_assert_held(&spare->lock);
	if (!count)
		return 0;
	for (i = 0; i < count; i++)
		__free_page(spare->pages[i]);
	gs_user_uncharge(spare->user, count);
	WRITE_ONCE(spare->count, 0);
	set_account(spare, NULL);
	return count;
}

/* Makes what is here the account's. */
static void start(struct gs_spare *spare, const struct gs_account *account, struct gs_user *user,
		  u64 memcg, int node)
{
	lockdep_assert_held(&spare->lock);
	set_account(spare, account);
	WRITE_ONCE(spare->user, user);
	WRITE_ONCE(spare->memcg, memcg);
	WRITE_ONCE(spare->node, node);
	if (!cpumask_test_cpu(spare - gs_spares, &filled))
		cpumask_set_cpu(spare - gs_spares, &filled);
}

/*
 * Whether the page may be used again without having been free, under rcu_read_lock(). Who has
 * a reference to it besides may read it, or write it, whoever has it next.
 */
static bool is_fit(struct page *page, u64 memcg, int node)
{
	return page_ref_count(page) == 1 && !PageHWPoison(page) &&
	       gs_memcg_of_page(page) == memcg && page_to_nid(page) == node;
}

/* How many may be here, of those that a slot gives back which is listed there. */
static unsigned int room_for(const struct gs_spare_place *listed, int node)
{
	/* None where the administrator wants what is freed to be cleared. */
	if (want_init_on_free())
		return 0;
	/* Nor where the shrinker would not be asked for them. */
	return listed->memcg && listed->node != node ? 0 : GS_SPARE_PAGES;
}

/*
 * Puts the pages of the user's account here that are fit and for which there is room, and
 * frees the others. Nobody maps them. Pages that are not charged where their slot is @listed
 * are not fit. Returns how many were freed; those are still charged.
 */
unsigned int gs_spare_put(const struct gs_account *account, struct gs_user *user,
			  const struct gs_spare_place *listed, struct page **pages,
			  unsigned int count)
{
	struct gs_spare *spare = gs_spare_here();
	int node = numa_node_id();
	unsigned int i, room = room_for(listed, node), freed = 0;
	u64 memcg = listed->memcg;

	spin_lock(&spare->lock);
	/* Those of a pool that nobody uses any more would stay for ever otherwise. */
	if (spare->account != account || spare->memcg != memcg || spare->node != node)
		empty(spare);
	rcu_read_lock();
	for (i = 0; i < count; i++) {
		if (spare->count < room && is_fit(pages[i], memcg, node)) {
			spare->pages[spare->count] = pages[i];
			WRITE_ONCE(spare->count, spare->count + 1);
		} else {
			__free_page(pages[i]);
			freed++;
		}
	}
	rcu_read_unlock();
	if (spare->count)
		start(spare, account, user, memcg, node);
	spin_unlock(&spare->lock);
	return freed;
}

/* Whether a new page for the task would be one like those that are here. */
static bool is_for_current(const struct gs_spare *spare)
{
	return spare->memcg == gs_memcg_of_current() && spare->node == numa_node_id() &&
	       node_isset(spare->node, cpuset_current_mems_allowed);
}

/*
 * Takes up to @wanted spares of the account, for a task that no memory policy is for. They
 * have any content, and the caller has to overwrite all of it. They are charged, but to the
 * account itself.
 */
unsigned int gs_spare_take(const struct gs_account *account, struct page **pages,
			   unsigned int wanted)
{
	struct gs_spare *spare = gs_spare_here();
	unsigned int taken = 0, left;

	spin_lock(&spare->lock);
	if (spare->account != account || !is_for_current(spare))
		goto unlock;
	for (left = spare->count; left && taken < wanted; left--) {
		struct page *page = spare->pages[left - 1];

		/* Memory that nobody uses fails, too. */
		if (unlikely(PageHWPoison(page)))
			break;
		pages[taken++] = page;
	}
	WRITE_ONCE(spare->count, left);
	if (!left)
		set_account(spare, NULL);
	else if (unlikely(!taken))
		empty(spare);
unlock:
	spin_unlock(&spare->lock);
	return taken;
}

/* Reads what @spare says without its lock, as a hint, and with it. */
typedef bool (*is_meant_fn)(const struct gs_spare *spare, const void *what);

/*
 * Counts the spares of all processors that are meant by @what, or, unless @max is 0, frees
 * them until there are no more or as many were freed.
 */
static unsigned long walk(is_meant_fn is_meant, const void *what, unsigned long max)
{
	unsigned long count = 0;
	unsigned int cpu;

	for_each_set_bit(cpu, cpumask_bits(&filled), nr_cpu_ids) {
		struct gs_spare *spare = gs_spares + cpu;

		if (READ_ONCE(spare->count) && !is_meant(spare, what))
			continue;
		spin_lock(&spare->lock);
		if (!spare->count) {
			/* As in set_account(). */
			smp_mb__before_atomic();
			cpumask_clear_cpu(cpu, &filled);
		} else if (is_meant(spare, what)) {
			count += max ? empty(spare) : spare->count;
		}
		spin_unlock(&spare->lock);
		if (max && count >= max)
			break;
	}
	return count;
}

static bool is_of_account(const struct gs_spare *spare, const void *account)
{
	return READ_ONCE(spare->account) == account;
}

static bool is_of_user(const struct gs_spare *spare, const void *user)
{
	return READ_ONCE(spare->user) == user;
}

static bool is_any(const struct gs_spare *spare, const void *unused)
{
	return true;
}

/* Whether it is what a shrinker is asked for; of the root's cgroup that is all of a node. */
static bool is_to_shrink(const struct gs_spare *spare, const void *what)
{
	const struct shrink_control *sc = what;
	u64 memcg = gs_memcg_number(sc->memcg);

	return READ_ONCE(spare->node) == sc->nid && (!memcg || READ_ONCE(spare->memcg) == memcg);
}

unsigned long gs_spare_count_account(const struct gs_account *account)
{
	return walk(is_of_account, account, 0);
}

/* The account gets no more, and nobody uncharges its user for spares after this. */
void gs_spare_free_account(const struct gs_account *account)
{
	walk(is_of_account, account, ULONG_MAX);
	/* Pairs with set_account(): what others emptied they have uncharged. */
	smp_mb();
}

/* Frees @count of a user's or more; returns how many. */
unsigned long gs_spare_free_user(const struct gs_user *user, unsigned long count)
{
	return walk(is_of_user, user, count);
}

unsigned long gs_spare_free_any(unsigned long count)
{
	return walk(is_any, NULL, count);
}

/* Pages that gs_spare_shrink() would free. */
unsigned long gs_spare_count(const struct shrink_control *sc)
{
	return walk(is_to_shrink, sc, 0);
}

unsigned long gs_spare_shrink(const struct shrink_control *sc)
{
	return walk(is_to_shrink, sc, sc->nr_to_scan);
}

int gs_spare_module_init(void)
{
	unsigned int cpu;

	gs_spares = kvcalloc(nr_cpu_ids, sizeof(*gs_spares), GFP_KERNEL);
	if (!gs_spares)
		return -ENOMEM;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		spin_lock_init(&gs_spares[cpu].lock);
	return 0;
}

void gs_spare_module_uninit(void)
{
	WARN_ON(gs_spare_free_any(ULONG_MAX));
	kvfree(gs_spares);
}
