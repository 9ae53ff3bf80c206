// SPDX-License-Identifier: GPL-2.0-only
/*
 * A write set holds the offsets of the pages that the instances of an image were
 * seen to make private. In the next slot that is bound to the image these pages can
 * be made private all at once instead of by a fault each.
 */
#include <linux/gfp.h>
#include <linux/module.h>

#include "objects/pages.h"
#include "objects/writeset.h"

static uint write_set_max = GS_PAGES_IN(SZ_64M);
module_param(write_set_max, uint, 0644);
MODULE_PARM_DESC(write_set_max, "most pages in the write set of an image (default: 64 MiB)");

void gs_writeset_init(struct gs_writeset *set)
{
	xa_init_flags(&set->offsets, XA_FLAGS_ACCOUNT);
	atomic_set(&set->count, 0);
}

void gs_writeset_uninit(struct gs_writeset *set)
{
	xa_destroy(&set->offsets);
}

/*
 * Adds a page, unless the set is full or memory is short: that costs a fault later
 * and nothing else. A page that is in the set already writes nothing, so that warm
 * slots share no cache line that one of them writes.
 */
void gs_writeset_learn(struct gs_writeset *set, unsigned long offset)
{
	u32 max = min_t(u32, READ_ONCE(write_set_max), INT_MAX);

	if (gs_writeset_has(set, offset) || atomic_read(&set->count) >= max)
		return;
	if (atomic_inc_return(&set->count) > max ||
	    xa_insert(&set->offsets, offset, xa_mk_value(0), GFP_KERNEL_ACCOUNT | __GFP_NOWARN))
		atomic_dec(&set->count);
}
