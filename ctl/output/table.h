/* SPDX-License-Identifier: MIT */
/*
 * Tables, over libsmartcols: aligned under a bold header for a person, tab-separated under
 * fixed names for a program, which gets plain numbers and sizes in bytes, or JSON.
 */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "output/style.h"

/* "schema" of each JSON document: grows when a member changes its meaning or goes. */
#define TABLE_SCHEMA 1

enum column_kind {
	COLUMN_TEXT,  /* left-aligned, and cut where the terminal is narrow */
	COLUMN_WORD,  /* the same, never cut */
	COLUMN_COUNT, /* a number as it is */
	COLUMN_BYTES, /* 1.5M for a person */
	COLUMN_HEX,   /* 0x and 16 digits, text in JSON */
	COLUMN_SIZES, /* several of COLUMN_BYTES, with commas between them */
	COLUMN_PROSE, /* text that goes on in the next line; the last column of a layout */
};

struct column {
	const char *name;
	enum column_kind kind;
};

/*
 * @name: the member of the JSON document
 * @pretty: names of the columns that a person gets without -o; NULL: all
 */
struct layout {
	const char *name;
	const struct column *columns;
	unsigned int count;
	const char *pretty;
};

struct table;

/* The layout and the style must stay. A wrong style.columns ends the program. */
struct table *table_new(const struct layout *layout, const struct style *style);
void table_free(struct table *table);

/* Cells are added row by row, from left to right, those of all columns of the layout. */
void table_text(struct table *table, const char *text);
void table_number(struct table *table, uint64_t number);
void table_sizes(struct table *table, const uint64_t *sizes, unsigned int count);
void table_none(struct table *table);

/* Marks the header of a column by which the rows are sorted. */
void table_mark(struct table *table, unsigned int column);

/* In the style's form; a JSON document as a whole. */
void table_print(struct table *table, FILE *out);
/* The one row, a line for each column; in JSON an object. */
void table_print_down(struct table *table, FILE *out);
/* The same without a header, in one line: plain, or a JSON object. */
void table_print_line(struct table *table, FILE *out);
/* The lines for a person, the header first, cut at the width; to be freed. */
char *table_string(struct table *table);
/* A member of a JSON document: "name": [...], or of its only row "name": {...}. */
void table_print_member(struct table *table, FILE *out, bool is_object);

#endif /* CTL_TABLE_H */
