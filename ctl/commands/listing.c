// SPDX-License-Identifier: MIT
/*
 * Tables of pools, slots and images.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fail.h"
#include "commands/listing.h"
#include "netlink/family.h"
#include "output/size.h"

void listing_name(struct table *table, const struct record *record, int attribute)
{
	(void)attribute;
	table_text(table, record->name);
}

void listing_limits(struct table *table, const struct record *record, int attribute)
{
	bool pretty = isatty(STDOUT_FILENO);
	char size[32], *text;
	size_t length;
	FILE *out = must(open_memstream(&text, &length));

	(void)attribute;
	for (unsigned int i = 0; i < record->area_count; i++) {
		uint64_t limit = record->limits[i];

		fputs(i ? "," : "", out);
		if (pretty)
			fputs(size_text(limit, size, sizeof(size)), out);
		else
			fprintf(out, "%" PRIu64, limit);
	}
	fclose(out);
	table_text(table, text);
	free(text);
}

void listing_optional(struct table *table, const struct record *record, int attribute)
{
	if (record_has(record, attribute))
		table_number(table, record->value[attribute]);
	else
		table_text(table, "-");
}

static void add_cell(struct table *table, const struct listing_column *column,
		     const struct record *record)
{
	uint64_t unit = column->kind == COLUMN_BYTES ? family_page_size() : 1;

	if (column->add)
		column->add(table, record, column->attribute);
	else
		table_number(table, unit * record->value[column->attribute]);
}

void listing_print(const struct listing_column *columns, unsigned int count,
		   const struct records *records)
{
	struct column *heads = must(calloc(count, sizeof(*heads)));
	struct table *table;

	for (unsigned int i = 0; i < count; i++)
		heads[i] = (struct column){ columns[i].name, columns[i].kind };
	table = table_new(heads, count);
	for (size_t i = 0; i < records->count; i++)
		for (unsigned int j = 0; j < count; j++)
			add_cell(table, &columns[j], &records->items[i]);
	table_print(table);
	table_free(table);
	free(heads);
}
