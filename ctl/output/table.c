// SPDX-License-Identifier: MIT
/*
 * Tables: cells, sorting, and both forms of printing.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "output/size.h"
#include "output/table.h"

#define BOLD "\033[1m"
#define NORMAL "\033[0m"

struct cell {
	char *text; /* NULL: a number */
	uint64_t number;
};

struct table {
	const struct column *columns;
	unsigned int count;
	struct cell *cells; /* row after row */
	size_t used;
	size_t room;
};

struct table *table_new(const struct column *columns, unsigned int count)
{
	struct table *table = must(calloc(1, sizeof(*table)));

	table->columns = columns;
	table->count = count;
	return table;
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->used; i++)
		free(table->cells[i].text);
	free(table->cells);
	free(table);
}

static struct cell *cell_new(struct table *table)
{
	if (table->used == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		table->cells = must(realloc(table->cells, table->room * sizeof(*table->cells)));
	}
	return &table->cells[table->used++];
}

/* A process's name may have control characters, which would break the table. */
void table_text(struct table *table, const char *text)
{
	struct cell *cell = cell_new(table);

	cell->text = must(strdup(text));
	for (char *at = cell->text; *at; at++)
		if (iscntrl((unsigned char)*at))
			*at = '?';
}

void table_number(struct table *table, uint64_t number)
{
	*cell_new(table) = (struct cell){ .number = number };
}

unsigned int table_rows(const struct table *table)
{
	return table->used / table->count;
}

static const struct cell *cell_at(const struct table *table, unsigned int row, unsigned int column)
{
	return &table->cells[(size_t)row * table->count + column];
}

/* Insertion sort: tables are short, and nearly sorted from one sample to the next. */
void table_sort(struct table *table, unsigned int column)
{
	size_t width = table->count * sizeof(struct cell);
	struct cell *row = must(malloc(width));

	for (unsigned int i = 1; i < table_rows(table); i++) {
		unsigned int at = i;

		memcpy(row, cell_at(table, i, 0), width);
		while (at > 0 && cell_at(table, at - 1, column)->number < row[column].number)
			at--;
		memmove(&table->cells[(size_t)(at + 1) * table->count],
			&table->cells[(size_t)at * table->count], (i - at) * width);
		memcpy(&table->cells[(size_t)at * table->count], row, width);
	}
	free(row);
}

/* The cell as a person reads it. Numbers are written to the buffer. */
static const char *cell_text(const struct cell *cell, enum column_kind kind, char *buffer,
			     size_t size)
{
	if (cell->text)
		return cell->text;
	switch (kind) {
	case COLUMN_BYTES:
		return size_text(cell->number, buffer, size);
	case COLUMN_HEX:
		snprintf(buffer, size, "0x%016" PRIx64, cell->number);
		return buffer;
	default:
		snprintf(buffer, size, "%" PRIu64, cell->number);
		return buffer;
	}
}

static void measure(const struct table *table, unsigned int most, unsigned int *widths)
{
	char buffer[32];

	for (unsigned int column = 0; column < table->count; column++) {
		widths[column] = strlen(table->columns[column].name);
		for (unsigned int row = 0; row < most; row++) {
			size_t length = strlen(cell_text(cell_at(table, row, column),
							 table->columns[column].kind, buffer,
							 sizeof(buffer)));

			if (length > widths[column])
				widths[column] = length;
		}
	}
}

/* One line, cut at the width, without blanks at its end. */
static void print_line(FILE *out, const char *line, unsigned int width)
{
	size_t length = strlen(line);

	if (width && length > width)
		length = width;
	while (length > 0 && line[length - 1] == ' ')
		length--;
	fwrite(line, 1, length, out);
}

static void add_padded(FILE *line, enum column_kind kind, unsigned int width, const char *text)
{
	if (kind == COLUMN_TEXT || kind == COLUMN_HEX)
		fprintf(line, "%-*s  ", (int)width, text);
	else
		fprintf(line, "%*s  ", (int)width, text);
}

/* The header is row -1. */
static const char *text_at(const struct table *table, int row, unsigned int column, char *buffer,
			   size_t size)
{
	const struct column *head = &table->columns[column];

	if (row < 0)
		return head->name;
	return cell_text(cell_at(table, (unsigned int)row, column), head->kind, buffer, size);
}

static void print_row(const struct table *table, FILE *out, int row, const unsigned int *widths,
		      unsigned int width)
{
	char buffer[32], *text;
	size_t length;
	FILE *line = must(open_memstream(&text, &length));

	for (unsigned int column = 0; column < table->count; column++)
		add_padded(line, table->columns[column].kind, widths[column],
			   text_at(table, row, column, buffer, sizeof(buffer)));
	fclose(line);
	for (char *at = text; row < 0 && *at; at++)
		*at = *at == '_' ? '-' : (char)toupper((unsigned char)*at);
	print_line(out, text, width);
	free(text);
}

void table_print_pretty(const struct table *table, FILE *out, unsigned int width, unsigned int most,
			bool bold)
{
	unsigned int *widths = must(calloc(table->count, sizeof(*widths)));

	if (!most || most > table_rows(table))
		most = table_rows(table);
	measure(table, most, widths);
	fputs(bold ? BOLD : "", out);
	print_row(table, out, -1, widths, width);
	fputs(bold ? NORMAL "\n" : "\n", out);
	for (unsigned int row = 0; row < most; row++) {
		print_row(table, out, (int)row, widths, width);
		fputc('\n', out);
	}
	free(widths);
}

void table_print_plain(const struct table *table, FILE *out)
{
	char buffer[32];

	for (unsigned int column = 0; column < table->count; column++)
		fprintf(out, "%s%s", column ? "\t" : "", table->columns[column].name);
	fputc('\n', out);
	for (size_t i = 0; i < table->used; i++) {
		enum column_kind kind = table->columns[i % table->count].kind;

		if (kind == COLUMN_BYTES)
			kind = COLUMN_COUNT;
		fprintf(out, "%s%s", i % table->count ? "\t" : "",
			cell_text(&table->cells[i], kind, buffer, sizeof(buffer)));
		if (i % table->count == table->count - 1)
			fputc('\n', out);
	}
}

void table_print(const struct table *table)
{
	if (isatty(STDOUT_FILENO))
		table_print_pretty(table, stdout, 0, 0, true);
	else
		table_print_plain(table, stdout);
}
