/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a task owes for charges to a memory cgroup over memory.high. The kernel puts it to sleep
 * for that, up to 2 seconds, on its way back to user space; or at once, in a charge that may
 * sleep, if it owes more than one charge's worth. A caller that holds locks puts off what the
 * task owes, before each charge that may sleep, and has it restored afterwards.
 */
#ifndef _GS_THROTTLE_H
#define _GS_THROTTLE_H

#include <linux/sched.h>

/* Returns what gs_throttle_restore() wants. */
static inline unsigned int gs_throttle_put_off(void)
{
	unsigned int owed = 0;

#ifdef CONFIG_MEMCG
	owed = current->memcg_nr_pages_over_high;
	if (unlikely(owed))
		current->memcg_nr_pages_over_high = 0;
#endif
	return owed;
}

static inline void gs_throttle_restore(unsigned int owed)
{
#ifdef CONFIG_MEMCG
	/* It goes back to user space by way of what it owes already. */
	if (unlikely(owed))
		current->memcg_nr_pages_over_high += owed;
#endif
}

#endif /* _GS_THROTTLE_H */
