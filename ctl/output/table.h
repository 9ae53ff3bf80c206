/* SPDX-License-Identifier: MIT */
/*
 * Tables: aligned under a bold header for a person, tab-separated under fixed
 * names for a program, which gets plain numbers and sizes in bytes.
 */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum column_kind {
	COLUMN_TEXT,  /* left-aligned */
	COLUMN_COUNT, /* a number as it is */
	COLUMN_BYTES, /* 1.5M for a person */
	COLUMN_HEX,   /* 0x and 16 digits */
};

struct column {
	const char *name;
	enum column_kind kind;
};

struct table;

struct table *table_new(const struct column *columns, unsigned int count);
void table_free(struct table *table);
/* Cells are added row by row, from left to right. */
void table_text(struct table *table, const char *text);
void table_number(struct table *table, uint64_t number);
unsigned int table_rows(const struct table *table);
/* Highest first; rows with equal numbers stay in their order. */
void table_sort(struct table *table, unsigned int column);

/* For a person: no line longer than width, no more than most rows; 0: no limit. */
void table_print_pretty(const struct table *table, FILE *out, unsigned int width, unsigned int most,
			bool bold);
void table_print_plain(const struct table *table, FILE *out);
/* On standard output: pretty on a terminal, else plain. */
void table_print(const struct table *table);

#endif /* CTL_TABLE_H */
