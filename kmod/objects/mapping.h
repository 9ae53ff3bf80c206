/* SPDX-License-Identifier: GPL-2.0-only */
/* The mappings of a slab. */
#ifndef _GS_MAPPING_H
#define _GS_MAPPING_H

struct gs_pool;
struct gs_slot;
struct vm_area_struct;

unsigned long gs_mapping_shown(struct vm_area_struct *vma, struct gs_pool *pool,
			       struct gs_slot *slot);
struct vm_area_struct *gs_mapping_find(struct gs_pool *pool, struct gs_slot *slot);
bool gs_mapping_shows(struct vm_area_struct *vma, const struct gs_pool *pool, unsigned long pgoff);
struct vm_area_struct *gs_mapping_find_page(struct gs_pool *pool, unsigned long pgoff);

#endif /* _GS_MAPPING_H */
