/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_USER_H
#define _GS_USER_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/mutex.h>
#include <linux/percpu_counter.h>
#include <linux/uidgid.h>

/*
 * A user id that has pools, and what counts against max_user_pages.
 *
 * @uid: immutable
 * @pools: pools that hold the entry; protected by users_lock
 * @pages: pages of content and bookkeeping; per CPU, has its own lock
 * @table_lock: serializes tasks that add many pages to @pages at once
 * @reserve: bytes for bookkeeping that @pages has and nothing uses; below 0 while a task
 *           adds to it. It is written where the others are read
 */
struct gs_user {
	kuid_t uid;
	unsigned long pools;
	struct percpu_counter pages;
	struct mutex table_lock;
	atomic_long_t reserve ____cacheline_aligned_in_smp;
};

/* Pages of content and bookkeeping of all users; per CPU, has its own lock. */
extern struct percpu_counter gs_user_all_pages;

struct gs_user *gs_user_get(kuid_t uid);
void gs_user_put(struct gs_user *user);
u64 gs_user_pages(kuid_t uid);
unsigned long gs_user_max_pages(void);

/* Takes away what cap.c has added. */
static inline void gs_user_uncharge(struct gs_user *user, unsigned long count)
{
	percpu_counter_sub(&gs_user_all_pages, count);
	percpu_counter_sub(&user->pages, count);
}

int gs_user_module_init(void);
void gs_user_module_uninit(void);

#endif /* _GS_USER_H */
