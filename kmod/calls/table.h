/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs calls of the device by their number. */
#ifndef _GS_TABLE_H
#define _GS_TABLE_H

#include <linux/compiler.h>
#include <linux/types.h>

struct gs_pool;

bool gs_table_is_uring(unsigned int number);
long gs_table_run(struct gs_pool *pool, bool writable, unsigned int number, void __user *user);

#endif /* _GS_TABLE_H */
