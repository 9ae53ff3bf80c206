/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens before the kernel kills a process for its memory. */
#ifndef _GS_OOM_H
#define _GS_OOM_H

void gs_oom_release_begin(void);
void gs_oom_release_end(void);

int gs_oom_module_init(void);
void gs_oom_module_uninit(void);

#endif /* _GS_OOM_H */
