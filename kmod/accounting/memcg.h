/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory cgroups, only to be compared: no reference is held, and nobody follows these pointers.
 * The root, to which nothing is charged, is NULL.
 */
#ifndef _GS_MEMCG_H
#define _GS_MEMCG_H

#include <linux/memcontrol.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

static inline const void *gs_memcg_unless_root(struct mem_cgroup *memcg)
{
#ifdef CONFIG_MEMCG
	return memcg && memcg->css.parent ? memcg : NULL;
#else
	return NULL;
#endif
}

/* What a page is charged to, under rcu_read_lock(). */
static inline const void *gs_memcg_of_page(struct page *page)
{
	return gs_memcg_unless_root(gs_compat_page_memcg(page));
}

/* What memory is charged to that the task allocates. */
static inline const void *gs_memcg_of_current(void)
{
	const void *memcg = NULL;

#ifdef CONFIG_MEMCG
	if (unlikely(current->active_memcg))
		return gs_memcg_unless_root(current->active_memcg);
	rcu_read_lock();
	memcg = gs_memcg_unless_root(
		mem_cgroup_from_css(rcu_dereference(current->cgroups)->subsys[memory_cgrp_id]));
	rcu_read_unlock();
#endif
	return memcg;
}

#endif /* _GS_MEMCG_H */
