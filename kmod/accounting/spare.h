/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_SPARE_H
#define _GS_SPARE_H

#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct gs_account;
struct gs_user;
struct page;
struct shrink_control;

#define GS_SPARE_PAGES (SZ_128K / PAGE_SIZE)

/*
 * Where a slot is on the shrinker's list. The kernel asks for what there is of a cgroup on the
 * nodes where something of it is listed, and for all that there is on every node.
 *
 * @memcg: the cgroup (memcg.h)
 * @node: of the list
 */
struct gs_spare_place {
	u64 memcg;
	int node;
};

/*
 * The spares of a processor. They are written under the lock; all but the pages are read
 * without it as hints. What says whose they are counts while there are some.
 *
 * @lock: tasks of other processors take it only to count or free what is here
 * @account: the pool's; compared, never followed. NULL: there are none
 * @user: whom they are charged to, who lives as long as the account
 * @memcg: what they were charged to when they came (memcg.h)
 * @node: where they are
 */
struct gs_spare {
	spinlock_t lock;
	unsigned int count;
	const struct gs_account *account;
	struct gs_user *user;
	u64 memcg;
	int node;
	struct page *pages[GS_SPARE_PAGES];
} ____cacheline_aligned_in_smp;

/* One for each possible processor; the pointer is immutable. */
extern struct gs_spare *gs_spares;

/* A task that moves to another processor afterwards is slower and nothing else. */
static inline struct gs_spare *gs_spare_here(void)
{
	return gs_spares + raw_smp_processor_id();
}

/* Whether the account has spares here, more or less. */
static inline bool gs_spare_has(const struct gs_account *account)
{
	return READ_ONCE(gs_spare_here()->account) == account;
}

unsigned int gs_spare_put(const struct gs_account *account, struct gs_user *user,
			  const struct gs_spare_place *listed, struct page **pages,
			  unsigned int count);
unsigned int gs_spare_take(const struct gs_account *account, struct page **pages,
			   unsigned int wanted);

unsigned long gs_spare_count_account(const struct gs_account *account);
void gs_spare_free_account(const struct gs_account *account);
unsigned long gs_spare_free_user(const struct gs_user *user, unsigned long count);
unsigned long gs_spare_free_any(unsigned long count);
unsigned long gs_spare_count(const struct shrink_control *sc);
unsigned long gs_spare_shrink(const struct shrink_control *sc);

int gs_spare_module_init(void);
void gs_spare_module_uninit(void);

#endif /* _GS_SPARE_H */
