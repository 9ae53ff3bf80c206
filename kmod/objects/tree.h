/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_TREE_H
#define _GS_TREE_H

#include <linux/xarray.h>

struct gs_cap_hit;
struct gs_owner;

/*
 * An xarray whose nodes are charged. It is read as any xarray, and written through the
 * functions below only.
 *
 * @entries: its lock protects @nodes, too
 * @nodes: nodes that are charged, which are all that there are
 * @marked: entries with a mark, for who sets it
 */
struct gs_tree {
	struct xarray entries;
	u32 nodes;
	u32 marked;
};

void gs_tree_init(struct gs_tree *tree);
void gs_tree_destroy(struct gs_tree *tree, const struct gs_owner *owner);
int gs_tree_store(struct gs_tree *tree, const struct gs_owner *owner, unsigned long index,
		  void *entry, struct gs_cap_hit *hit);
int gs_tree_store_at(struct gs_tree *tree, const struct gs_owner *owner, struct xa_state *xas,
		     void *entry, struct gs_cap_hit *hit);
int gs_tree_insert(struct gs_tree *tree, const struct gs_owner *owner, unsigned long index,
		   void *entry, struct gs_cap_hit *hit);
bool gs_tree_erase(struct gs_tree *tree, const struct gs_owner *owner, unsigned long index);

static inline bool gs_tree_is_empty(const struct gs_tree *tree)
{
	return xa_empty(&tree->entries);
}

#endif /* _GS_TREE_H */
