// SPDX-License-Identifier: MIT
/*
 * Tables: which columns, the cells, and the forms of printing.
 */
#include <ctype.h>
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "output/prose.h"
#include "output/size.h"
#include "output/table.h"

#define BOLD "\033[1m"
#define NORMAL "\033[0m"
#define NONE "-"
/* Of libsmartcols: the width of a column that has as much as it needs. */
#define NATURAL 0

struct table {
	const struct layout *layout;
	const struct style *style;
	struct libscols_table *lines;
	struct libscols_line *row; /* the last one */
	unsigned int next;	   /* column of the next cell */
	/* For each column of the layout the one of the lines, or NULL. */
	struct libscols_column **shown;
};

/* ---- columns ------------------------------------------------------------------- */

static const struct column *column_named(const struct layout *layout, const char *name,
					 size_t length)
{
	char *text, *list;
	size_t size;
	FILE *out;

	for (unsigned int i = 0; i < layout->count; i++)
		if (strlen(layout->columns[i].name) == length &&
		    strncmp(layout->columns[i].name, name, length) == 0)
			return &layout->columns[i];
	out = must(open_memstream(&list, &size));
	for (unsigned int i = 0; i < layout->count; i++)
		fprintf(out, "%s%s", i ? ", " : "", layout->columns[i].name);
	fclose(out);
	text = must(strndup(name, length));
	fail(EXIT_USAGE, "no column \"%s\" in %s: %s", text, layout->name, list);
}

/* As it stands above the column. */
static char *heading(const struct table *table, const struct column *column)
{
	char *text = must(strdup(column->name));

	for (char *at = text; table->style->form == FORM_PRETTY && *at; at++)
		*at = *at == '_' ? '-' : (char)toupper((unsigned char)*at);
	return text;
}

static int json_type(enum column_kind kind)
{
	switch (kind) {
	case COLUMN_COUNT:
	case COLUMN_BYTES:
		return SCOLS_JSON_NUMBER;
	case COLUMN_SIZES:
		return SCOLS_JSON_ARRAY_NUMBER;
	default:
		return SCOLS_JSON_STRING;
	}
}

/* Of libsmartcols. Text gives way where the terminal is narrow. */
static int column_flags(enum column_kind kind)
{
	switch (kind) {
	case COLUMN_COUNT:
	case COLUMN_BYTES:
		return SCOLS_FL_RIGHT;
	case COLUMN_TEXT:
		return SCOLS_FL_TRUNC;
	default:
		return 0;
	}
}

static void show(struct table *table, const struct column *column)
{
	struct libscols_column **shown = &table->shown[column - table->layout->columns];
	char *name = heading(table, column);

	if (*shown) {
		free(name);
		return;
	}
	*shown = must(
		scols_table_new_column(table->lines, name, NATURAL, column_flags(column->kind)));
	scols_column_set_json_type(*shown, json_type(column->kind));
	if (column->kind == COLUMN_PROSE ||
	    (table->style->form == FORM_JSON && column->kind == COLUMN_SIZES)) {
		scols_column_set_flags(*shown, SCOLS_FL_WRAP);
		scols_column_set_wrapfunc(*shown, scols_wrapnl_chunksize, scols_wrapnl_nextchunk,
					  NULL);
		scols_column_set_safechars(*shown, "\n");
	}
	free(name);
}

static void show_list(struct table *table, const char *list)
{
	while (*list) {
		size_t length = strcspn(list, ",");

		show(table, column_named(table->layout, list, length));
		list += length;
		list += *list == ',';
	}
}

static void show_all(struct table *table)
{
	for (unsigned int i = 0; i < table->layout->count; i++)
		show(table, &table->layout->columns[i]);
}

/* -o is a list, "all", or with a + what is shown beside the usual. */
static void show_wanted(struct table *table)
{
	const char *wanted = table->style->columns;
	bool is_more = wanted && *wanted == '+';

	if (!wanted || is_more) {
		if (table->style->form == FORM_PRETTY && table->layout->pretty)
			show_list(table, table->layout->pretty);
		else
			show_all(table);
	}
	if (wanted && strcmp(wanted, "all") == 0)
		show_all(table);
	else if (wanted)
		show_list(table, wanted + is_more);
}

struct table *table_new(const struct layout *layout, const struct style *style)
{
	struct table *table = must(calloc(1, sizeof(*table)));

	table->layout = layout;
	table->style = style;
	table->lines = must(scols_new_table());
	table->shown = must(calloc(layout->count, sizeof(struct libscols_column *)));
	scols_table_set_name(table->lines, layout->name);
	scols_table_enable_json(table->lines, style->form == FORM_JSON);
	show_wanted(table);
	return table;
}

void table_free(struct table *table)
{
	scols_unref_table(table->lines);
	free(table->shown);
	free(table);
}

void table_mark(struct table *table, unsigned int column)
{
	struct libscols_cell *head;
	char name[64];

	if (!table->shown[column])
		return;
	head = scols_column_get_header(table->shown[column]);
	snprintf(name, sizeof(name), "%s*", scols_cell_get_data(head));
	if (scols_cell_set_data(head, name))
		fail_no_memory();
}

/* ---- cells --------------------------------------------------------------------- */

/* @text: NULL for none. */
static void add(struct table *table, const char *text)
{
	struct libscols_column *column = table->shown[table->next];

	if (table->next == 0)
		table->row = must(scols_table_new_line(table->lines, NULL));
	table->next = (table->next + 1) % table->layout->count;
	if (!text && table->style->form != FORM_JSON)
		text = NONE;
	if (column && text && scols_line_set_column_data(table->row, column, text))
		fail_no_memory();
}

/* A process's name may have control characters, which would break the table. */
void table_text(struct table *table, const char *text)
{
	char *clean = must(strdup(text));

	for (char *at = clean; *at; at++)
		if (iscntrl((unsigned char)*at))
			*at = '?';
	add(table, clean);
	free(clean);
}

static const char *number_text(const struct table *table, enum column_kind kind, uint64_t number,
			       char *text, size_t size)
{
	if (kind == COLUMN_HEX)
		snprintf(text, size, "0x%016" PRIx64, number);
	else if (kind == COLUMN_COUNT || table->style->form != FORM_PRETTY)
		snprintf(text, size, "%" PRIu64, number);
	else
		return size_text(number, text, size);
	return text;
}

void table_number(struct table *table, uint64_t number)
{
	char text[32];

	add(table, number_text(table, table->layout->columns[table->next].kind, number, text,
			       sizeof(text)));
}

void table_sizes(struct table *table, const uint64_t *sizes, unsigned int count)
{
	const char *comma = table->style->form == FORM_JSON ? "\n" : ",";
	char size[32], *text;
	size_t length;
	FILE *out = must(open_memstream(&text, &length));

	for (unsigned int i = 0; i < count; i++)
		fprintf(out, "%s%s", i ? comma : "",
			number_text(table, COLUMN_BYTES, sizes[i], size, sizeof(size)));
	fclose(out);
	add(table, text);
	free(text);
}

void table_none(struct table *table)
{
	add(table, NULL);
}

/* ---- printing ------------------------------------------------------------------ */

static char *lines_string(struct table *table)
{
	char *text = NULL;

	if (scols_print_table_to_string(table->lines, &text))
		fail_no_memory();
	return must(text);
}

/* Prose gets what the others leave of the width. */
static void break_prose(struct table *table)
{
	unsigned int last = table->layout->count - 1;

	if (table->layout->columns[last].kind == COLUMN_PROSE && table->shown[last])
		prose_break(table->lines, table->shown[last], table->style->width);
}

char *table_string(struct table *table)
{
	/* libsmartcols prints nothing of a table without lines. */
	bool is_empty = scols_table_is_empty(table->lines);

	if (is_empty)
		must(scols_table_new_line(table->lines, NULL));
	if (table->style->width) {
		scols_table_set_termforce(table->lines, SCOLS_TERMFORCE_ALWAYS);
		scols_table_set_termwidth(table->lines, table->style->width);
		break_prose(table);
	}
	return lines_string(table);
}

static void print_pretty(struct table *table, FILE *out)
{
	char *text = table_string(table);
	size_t head = strcspn(text, "\n");

	fprintf(out, "%s%.*s%s\n", table->style->bold ? BOLD : "", (int)head, text,
		table->style->bold ? NORMAL : "");
	/* What was added for an empty table is blank. */
	if (text[head] && text[head + 1 + strspn(text + head + 1, " \n")])
		fprintf(out, "%s\n", text + head + 1);
	free(text);
}

static void print_cells(const struct table *table, struct libscols_line *line, FILE *out)
{
	size_t count = scols_table_get_ncols(table->lines);

	for (size_t i = 0; i < count; i++) {
		struct libscols_column *column = scols_table_get_column(table->lines, i);
		const char *text = line ? scols_line_get_column_data(line, column) :
					  scols_column_get_name(column);

		fprintf(out, "%s%s", i ? "\t" : "", text ? text : "");
	}
	fputc('\n', out);
}

static void print_plain(const struct table *table, FILE *out)
{
	print_cells(table, NULL, out);
	for (size_t i = 0; i < scols_table_get_nlines(table->lines); i++)
		print_cells(table, scols_table_get_line(table->lines, i), out);
}

/* Of the document that libsmartcols makes, whose one member is an array. */
void table_print_member(struct table *table, FILE *out, bool is_object)
{
	char *text, *first, *last;

	fprintf(out, "   \"%s\": ", table->layout->name);
	if (scols_table_is_empty(table->lines)) {
		fputs("[]", out);
		return;
	}
	text = lines_string(table);
	first = must(strchr(text, '['));
	last = must(strrchr(text, ']'));
	if (is_object) {
		*last = '\0';
		first = must(strchr(first, '{'));
		last = must(strrchr(first, '}'));
	}
	fprintf(out, "%.*s", (int)(last - first + 1), first);
	free(text);
}

static void print_document(struct table *table, FILE *out, bool is_object)
{
	fprintf(out, "{\n   \"schema\": %d,\n", TABLE_SCHEMA);
	table_print_member(table, out, is_object);
	fputs("\n}\n", out);
}

void table_print(struct table *table, FILE *out)
{
	if (table->style->form == FORM_PRETTY)
		print_pretty(table, out);
	else if (table->style->form == FORM_PLAIN)
		print_plain(table, out);
	else
		print_document(table, out, false);
}

/* The object of the only row, on one line: strings have no line breaks in them. */
static void print_object_line(struct table *table, FILE *out)
{
	char *text = lines_string(table), *at = strchr(strchr(text, '['), '{');

	*(strrchr(text, ']')) = '\0';
	for (; *at; at++) {
		if (*at != '\n')
			fputc(*at, out);
		else
			at += strspn(at + 1, " ");
	}
	fputc('\n', out);
	free(text);
}

void table_print_line(struct table *table, FILE *out)
{
	if (table->style->form == FORM_JSON)
		print_object_line(table, out);
	else
		print_cells(table, table->row, out);
}

void table_print_down(struct table *table, FILE *out)
{
	static const struct column columns[] = { { "field", COLUMN_TEXT },
						 { "value", COLUMN_TEXT } };
	static const struct layout layout = { "fields", columns, 2, NULL };
	struct style style = *table->style;
	struct table *down;

	if (style.form == FORM_JSON) {
		print_document(table, out, true);
		return;
	}
	style.columns = NULL;
	down = table_new(&layout, &style);
	for (size_t i = 0; i < scols_table_get_ncols(table->lines); i++) {
		struct libscols_column *column = scols_table_get_column(table->lines, i);
		const char *text = scols_line_get_column_data(table->row, column);

		for (unsigned int j = 0; j < table->layout->count; j++)
			if (table->shown[j] == column)
				table_text(down, table->layout->columns[j].name);
		table_text(down, text ? text : NONE);
	}
	table_print(down, out);
	table_free(down);
}
