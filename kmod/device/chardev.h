/* SPDX-License-Identifier: GPL-2.0-only */
/* The device /dev/guardslot. */
#ifndef _GS_CHARDEV_H
#define _GS_CHARDEV_H

int gs_chardev_init(void);
void gs_chardev_uninit(void);

#endif /* _GS_CHARDEV_H */
