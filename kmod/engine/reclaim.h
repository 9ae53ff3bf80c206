/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GS_RECLAIM_H
#define _GS_RECLAIM_H

#include <linux/types.h>

struct gs_pool;
struct gs_slot;

int gs_reclaim_prepare(struct gs_pool *pool, struct gs_slot *slot);
void gs_reclaim_add(struct gs_slot *slot);
void gs_reclaim_del(struct gs_slot *slot);
void gs_reclaim_forget(struct gs_slot *slots, u32 count);

int gs_reclaim_module_init(void);
void gs_reclaim_module_uninit(void);

#endif /* _GS_RECLAIM_H */
