// SPDX-License-Identifier: MIT
/*
 * events: one line each, as they come.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "commands/command.h"
#include "netlink/family.h"
#include "output/size.h"

struct reader {
	bool pretty;
	unsigned long left; /* events to show; 0: no end */
	uint64_t page_size;
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

static void print_time(const char *format)
{
	char text[64];
	time_t now = time(NULL);
	struct tm parts;

	strftime(text, sizeof(text), format, localtime_r(&now, &parts));
	fputs(text, stdout);
}

/* A cell, or "-" where the event has no such attribute. */
static void print_cell(const struct record *event, int attribute, uint64_t factor)
{
	if (event && record_has(event, attribute))
		printf("\t%" PRIu64, event->value[attribute] * factor);
	else
		fputs("\t-", stdout);
}

static void print_plain(const struct reader *reader, const struct record *event)
{
	/* An event about a pool has the pool's attributes, any other those of events. */
	const struct record *other = event && !is_pool(event) ? event : NULL;

	print_time("%Y-%m-%dT%H:%M:%S%z");
	printf("\t%s", event_name(event));
	print_cell(event, other ? GUARDSLOT_A_EVENT_POOL : GUARDSLOT_A_POOL_ID, 1);
	print_cell(event, other ? GUARDSLOT_A_EVENT_PID : GUARDSLOT_A_POOL_PID, 1);
	printf("\t%s", event && *event->name ? event->name : "-");
	print_cell(other, GUARDSLOT_A_EVENT_SLOT, 1);
	print_cell(other, GUARDSLOT_A_EVENT_OFFSET, 1);
	printf("\t%s", other && record_has(other, GUARDSLOT_A_EVENT_CAP) ?
			       cap_name(other->value[GUARDSLOT_A_EVENT_CAP]) :
			       "-");
	print_cell(other, GUARDSLOT_A_EVENT_CAP_PAGES, reader->page_size);
	print_cell(other, GUARDSLOT_A_EVENT_SLOTS, 1);
	print_cell(other, GUARDSLOT_A_EVENT_PAGES, reader->page_size);
	print_cell(other, GUARDSLOT_A_EVENT_SUPPRESSED, 1);
	putchar('\n');
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
		printf("slot %" PRIu64 ", 0x%" PRIx64 " of the slab",
		       event->value[GUARDSLOT_A_EVENT_SLOT],
		       event->value[GUARDSLOT_A_EVENT_OFFSET]);
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

static void print_pretty(const struct reader *reader, const struct record *event)
{
	print_time("%H:%M:%S");
	printf("  %-12s  ", event_name(event));
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
	if (reader->pretty)
		print_pretty(reader, event);
	else
		print_plain(reader, event);
	if (fflush(stdout))
		fail(EXIT_FAILED, "cannot write: %m");
	return !reader->left || --reader->left > 0;
}

int command_events(int argc, char **argv)
{
	static const char header[] = "time\tevent\tpool\tpid\tcommand\tslot\toffset\tcap\t"
				     "cap_size\tslots\tmemory\tsuppressed";
	struct reader reader = { .pretty = isatty(STDOUT_FILENO) };
	int option;

	while ((option = getopt(argc, argv, "n:")) != -1) {
		if (option != 'n')
			command_usage(argv[0]);
		reader.left = command_number("-n", optarg, 1);
	}
	if (optind != argc)
		command_usage(argv[0]);
	reader.page_size = family_page_size();
	family_join();
	/* The header tells a program that no event is missed from now on. */
	if (!reader.pretty)
		puts(header);
	fflush(stdout);
	family_follow(follow, &reader);
	return EXIT_DONE;
}
