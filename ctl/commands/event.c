// SPDX-License-Identifier: MIT
/*
 * events: one line each, as they come.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/array.h"
#include "base/fail.h"
#include "commands/command.h"
#include "commands/place.h"
#include "netlink/family.h"
#include "output/size.h"
#include "output/table.h"

static const struct column columns[] = {
	{ "time", COLUMN_TEXT },    { "event", COLUMN_TEXT },	     { "pool", COLUMN_COUNT },
	{ "pid", COLUMN_COUNT },    { "command", COLUMN_TEXT },	     { "slot", COLUMN_COUNT },
	{ "offset", COLUMN_COUNT }, { "cap", COLUMN_TEXT },	     { "cap_size", COLUMN_BYTES },
	{ "slots", COLUMN_COUNT },  { "memory", COLUMN_BYTES },	     { "suppressed", COLUMN_COUNT },
	{ "area", COLUMN_COUNT },   { "area_offset", COLUMN_COUNT },
};

static const struct layout layout = { "events", columns, ARRAY_SIZE(columns), NULL };

struct reader {
	struct style style;
	unsigned long left; /* events to show; 0: no end */
	uint64_t page_size;
	struct places places;
};

static const char *event_name(const struct record *event)
{
	if (!event)
		return "lost";
	switch (event->command) {
	case GUARDSLOT_CMD_POOL_CREATED_NTF:
		return "pool-created";
	case GUARDSLOT_CMD_POOL_GONE_NTF:
		return "pool-gone";
	case GUARDSLOT_CMD_GUARD_HIT_NTF:
		return "guard-hit";
	case GUARDSLOT_CMD_CAP_REACHED_NTF:
		return "cap-reached";
	case GUARDSLOT_CMD_RECLAIM_NTF:
		return "reclaim";
	default:
		return ""; /* from a newer module */
	}
}

static bool is_pool(const struct record *event)
{
	return event->command == GUARDSLOT_CMD_POOL_CREATED_NTF ||
	       event->command == GUARDSLOT_CMD_POOL_GONE_NTF;
}

static const char *cap_name(uint64_t cap)
{
	switch (cap) {
	case GUARDSLOT_CAP_POOL:
		return "pool";
	case GUARDSLOT_CAP_USER:
		return "user";
	case GUARDSLOT_CAP_MODULE:
		return "module";
	default:
		return "?";
	}
}

static const char *time_text(const char *format, char *text, size_t size)
{
	time_t now = time(NULL);
	struct tm parts;

	strftime(text, size, format, localtime_r(&now, &parts));
	return text;
}

/* ---- for a program --------------------------------------------------------------- */

/* A cell, or none where the event has no such attribute. */
static void add_cell(struct table *table, const struct record *event, int attribute,
		     uint64_t factor)
{
	if (event && record_has(event, attribute))
		table_number(table, event->value[attribute] * factor);
	else
		table_none(table);
}

static void add_cap(struct table *table, const struct record *event)
{
	if (event && record_has(event, GUARDSLOT_A_EVENT_CAP))
		table_text(table, cap_name(event->value[GUARDSLOT_A_EVENT_CAP]));
	else
		table_none(table);
}

static void add_place(struct table *table, const struct reader *reader, const struct record *event)
{
	struct place place;

	if (event && places_find(&reader->places, event, &place)) {
		table_number(table, place.area);
		table_number(table, place.offset);
	} else {
		table_none(table);
		table_none(table);
	}
}

static void print_row(const struct reader *reader, const struct record *event)
{
	/* An event about a pool has the pool's attributes, any other those of events. */
	const struct record *other = event && !is_pool(event) ? event : NULL;
	struct table *table = table_new(&layout, &reader->style);
	char text[64];

	table_text(table, time_text("%Y-%m-%dT%H:%M:%S%z", text, sizeof(text)));
	table_text(table, event_name(event));
	add_cell(table, event, other ? GUARDSLOT_A_EVENT_POOL : GUARDSLOT_A_POOL_ID, 1);
	add_cell(table, event, other ? GUARDSLOT_A_EVENT_PID : GUARDSLOT_A_POOL_PID, 1);
	if (event && *event->name)
		table_text(table, event->name);
	else
		table_none(table);
	add_cell(table, other, GUARDSLOT_A_EVENT_SLOT, 1);
	add_cell(table, other, GUARDSLOT_A_EVENT_OFFSET, 1);
	add_cap(table, other);
	add_cell(table, other, GUARDSLOT_A_EVENT_CAP_PAGES, reader->page_size);
	add_cell(table, other, GUARDSLOT_A_EVENT_SLOTS, 1);
	add_cell(table, other, GUARDSLOT_A_EVENT_PAGES, reader->page_size);
	add_cell(table, other, GUARDSLOT_A_EVENT_SUPPRESSED, 1);
	add_place(table, reader, other);
	table_print_line(table, stdout);
	table_free(table);
}

/* The header tells a program that no event is missed from now on. */
static void print_header(const struct reader *reader)
{
	struct table *table = table_new(&layout, &reader->style);

	table_print(table, stdout);
	table_free(table);
}

/* ---- for a person ---------------------------------------------------------------- */

static void print_hit(const struct reader *reader, const struct record *event)
{
	struct place place;

	printf("slot %" PRIu64 ", ", event->value[GUARDSLOT_A_EVENT_SLOT]);
	if (!places_find(&reader->places, event, &place))
		printf("0x%" PRIx64 " of the slab", event->value[GUARDSLOT_A_EVENT_OFFSET]);
	else if (place.offset < place.max)
		printf("area %u at 0x%" PRIx64, place.area, place.offset);
	else
		printf("area %u at 0x%" PRIx64 ", 0x%" PRIx64 " past its highest limit", place.area,
		       place.offset, place.offset - place.max);
}

static void print_details(const struct reader *reader, const struct record *event)
{
	char text[32];

	switch (event->command) {
	case GUARDSLOT_CMD_POOL_CREATED_NTF:
		printf("%" PRIu64 " slots", event->value[GUARDSLOT_A_POOL_SLOTS]);
		break;
	case GUARDSLOT_CMD_POOL_GONE_NTF:
		printf("after %" PRIu64 " resets", event->value[GUARDSLOT_A_POOL_RESETS]);
		break;
	case GUARDSLOT_CMD_GUARD_HIT_NTF:
		print_hit(reader, event);
		break;
	case GUARDSLOT_CMD_CAP_REACHED_NTF:
		printf("cap of the %s: %s", cap_name(event->value[GUARDSLOT_A_EVENT_CAP]),
		       size_text(event->value[GUARDSLOT_A_EVENT_CAP_PAGES] * reader->page_size,
				 text, sizeof(text)));
		break;
	case GUARDSLOT_CMD_RECLAIM_NTF:
		printf("%s from %" PRIu64 " slots",
		       size_text(event->value[GUARDSLOT_A_EVENT_PAGES] * reader->page_size, text,
				 sizeof(text)),
		       event->value[GUARDSLOT_A_EVENT_SLOTS]);
		break;
	}
}

static void print_sentence(const struct reader *reader, const struct record *event)
{
	char text[32];

	printf("%s  %-12s  ", time_text("%H:%M:%S", text, sizeof(text)), event_name(event));
	if (!event) {
		puts("events came faster than they could be read");
		return;
	}
	printf("pool %-4" PRIu64 "  ",
	       event->value[is_pool(event) ? GUARDSLOT_A_POOL_ID : GUARDSLOT_A_EVENT_POOL]);
	print_details(reader, event);
	if (*event->name)
		printf("  (%s, pid %" PRIu64 ")", event->name,
		       event->value[is_pool(event) ? GUARDSLOT_A_POOL_PID : GUARDSLOT_A_EVENT_PID]);
	if (!is_pool(event) && event->value[GUARDSLOT_A_EVENT_SUPPRESSED])
		printf("  and %" PRIu64 " more", event->value[GUARDSLOT_A_EVENT_SUPPRESSED]);
	putchar('\n');
}

/* Each line is written at once, for a program that reads it from a pipe. */
static bool follow(const struct record *event, void *arg)
{
	struct reader *reader = arg;

	if (!*event_name(event))
		return true;
	if (event && event->command == GUARDSLOT_CMD_POOL_CREATED_NTF)
		places_add(&reader->places, event);
	if (reader->style.form == FORM_PRETTY)
		print_sentence(reader, event);
	else
		print_row(reader, event);
	if (event && event->command == GUARDSLOT_CMD_POOL_GONE_NTF)
		places_remove(&reader->places, event);
	if (fflush(stdout))
		fail(EXIT_FAILED, "cannot write: %m");
	return !reader->left || --reader->left > 0;
}

int command_events(int argc, char **argv)
{
	struct reader reader = { .style = style_here() };

	while (command_option(argc, argv, "n:", NULL, &reader.style) != -1)
		reader.left = command_number("-n", optarg, 1);
	if (optind != argc)
		command_usage(argv[0]);
	/* Sentences have no columns. */
	if (reader.style.columns && reader.style.form == FORM_PRETTY)
		reader.style.form = FORM_PLAIN;
	reader.page_size = family_page_size();
	family_join();
	family_pools(&reader.places.pools);
	if (reader.style.form == FORM_PLAIN)
		print_header(&reader);
	fflush(stdout);
	family_follow(follow, &reader);
	return EXIT_DONE;
}
