// SPDX-License-Identifier: MIT
/*
 * stats: all counters at one moment, for people and for programs.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fail.h"
#include "commands/command.h"
#include "netlink/family.h"
#include "output/table.h"

struct figure {
	int attribute;
	bool pages;   /* the attribute counts pages; the figure is in bytes */
	bool counter; /* only grows while the pool lives */
	const char *name;
	const char *help;
};

static const struct figure module_figures[] = {
	{ GUARDSLOT_A_MODULE_POOLS, false, false, "pools", "Pools." },
	{ GUARDSLOT_A_MODULE_PAGES, true, false, "memory_bytes",
	  "Memory of all pools: pages of slots and images, and bookkeeping." },
	{ GUARDSLOT_A_MODULE_MAX_PAGES, true, false, "max_memory_bytes",
	  "Cap on the memory of all pools, 0 for none." },
	{ GUARDSLOT_A_MODULE_MAX_USER_PAGES, true, false, "max_user_memory_bytes",
	  "Cap on the memory of one user's pools, 0 for none." },
	{ GUARDSLOT_A_MODULE_EVENTS_LOST, false, true, "events_lost",
	  "Events that were not sent, because memory was short." },
};

static const struct figure pool_figures[] = {
	{ GUARDSLOT_A_POOL_SLOTS, false, false, "slots", "Slots of the pool." },
	{ GUARDSLOT_A_POOL_IMAGES, false, false, "images", "Images of the pool." },
	{ GUARDSLOT_A_POOL_MAP_SIZE, false, false, "map_size_bytes", "Address space of the pool." },
	{ GUARDSLOT_A_POOL_RESIDENT_PAGES, true, false, "resident_bytes",
	  "Private pages of the slots." },
	{ GUARDSLOT_A_POOL_MAX_RESIDENT_PAGES, true, false, "max_resident_bytes",
	  "Cap on the private pages, 0 for none." },
	{ GUARDSLOT_A_POOL_IMAGE_PAGES, true, false, "image_bytes", "Content of the images." },
	{ GUARDSLOT_A_POOL_RESETS, false, true, "resets", "Slots that were reset." },
	{ GUARDSLOT_A_POOL_PURGES, false, true, "purges", "Slots that were purged." },
	{ GUARDSLOT_A_POOL_FAULTS, false, true, "faults", "Page faults served." },
	{ GUARDSLOT_A_POOL_GUARD_HITS, false, true, "guard_hits", "Touches at or past a limit." },
	{ GUARDSLOT_A_POOL_RECLAIMS, false, true, "reclaims",
	  "Slots that lost their pages as memory was short." },
	{ GUARDSLOT_A_POOL_RECLAIMED_PAGES, true, true, "reclaimed_bytes",
	  "Memory that slots lost so." },
	{ GUARDSLOT_A_POOL_LOOKS, false, true, "looks",
	  "Resets that looked for what was written." },
	{ GUARDSLOT_A_POOL_SKIPPED_PAGES, true, true, "skipped_bytes",
	  "Memory that these did not copy." },
	{ GUARDSLOT_A_POOL_GIVEN_BACK_PAGES, true, true, "given_back_bytes",
	  "Memory that these freed, as it was not written for long." },
	{ GUARDSLOT_A_POOL_ABSENT_PAGES, true, true, "absent_bytes",
	  "Memory that these copied because it had no page-table entry." },
	{ GUARDSLOT_A_POOL_FLUSHES, false, true, "flushes", "TLB flushes that these took." },
	{ GUARDSLOT_A_POOL_WHOLE_MAPPED, false, true, "whole_mapped",
	  "Resets that copied all as the slab was mapped twice." },
	{ GUARDSLOT_A_POOL_WHOLE_NOTIFIED, false, true, "whole_notified",
	  "The same as a guest or a device uses the memory." },
	{ GUARDSLOT_A_POOL_WHOLE_UNMAPPED, false, true, "whole_unmapped",
	  "The same as the caller has no map of all of the slot." },
};

/* What the kernel answered. */
struct stats {
	struct record module;
	struct records pools;
	uint64_t page_size;
};

static uint64_t figure_value(const struct stats *stats, const struct record *record,
			     const struct figure *figure)
{
	return record->value[figure->attribute] * (figure->pages ? stats->page_size : 1);
}

/* ---- text -------------------------------------------------------------------- */

static void add_rows(struct table *table, const struct stats *stats, const char *pool,
		     const struct record *record, const struct figure *figures, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!record_has(record, figures[i].attribute))
			continue;
		table_text(table, pool);
		table_text(table, figures[i].name);
		table_number(table, figure_value(stats, record, &figures[i]));
	}
}

static void print_text(const struct stats *stats, FILE *out)
{
	static const struct column columns[] = { { "pool", COLUMN_TEXT },
						 { "figure", COLUMN_TEXT },
						 { "value", COLUMN_COUNT } };
	struct table *table = table_new(columns, ARRAY_SIZE(columns));
	char name[16];

	add_rows(table, stats, "-", &stats->module, module_figures, ARRAY_SIZE(module_figures));
	for (size_t i = 0; i < stats->pools.count; i++) {
		const struct record *pool = &stats->pools.items[i];

		snprintf(name, sizeof(name), "%" PRIu64, pool->value[GUARDSLOT_A_POOL_ID]);
		add_rows(table, stats, name, pool, pool_figures, ARRAY_SIZE(pool_figures));
	}
	if (out == stdout)
		table_print(table);
	else
		table_print_plain(table, out);
	table_free(table);
}

/* ---- JSON -------------------------------------------------------------------- */

/* For JSON and Prometheus's labels; a record's name has no control characters. */
static void print_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void print_members(const struct stats *stats, FILE *out, const struct record *record,
			  const struct figure *figures, size_t count, const char *comma)
{
	for (size_t i = 0; i < count; i++) {
		if (!record_has(record, figures[i].attribute))
			continue;
		fprintf(out, "%s\"%s\": %" PRIu64, comma, figures[i].name,
			figure_value(stats, record, &figures[i]));
		comma = ", ";
	}
}

static void print_json(const struct stats *stats, FILE *out)
{
	fputs("{\n\"module\": {", out);
	print_members(stats, out, &stats->module, module_figures, ARRAY_SIZE(module_figures), "");
	fputs("},\n\"pools\": [", out);
	for (size_t i = 0; i < stats->pools.count; i++) {
		const struct record *pool = &stats->pools.items[i];

		fprintf(out, "%s\n{\"pool\": %" PRIu64 ", \"pid\": %" PRIu64 ", \"uid\": %" PRIu64,
			i ? "," : "", pool->value[GUARDSLOT_A_POOL_ID],
			pool->value[GUARDSLOT_A_POOL_PID], pool->value[GUARDSLOT_A_POOL_UID]);
		fputs(", \"command\": \"", out);
		print_escaped(out, pool->name);
		fputc('"', out);
		print_members(stats, out, pool, pool_figures, ARRAY_SIZE(pool_figures), ", ");
		fputc('}', out);
	}
	fputs("\n]\n}\n", out);
}

/* ---- Prometheus -------------------------------------------------------------- */

/* Counters have names that end in _total. */
static void print_head(FILE *out, const char *prefix, const struct figure *figure)
{
	const char *total = figure->counter ? "_total" : "";

	fprintf(out, "# HELP guardslot_%s%s%s %s\n", prefix, figure->name, total, figure->help);
	fprintf(out, "# TYPE guardslot_%s%s%s %s\n", prefix, figure->name, total,
		figure->counter ? "counter" : "gauge");
}

static void print_pool_samples(const struct stats *stats, FILE *out, const struct figure *figure)
{
	for (size_t i = 0; i < stats->pools.count; i++) {
		const struct record *pool = &stats->pools.items[i];

		fprintf(out, "guardslot_pool_%s%s{pool=\"%" PRIu64 "\",command=\"", figure->name,
			figure->counter ? "_total" : "", pool->value[GUARDSLOT_A_POOL_ID]);
		print_escaped(out, pool->name);
		fprintf(out, "\"} %" PRIu64 "\n", figure_value(stats, pool, figure));
	}
}

static void print_prometheus(const struct stats *stats, FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(module_figures); i++) {
		const struct figure *figure = &module_figures[i];

		if (!record_has(&stats->module, figure->attribute))
			continue;
		print_head(out, "", figure);
		fprintf(out, "guardslot_%s%s %" PRIu64 "\n", figure->name,
			figure->counter ? "_total" : "",
			figure_value(stats, &stats->module, figure));
	}
	for (size_t i = 0; i < ARRAY_SIZE(pool_figures) && stats->pools.count; i++) {
		print_head(out, "pool_", &pool_figures[i]);
		print_pool_samples(stats, out, &pool_figures[i]);
	}
}

/* ---- the command ------------------------------------------------------------- */

typedef void print_function(const struct stats *stats, FILE *out);

/* A reader of the file gets the old one or the new one, never a part. */
static void write_file(const char *path, print_function *print, const struct stats *stats)
{
	struct stat there;
	char *temporary;
	FILE *out;
	int fd;

	/* rename() would replace a device or a pipe by a file. */
	if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
		fail(EXIT_FAILED, "%s is no regular file: use the standard output", path);
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		fail_no_memory();
	fd = mkstemp(temporary);
	if (fd < 0)
		fail(EXIT_FAILED, "cannot write beside %s: %m", path);
	fchmod(fd, 0644);
	out = must(fdopen(fd, "w"));
	print(stats, out);
	if (fflush(out) || ferror(out) || fclose(out) || rename(temporary, path)) {
		unlink(temporary);
		fail(EXIT_FAILED, "cannot write %s: %m", path);
	}
	free(temporary);
}

int command_stats(int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
						 { "prometheus", no_argument, NULL, 'p' },
						 { "output", required_argument, NULL, 'o' },
						 { 0 } };
	print_function *print = print_text;
	const char *path = NULL;
	struct stats stats = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (option == 'j')
			print = print_json;
		else if (option == 'p')
			print = print_prometheus;
		else if (option == 'o')
			path = optarg;
		else
			command_usage(argv[0]);
	}
	if (optind != argc)
		command_usage(argv[0]);
	family_module(&stats.module);
	stats.page_size = stats.module.value[GUARDSLOT_A_MODULE_PAGE_SIZE];
	family_pools(&stats.pools);
	if (path)
		write_file(path, print, &stats);
	else
		print(&stats, stdout);
	records_clear(&stats.pools);
	return EXIT_DONE;
}
