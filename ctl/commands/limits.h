/* SPDX-License-Identifier: MIT */
#ifndef CTL_LIMITS_H
#define CTL_LIMITS_H

#include "netlink/record.h"
#include "output/table.h"

/* One cell with the limits of all areas, separated by commas. */
void limits_add(struct table *table, const struct record *record);

#endif /* CTL_LIMITS_H */
