// SPDX-License-Identifier: GPL-2.0-only
/*
 * A write set holds the offsets of the pages that the instances of an image were
 * seen to make private. In the next slot that is bound to the image these pages can
 * be made private all at once instead of by a fault each. A page that no instance writes
 * any more leaves it: what one tenant has written costs the others for a while only.
 */
#include <linux/gfp.h>
#include <linux/module.h>

#include "accounting/account.h"
#include "objects/pages.h"
#include "objects/writeset.h"

static uint write_set_max = GS_PAGES_IN(SZ_64M);
module_param(write_set_max, uint, 0644);
MODULE_PARM_DESC(write_set_max, "most pages in the write set of an image (default: 64 MiB)");

/*
 * All entries have it: to find a mark is to search for a bit, and to find an entry is to
 * look at each that is not there.
 */
#define MARK XA_MARK_0

void gs_writeset_init(struct gs_writeset *set)
{
	gs_tree_init(&set->offsets);
	init_rwsem(&set->clearing);
	atomic_set(&set->count, 0);
}

/* Forgets all offsets, and gives back their memory. */
void gs_writeset_clear(struct gs_writeset *set, const struct gs_owner *owner)
{
	if (gs_tree_is_empty(&set->offsets))
		return;
	down_write(&set->clearing);
	gs_tree_destroy(&set->offsets, owner);
	atomic_set(&set->count, 0);
	up_write(&set->clearing);
}

static void add(struct gs_writeset *set, const struct gs_owner *owner, unsigned long offset,
		u32 max)
{
	struct gs_cap_hit unreported;

	if (atomic_inc_return(&set->count) > max ||
	    gs_tree_insert(&set->offsets, owner, offset, xa_mk_value(0), &unreported))
		atomic_dec(&set->count);
	else
		xa_set_mark(&set->offsets.entries, offset, MARK);
}

/*
 * Adds a page, unless the set is full, is just cleared, or memory is short: that costs a
 * fault later and nothing else. A page that is in the set already writes nothing, so that
 * warm slots share no cache line that one of them writes.
 */
void gs_writeset_learn(struct gs_writeset *set, const struct gs_owner *owner, unsigned long offset)
{
	u32 max = min_t(u32, READ_ONCE(write_set_max), INT_MAX);

	if (gs_writeset_has(set, offset) || atomic_read(&set->count) >= max)
		return;
	if (!down_read_trylock(&set->clearing))
		return;
	add(set, owner, offset, max);
	up_read(&set->clearing);
}

/* A slot has given the page back, as its instances did not write it for long. */
void gs_writeset_forget(struct gs_writeset *set, const struct gs_owner *owner, unsigned long offset)
{
	if (!gs_writeset_has(set, offset) || !down_read_trylock(&set->clearing))
		return;
	if (gs_tree_erase(&set->offsets, owner, offset))
		atomic_dec(&set->count);
	up_read(&set->clearing);
}

static void read_more(struct gs_writeset *set, struct gs_writeset_walk *walk)
{
	XA_STATE(xas, &set->offsets.entries, walk->next);
	void *entry;

	walk->at = 0;
	walk->count = 0;
	rcu_read_lock();
	/* Not xas_for_each_marked(), which reads the marks here, and not marked as a race. */
	while ((entry = xas_find_marked(&xas, ULONG_MAX, MARK))) {
		if (xas_retry(&xas, entry))
			continue;
		walk->offsets[walk->count++] = xas.xa_index;
		if (walk->count == ARRAY_SIZE(walk->offsets))
			break;
	}
	rcu_read_unlock();
	if (walk->count)
		walk->next = walk->offsets[walk->count - 1] + 1;
}

/* The next offset of the walk, to *@offset. False when there is none. */
bool gs_writeset_walk_next(struct gs_writeset *set, struct gs_writeset_walk *walk,
			   unsigned long *offset)
{
	if (walk->at == walk->count)
		read_more(set, walk);
	if (!walk->count)
		return false;
	*offset = walk->offsets[walk->at++];
	return true;
}
