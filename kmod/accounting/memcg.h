/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory cgroups, only to be compared, and so by a number: no reference is held, and the next
 * cgroup may have the address of one that was removed. The number is the kernel's own for the
 * order in which they were made. 0: the root, to which nothing is charged.
 */
#ifndef _GS_MEMCG_H
#define _GS_MEMCG_H

#include <linux/memcontrol.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

static inline u64 gs_memcg_number(const struct mem_cgroup *memcg)
{
#ifdef CONFIG_MEMCG
	return memcg && memcg->css.parent ? memcg->css.serial_nr : 0;
#else
	return 0;
#endif
}

/* What a page is charged to, under rcu_read_lock(). */
static inline u64 gs_memcg_of_page(struct page *page)
{
	return gs_memcg_number(gs_compat_page_memcg(page));
}

/* What memory is charged to that the task allocates. */
static inline u64 gs_memcg_of_current(void)
{
	u64 memcg = 0;

#ifdef CONFIG_MEMCG
	if (unlikely(current->active_memcg))
		return gs_memcg_number(current->active_memcg);
	rcu_read_lock();
	memcg = gs_memcg_number(
		mem_cgroup_from_css(rcu_dereference(current->cgroups)->subsys[memory_cgrp_id]));
	rcu_read_unlock();
#endif
	return memcg;
}

#endif /* _GS_MEMCG_H */
