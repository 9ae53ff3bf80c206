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

/* @name, @pretty: as in struct layout. */
struct listing {
	const char *name;
	const char *pretty;
	const struct listing_column *columns;
	unsigned int count;
};

void listing_print(const struct listing *listing, const struct style *style,
		   const struct records *records);

/* Adds the cell of one column. */
void listing_cell(struct table *table, const struct listing_column *column,
		  const struct record *record);

/* For @add: the process's name. */
void listing_name(struct table *table, const struct record *record, int attribute);
/* The name of the user with that number, or the number. */
void listing_user(struct table *table, const struct record *record, int attribute);
/* The limits of all areas. */
void listing_limits(struct table *table, const struct record *record, int attribute);
/* The number, or none where the record has none. */
void listing_optional(struct table *table, const struct record *record, int attribute);
/* A cap: none where it is 0. */
void listing_cap(struct table *table, const struct record *record, int attribute);
/* Bytes that are no number of pages in the record. */
void listing_bytes(struct table *table, const struct record *record, int attribute);

#endif /* CTL_LISTING_H */
