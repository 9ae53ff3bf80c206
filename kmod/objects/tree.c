// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trees of entries by page offset: xarrays whose nodes count as memory of their owner.
 * An entry far from all others has up to six nodes for itself, which are as much as a
 * page. So what a tree occupies cannot be told from the number of its entries.
 *
 * The xarray does not say how many nodes it allocates or frees, and so that is found
 * out from its state before and after. tests/engine/counted_memory.c compares it with
 * what the kernel has allocated.
 */
#include <linux/bitops.h>
#include <linux/math.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "accounting/account.h"
#include "objects/tree.h"

/* A node with its share of what the slab allocator has beside it and leaves unused. */
#define NODE_BYTES (sizeof(struct xa_node) + 64)
/* Nodes that are freed in one go, and entries, with interrupts off. */
#define DESTROY_NODES 128
#define ERASE_MAX 64
/*
 * Nodes that are left to RCU at a time: of more than 10,000 it frees as many as it can
 * without a pause, for up to 3 ms.
 */
#define RCU_NODES 4096

void gs_tree_init(struct gs_tree *tree)
{
	xa_init_flags(&tree->entries, XA_FLAGS_ACCOUNT);
	tree->nodes = 0;
	tree->marked = 0;
}

/* Levels of nodes; an entry at index 0 alone needs none. */
static unsigned int tree_height(struct xarray *xa)
{
	void *head = xa_head_locked(xa);

	return xa_is_node(head) ? xa_to_node(head)->shift / XA_CHUNK_SHIFT + 1 : 0;
}

/* Nodes that a store at the index adds, where xas_load() has just found nothing. */
static unsigned int nodes_missing(const struct xa_state *xas)
{
	unsigned int levels = DIV_ROUND_UP(fls64(xas->xa_index), XA_CHUNK_SHIFT);

	if (xas_is_node(xas))
		return xas->xa_node->shift / XA_CHUNK_SHIFT;
	if (!xa_head_locked(xas->xa))
		return levels;
	/* The tree grows over its head, and from the new head down to the index. */
	return levels - tree_height(xas->xa) + levels - 1;
}

/* What is still missing after a store that found no memory in the middle. */
static unsigned int nodes_missing_after(const struct xa_state *failed)
{
	XA_STATE(xas, failed->xa, failed->xa_index);

	if (!xas_error(failed) || xas_load(&xas))
		return 0;
	return nodes_missing(&xas);
}

/* Stores where nodes are missing, which are charged first. */
static noinline int store_with_nodes(struct gs_tree *tree, const struct gs_owner *owner,
				     struct xa_state *xas, void *entry, struct gs_cap_hit *hit)
{
	unsigned int nodes = nodes_missing(xas), left;
	int ret = gs_cap_charge_bytes(owner, nodes * NODE_BYTES, hit);

	if (ret)
		return ret;
	xas_store(xas, entry);
	left = nodes_missing_after(xas);
	tree->nodes += nodes - left;
	if (left)
		gs_cap_uncharge_bytes(owner, left * NODE_BYTES);
	return 0;
}

/* Whether the state is at a node that has room for the entry itself. */
static bool is_at_leaf(const struct xa_state *xas)
{
	return xas_is_node(xas) && !xas->xa_node->shift;
}

static __always_inline int store_locked(struct gs_tree *tree, const struct gs_owner *owner,
					struct xa_state *xas, void *entry, bool replace,
					struct gs_cap_hit *hit)
{
	/* The state has found its place mostly, and needs no search. */
	void *old = is_at_leaf(xas) ? xas_reload(xas) : xas_load(xas);

	if (old && !replace)
		return -EBUSY;
	if (!old && !is_at_leaf(xas))
		return store_with_nodes(tree, owner, xas, entry, hit);
	xas_store(xas, entry);
	return 0;
}

static __always_inline int store(struct gs_tree *tree, const struct gs_owner *owner,
				 struct xa_state *xas, void *entry, bool replace,
				 struct gs_cap_hit *hit)
{
	int ret;

	do {
		xas_lock(xas);
		ret = store_locked(tree, owner, xas, entry, replace, hit);
		xas_unlock(xas);
		/* This frees a node that was not used, too. Mostly there is neither. */
	} while (unlikely(xas_error(xas) || xas->xa_alloc) && xas_nomem(xas, GFP_KERNEL_ACCOUNT));
	return ret ? ret : xas_error(xas);
}

/* Sets an entry. -ENOSPC over the cap *hit, -ENOMEM; what was there is there then. */
int gs_tree_store(struct gs_tree *tree, const struct gs_owner *owner, unsigned long index,
		  void *entry, struct gs_cap_hit *hit)
{
	XA_STATE(xas, &tree->entries, index);

	return store(tree, owner, &xas, entry, true, hit);
}

/* The same at the index of a state that may have found its place already. */
int gs_tree_store_at(struct gs_tree *tree, const struct gs_owner *owner, struct xa_state *xas,
		     void *entry, struct gs_cap_hit *hit)
{
	return store(tree, owner, xas, entry, true, hit);
}

/* The same where there is no entry, else -EBUSY. Several tasks may do so at a time. */
int gs_tree_insert(struct gs_tree *tree, const struct gs_owner *owner, unsigned long index,
		   void *entry, struct gs_cap_hit *hit)
{
	XA_STATE(xas, &tree->entries, index);

	return store(tree, owner, &xas, entry, false, hit);
}

/* Erases the entry that the state is at. Returns the nodes that are to be uncharged. */
static unsigned int erase_locked(struct gs_tree *tree, struct xa_state *xas)
{
	unsigned int height = tree_height(xas->xa), freed = 0;
	struct xa_node *node;

	/* Nodes that have no other entry go with it. */
	for (node = xas->xa_node; node && node->count == 1; node = xa_parent_locked(xas->xa, node))
		freed++;
	xas_store(xas, NULL);
	/* And those at the top that have one entry left, for the lowest indices. */
	if (gs_tree_is_empty(tree))
		freed = tree->nodes;
	else
		freed += height - tree_height(xas->xa);
	tree->nodes -= freed;
	return freed;
}

/* Whether there was an entry. */
bool gs_tree_erase(struct gs_tree *tree, const struct gs_owner *owner, unsigned long index)
{
	XA_STATE(xas, &tree->entries, index);
	unsigned int freed = 0;
	bool found;

	xas_lock(&xas);
	found = xas_load(&xas);
	if (found)
		freed = erase_locked(tree, &xas);
	xas_unlock(&xas);
	if (freed)
		gs_cap_uncharge_bytes(owner, freed * NODE_BYTES);
	return found;
}

/* Erases some of the entries. False when there was none, or none is found any more. */
static bool erase_some(struct gs_tree *tree, const struct gs_owner *owner)
{
	XA_STATE(xas, &tree->entries, 0);
	unsigned int erased = 0, freed = 0;
	void *entry;

	xas_lock(&xas);
	xas_for_each(&xas, entry, ULONG_MAX) {
		freed += erase_locked(tree, &xas);
		if (++erased == ERASE_MAX)
			break;
	}
	xas_unlock(&xas);
	gs_cap_uncharge_bytes(owner, freed * NODE_BYTES);
	return erased;
}

/*
 * Erases all entries; the tree can be used on. Nothing else writes it meanwhile. One
 * xa_destroy() would visit all nodes with interrupts off.
 */
void gs_tree_destroy(struct gs_tree *tree, const struct gs_owner *owner)
{
	u32 nodes = tree->nodes;

	while (tree->nodes > DESTROY_NODES && erase_some(tree, owner)) {
		cond_resched();
		if (nodes - tree->nodes < RCU_NODES)
			continue;
		synchronize_rcu();
		nodes = tree->nodes;
	}
	xa_destroy(&tree->entries);
	gs_cap_uncharge_bytes(owner, tree->nodes * NODE_BYTES);
	tree->nodes = 0;
	tree->marked = 0;
}
