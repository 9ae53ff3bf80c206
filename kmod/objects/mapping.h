/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_MAPPING_H
#define _GS_MAPPING_H

#include <linux/compiler.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct gs_pool;
struct gs_slot;
struct vm_area_struct;

/*
 * How often a slab is mapped. One call of mmap() makes one VMA, which mprotect() and
 * munmap() cut into several; none of them shows a page twice. mremap() makes another, and
 * may leave the old one.
 *
 * @lock: protects all of it
 * @vmas: VMAs of the slab, in all processes; also read without the lock
 * @maps: calls of mmap(), and moves by mremap(), since there was no VMA
 * @single: no page can have two page-table entries; also read without the lock
 */
struct gs_mapping {
	spinlock_t lock;
	u32 vmas;
	u32 maps;
	bool single;
};

void gs_mapping_init(struct gs_mapping *mapping);
void gs_mapping_add(struct gs_mapping *mapping);
void gs_mapping_add_part(struct gs_mapping *mapping);
void gs_mapping_note_move(struct gs_mapping *mapping);
void gs_mapping_remove_part(struct gs_mapping *mapping);
unsigned long gs_mapping_shown(struct vm_area_struct *vma, struct gs_pool *pool,
			       struct gs_slot *slot);
struct vm_area_struct *gs_mapping_find(struct gs_pool *pool, struct gs_slot *slot);
struct vm_area_struct *gs_mapping_search(struct gs_pool *pool, struct gs_slot *slot);
bool gs_mapping_shows(struct vm_area_struct *vma, const struct gs_pool *pool, unsigned long pgoff);
struct vm_area_struct *gs_mapping_find_page(struct gs_pool *pool, unsigned long pgoff);

/* How many VMAs show some of the slab, for now. */
static inline u32 gs_mapping_count(const struct gs_mapping *mapping)
{
	return READ_ONCE(mapping->vmas);
}

/*
 * Whether each page of the slab has one page-table entry at most. A caller that holds a
 * slot's lock knows it of this slot until it drops the lock: an entry in another mapping
 * is installed under that lock, after the mapping was counted.
 */
static inline bool gs_mapping_is_single(const struct gs_mapping *mapping)
{
	return READ_ONCE(mapping->single);
}

#endif /* _GS_MAPPING_H */
