// SPDX-License-Identifier: MIT
/*
 * Tables of pools, slots and images.
 */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"
#include "commands/listing.h"
#include "netlink/family.h"

void listing_name(struct table *table, const struct record *record, int attribute)
{
	(void)attribute;
	table_text(table, record->name);
}

void listing_user(struct table *table, const struct record *record, int attribute)
{
	const struct passwd *user = getpwuid((uid_t)record->value[attribute]);
	char number[24];

	snprintf(number, sizeof(number), "%" PRIu64, record->value[attribute]);
	table_text(table, user ? user->pw_name : number);
}

void listing_limits(struct table *table, const struct record *record, int attribute)
{
	(void)attribute;
	table_sizes(table, record->limits, record->area_count);
}

void listing_optional(struct table *table, const struct record *record, int attribute)
{
	if (record_has(record, attribute))
		table_number(table, record->value[attribute]);
	else
		table_none(table);
}

void listing_cap(struct table *table, const struct record *record, int attribute)
{
	if (record->value[attribute])
		table_number(table, record->value[attribute] * family_page_size());
	else
		table_none(table);
}

void listing_bytes(struct table *table, const struct record *record, int attribute)
{
	table_number(table, record->value[attribute]);
}

void listing_cell(struct table *table, const struct listing_column *column,
		  const struct record *record)
{
	uint64_t unit = column->kind == COLUMN_BYTES ? family_page_size() : 1;

	if (column->add)
		column->add(table, record, column->attribute);
	else
		table_number(table, unit * record->value[column->attribute]);
}

void listing_print(const struct listing *listing, const struct style *style,
		   const struct records *records)
{
	struct column *heads = must(calloc(listing->count, sizeof(*heads)));
	struct layout layout = { listing->name, heads, listing->count, listing->pretty };
	struct table *table;

	for (unsigned int i = 0; i < listing->count; i++)
		heads[i] = (struct column){ listing->columns[i].name, listing->columns[i].kind };
	table = table_new(&layout, style);
	for (size_t i = 0; i < records->count; i++)
		for (unsigned int j = 0; j < listing->count; j++)
			listing_cell(table, &listing->columns[j], &records->items[i]);
	table_print(table, stdout);
	table_free(table);
	free(heads);
}
