/* SPDX-License-Identifier: MIT */
/*
 * Tables of records: a row for each, a column for each value.
 */
#ifndef CTL_LISTING_H
#define CTL_LISTING_H

#include "netlink/record.h"
#include "output/table.h"

/*
 * @attribute: the value; that of a column of bytes is a number of pages
 * @add: adds the cell where it is no plain number, or may be missing; else NULL
 */
struct listing_column {
	const char *name;
	enum column_kind kind;
	int attribute;
	void (*add)(struct table *table, const struct record *record, int attribute);
};

void listing_print(const struct listing_column *columns, unsigned int count,
		   const struct records *records);

/* For @add: the process's name. */
void listing_name(struct table *table, const struct record *record, int attribute);
/* The limits of all areas, separated by commas. */
void listing_limits(struct table *table, const struct record *record, int attribute);
/* The number, or "-" where the record has none. */
void listing_optional(struct table *table, const struct record *record, int attribute);

#endif /* CTL_LISTING_H */
