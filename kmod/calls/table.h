/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs a call of the device by its number. */
#ifndef _GS_TABLE_H
#define _GS_TABLE_H

#include <linux/compiler.h>
#include <linux/types.h>

struct gs_pool;

long gs_table_run(struct gs_pool *pool, bool writable, unsigned int number, void __user *user);

#endif /* _GS_TABLE_H */
