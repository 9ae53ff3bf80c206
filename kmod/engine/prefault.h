/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GS_PREFAULT_H
#define _GS_PREFAULT_H

struct gs_cap_hit;
struct gs_cmd;
struct gs_pool;
struct gs_slot;
struct vm_area_struct;

int gs_prefault(struct gs_cmd *cmd);
int gs_prefault_write_set(struct gs_pool *pool, struct gs_slot *slot, struct vm_area_struct *vma,
			  struct gs_cap_hit *hit);
void gs_prefault_parked(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			unsigned long end);

#endif /* _GS_PREFAULT_H */
