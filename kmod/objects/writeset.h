/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_WRITESET_H
#define _GS_WRITESET_H

#include <linux/atomic.h>
#include <linux/rwsem.h>

#include "objects/tree.h"

struct gs_owner;

/*
 * The offsets in the slot of the pages that instances of an image make private. It
 * grows up to a cap, loses what slots gave back, and is cleared as a whole; the tree is
 * read without a lock.
 *
 * @clearing: held for reading by who adds or forgets, for writing by who clears
 */
struct gs_writeset {
	struct gs_tree offsets;
	struct rw_semaphore clearing;
	atomic_t count;
};

/*
 * A walk over the offsets from @next on, while others come and go. It reads some at a time:
 * each time that it reads it begins at the top of the tree.
 *
 * @at: of the @count that were read, the next one
 */
struct gs_writeset_walk {
	unsigned long next;
	unsigned int at;
	unsigned int count;
	unsigned long offsets[16];
};

void gs_writeset_init(struct gs_writeset *set);
void gs_writeset_clear(struct gs_writeset *set, const struct gs_owner *owner);
void gs_writeset_learn(struct gs_writeset *set, const struct gs_owner *owner, unsigned long offset);
void gs_writeset_forget(struct gs_writeset *set, const struct gs_owner *owner,
			unsigned long offset);

bool gs_writeset_walk_next(struct gs_writeset *set, struct gs_writeset_walk *walk,
			   unsigned long *offset);

static inline void gs_writeset_walk_init(struct gs_writeset_walk *walk, unsigned long first)
{
	walk->next = first;
	walk->at = 0;
	walk->count = 0;
}

static inline bool gs_writeset_has(struct gs_writeset *set, unsigned long offset)
{
	return xa_load(&set->offsets.entries, offset);
}

static inline u32 gs_writeset_count(const struct gs_writeset *set)
{
	return atomic_read(&set->count);
}

#endif /* _GS_WRITESET_H */
