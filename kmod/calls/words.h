/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies between user space and the structs and vectors of a call. */
#ifndef _GS_WORDS_H
#define _GS_WORDS_H

#include <linux/types.h>

int gs_words_read(void *to, const void __user *user, u32 size);
int gs_words_write(void __user *user, const void *from, u32 size);

#endif /* _GS_WORDS_H */
