// SPDX-License-Identifier: MIT
/*
 * libsmartcols breaks text that is too wide within words; this comes before.
 */
#include <string.h>

#include "base/fail.h"
#include "output/prose.h"

/* The longest cell of a column, its header among them. */
static size_t column_length(struct libscols_table *table, struct libscols_column *column)
{
	size_t most = strlen(scols_column_get_name(column));

	for (size_t i = 0; i < scols_table_get_nlines(table); i++) {
		const char *text =
			scols_line_get_column_data(scols_table_get_line(table, i), column);

		if (text && strlen(text) > most)
			most = strlen(text);
	}
	return most;
}

static void break_lines(char *text, size_t length)
{
	char *start = text, *blank = NULL;

	for (char *at = text; *at; at++) {
		if (*at == ' ')
			blank = at;
		if ((size_t)(at - start) >= length && blank) {
			*blank = '\n';
			start = blank + 1;
			blank = NULL;
		}
	}
}

void prose_break(struct libscols_table *table, struct libscols_column *prose, size_t width)
{
	size_t count = scols_table_get_ncols(table), used = 0;

	for (size_t i = 0; i < count; i++) {
		struct libscols_column *column = scols_table_get_column(table, i);

		if (column != prose)
			used += column_length(table, column) + 1;
	}
	if (used >= width)
		return;
	for (size_t i = 0; i < scols_table_get_nlines(table); i++) {
		struct libscols_cell *cell =
			scols_line_get_column_cell(scols_table_get_line(table, i), prose);
		char *text = must(strdup(scols_cell_get_data(cell)));

		break_lines(text, width - used);
		if (scols_cell_refer_data(cell, text))
			fail_no_memory();
	}
}
