// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mappings of a slab: how many there are, and which VMA of the calling process shows
 * a slot.
 */
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>

#include "objects/mapping.h"
#include "objects/pages.h"
#include "objects/pool.h"

void gs_mapping_init(struct gs_mapping *mapping)
{
	spin_lock_init(&mapping->lock);
	mapping->single = true;
}

static void change(struct gs_mapping *mapping, int vmas, int maps)
{
	spin_lock(&mapping->lock);
	WRITE_ONCE(mapping->vmas, mapping->vmas + vmas);
	mapping->maps = mapping->vmas ? mapping->maps + maps : 0;
	WRITE_ONCE(mapping->single, mapping->vmas <= 1 || mapping->maps == 1);
	spin_unlock(&mapping->lock);
}

/* Called by mmap(), before a page can be mapped there. */
void gs_mapping_add(struct gs_mapping *mapping)
{
	change(mapping, 1, 1);
}

/* A VMA was cut in two, or is about to move. */
void gs_mapping_add_part(struct gs_mapping *mapping)
{
	change(mapping, 1, 0);
}

/*
 * A VMA is there twice. Nobody tells whether the old one went away, but for their number:
 * so it counts as a mapping of its own.
 */
void gs_mapping_note_move(struct gs_mapping *mapping)
{
	change(mapping, 0, 1);
}

/* A VMA goes away. Its page-table entries are gone, and the TLBs are flushed. */
void gs_mapping_remove_part(struct gs_mapping *mapping)
{
	change(mapping, -1, 0);
}

static bool is_of(const struct vm_area_struct *vma, const struct gs_pool *pool)
{
	return vma->vm_file && vma->vm_file->f_mapping == pool->inode->i_mapping;
}

/*
 * Pages of the slot that a VMA shows: 0 for one that is none of this pool's. A mapping
 * of the claim words lies past the slab, and so it shows none.
 */
unsigned long gs_mapping_shown(struct vm_area_struct *vma, struct gs_pool *pool,
			       struct gs_slot *slot)
{
	unsigned long start = gs_pool_slot_start(pool, slot);
	unsigned long first = max(vma->vm_pgoff, start);
	unsigned long end = min(vma->vm_pgoff + vma_pages(vma), start + pool->layout.stride);

	if (!is_of(vma, pool))
		return 0;
	return first < end ? end - first : 0;
}

/*
 * The mapping made last, if it shows the whole slot; most pools have no other.
 * NULL: the slab is cut in pieces, or moved, and has to be looked for.
 */
struct vm_area_struct *gs_mapping_find(struct gs_pool *pool, struct gs_slot *slot)
{
	u64 start = gs_pages_to_bytes(gs_pool_slot_start(pool, slot));
	struct vm_area_struct *vma;

	mmap_assert_locked(current->mm);
	vma = vma_lookup(current->mm, READ_ONCE(pool->map_base) + start);
	return vma && gs_mapping_shown(vma, pool, slot) == pool->layout.stride ? vma : NULL;
}

/* A walk over more VMAs than these takes longer than it may save. */
#define SEARCH_MAX 1024

/*
 * The same wherever it is: it may have moved, or what was mapped last may be gone. The next
 * search finds it at once.
 */
struct vm_area_struct *gs_mapping_search(struct gs_pool *pool, struct gs_slot *slot)
{
	VMA_ITERATOR(vmi, current->mm, 0);
	struct vm_area_struct *vma = gs_mapping_find(pool, slot);

	if (vma || READ_ONCE(current->mm->map_count) > SEARCH_MAX)
		return vma;
	for_each_vma(vmi, vma) {
		if (gs_mapping_shown(vma, pool, slot) != pool->layout.stride)
			continue;
		WRITE_ONCE(pool->map_base, vma->vm_start - gs_pages_to_bytes(vma->vm_pgoff));
		return vma;
	}
	return NULL;
}

/* Whether a VMA, which may be NULL, shows a page of the slab. */
bool gs_mapping_shows(struct vm_area_struct *vma, const struct gs_pool *pool, unsigned long pgoff)
{
	return vma && is_of(vma, pool) && pgoff - vma->vm_pgoff < vma_pages(vma);
}

/*
 * The VMA whose memory policy holds for a page of the slab where the slab is cut in pieces:
 * that of the mapping made last, else any; NULL when the caller has not mapped the page.
 */
struct vm_area_struct *gs_mapping_find_page(struct gs_pool *pool, unsigned long pgoff)
{
	VMA_ITERATOR(vmi, current->mm, 0);
	struct vm_area_struct *vma;

	mmap_assert_locked(current->mm);
	vma = vma_lookup(current->mm, READ_ONCE(pool->map_base) + gs_pages_to_bytes(pgoff));
	if (gs_mapping_shows(vma, pool, pgoff))
		return vma;
	for_each_vma(vmi, vma)
		if (gs_mapping_shows(vma, pool, pgoff))
			return vma;
	return NULL;
}
