/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_TOTALS_H
#define _GS_TOTALS_H

#include "objects/counters.h"

struct gs_pool;

void gs_totals_add_pool(struct gs_counters *sum, struct gs_pool *pool);
int gs_totals_read(struct gs_counters *sum);
void gs_totals_keep(struct gs_pool *pool);

#endif /* _GS_TOTALS_H */
