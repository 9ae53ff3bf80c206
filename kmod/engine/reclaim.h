/* SPDX-License-Identifier: GPL-2.0-only */
/* The shrinker of idle slots. */
#ifndef _GS_RECLAIM_H
#define _GS_RECLAIM_H

int gs_reclaim_module_init(void);
void gs_reclaim_module_uninit(void);

#endif /* _GS_RECLAIM_H */
