/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family. */
#ifndef _GS_FAMILY_H
#define _GS_FAMILY_H

int gs_family_init(void);
void gs_family_uninit(void);

#endif /* _GS_FAMILY_H */
