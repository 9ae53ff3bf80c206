/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages whose memory has failed. */
#ifndef _GS_POISON_H
#define _GS_POISON_H

#include "objects/resident.h"

struct gs_pool;

int __gs_poison_sweep(struct gs_pool *pool, struct gs_slot *slot, u16 failures);
int __gs_poison_finish(struct gs_pool *pool, struct gs_slot *slot);

/*
 * Whether memory has failed since the slot's pages were last looked through. If the image is
 * @another than before, its pages may have failed any time ago.
 */
static __always_inline bool gs_poison_is_due(const struct gs_slot *slot, u16 failures, bool another)
{
	return slot->residents->tracking.failures != failures || (another && failures);
}

/*
 * To be called before the pages of a slot are restored; @failures are those of the machine.
 * Takes away the private pages whose memory, or whose image's, has failed. -EHWPOISON: the
 * image has lost a page.
 */
static __always_inline int gs_poison_sweep(struct gs_pool *pool, struct gs_slot *slot, u16 failures,
					   bool another)
{
	lockdep_assert_held(&slot->lock);
	if (likely(!gs_poison_is_due(slot, failures, another)))
		return 0;
	return __gs_poison_sweep(pool, slot, failures);
}

/*
 * To be called after pages of a slot were restored: takes away those of which the copy
 * failed, if that is still to do. The slot may lose its array. -EHWPOISON: there were some.
 */
static __always_inline int gs_poison_finish(struct gs_pool *pool, struct gs_slot *slot)
{
	lockdep_assert_held(&slot->lock);
	if (likely(!slot->failed))
		return 0;
	return __gs_poison_finish(pool, slot);
}

#endif /* _GS_POISON_H */
