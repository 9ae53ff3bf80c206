/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads and writes of slot memory by debuggers. */
#ifndef _GS_ACCESS_H
#define _GS_ACCESS_H

struct vm_area_struct;

int gs_access(struct vm_area_struct *vma, unsigned long addr, void *buf, int len, int write);

#endif /* _GS_ACCESS_H */
