/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs a call of the device by its number. */
#ifndef _GS_TABLE_H
#define _GS_TABLE_H

#include <linux/compiler.h>

struct gs_pool;

long gs_table_run(struct gs_pool *pool, unsigned int number, void __user *user);

#endif /* _GS_TABLE_H */
