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
	{ GUARDSLOT_A_MODULE_RESETS, false, true, "resets",
	  "Slots that were reset since the module was loaded, in all pools." },
	{ GUARDSLOT_A_MODULE_PURGES, false, true, "purges", "Slots that were purged." },
	{ GUARDSLOT_A_MODULE_FAULTS, false, true, "faults", "Page faults served." },
	{ GUARDSLOT_A_MODULE_GUARD_HITS, false, true, "guard_hits", "Touches at or past a limit." },
	{ GUARDSLOT_A_MODULE_RECLAIMS, false, true, "reclaims",
	  "Slots that lost their pages as memory was short." },
	{ GUARDSLOT_A_MODULE_RECLAIMED_PAGES, true, true, "reclaimed_bytes",
	  "Memory that slots lost so." },
	{ GUARDSLOT_A_MODULE_LOOKS, false, true, "looks",
	  "Resets that looked for what was written." },
	{ GUARDSLOT_A_MODULE_SKIPPED_PAGES, true, true, "skipped_bytes",
	  "Memory that these did not copy." },
	{ GUARDSLOT_A_MODULE_GIVEN_BACK_PAGES, true, true, "given_back_bytes",
	  "Memory that these freed, as it was not written for long." },
	{ GUARDSLOT_A_MODULE_ABSENT_PAGES, true, true, "absent_bytes",
	  "Memory that these copied because it had no page-table entry." },
	{ GUARDSLOT_A_MODULE_FLUSHES, false, true, "flushes", "TLB flushes that these took." },
	{ GUARDSLOT_A_MODULE_WHOLE_MAPPED, false, true, "whole_mapped",
	  "Resets that copied all as the slab was mapped twice." },
	{ GUARDSLOT_A_MODULE_WHOLE_NOTIFIED, false, true, "whole_notified",
	  "The same as a guest or a device uses the memory." },
	{ GUARDSLOT_A_MODULE_WHOLE_UNMAPPED, false, true, "whole_unmapped",
	  "The same as the caller has no map of all of the slot." },
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
	bool is_up; /* the module is loaded; else there is nothing */
	struct record module;
	struct records pools;
	uint64_t page_size;
	char version[32]; /* the module's */
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
	static const struct layout layout = { "stats", columns, ARRAY_SIZE(columns), NULL };
	struct style style = style_here();
	struct table *table;
	char name[16];

	if (out != stdout)
		style = (struct style){ .form = FORM_PLAIN };
	table = table_new(&layout, &style);
	add_rows(table, stats, "-", &stats->module, module_figures, ARRAY_SIZE(module_figures));
	for (size_t i = 0; i < stats->pools.count; i++) {
		const struct record *pool = &stats->pools.items[i];

		snprintf(name, sizeof(name), "%" PRIu64, pool->value[GUARDSLOT_A_POOL_ID]);
		add_rows(table, stats, name, pool, pool_figures, ARRAY_SIZE(pool_figures));
	}
	table_print(table, out);
	table_free(table);
}

/* ---- JSON -------------------------------------------------------------------- */

static const struct style json_style = { .form = FORM_JSON };

static void add_figures(struct table *table, const struct stats *stats, const struct record *record,
			const struct figure *figures, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (record_has(record, figures[i].attribute))
			table_number(table, figure_value(stats, record, &figures[i]));
		else
			table_none(table);
	}
}

static void name_figures(struct column *columns, const struct figure *figures, size_t count)
{
	for (size_t i = 0; i < count; i++)
		columns[i] = (struct column){ figures[i].name, COLUMN_COUNT };
}

static void print_json_module(const struct stats *stats, FILE *out)
{
	struct column columns[ARRAY_SIZE(module_figures)];
	const struct layout layout = { "module", columns, ARRAY_SIZE(columns), NULL };
	struct table *table;

	name_figures(columns, module_figures, ARRAY_SIZE(module_figures));
	table = table_new(&layout, &json_style);
	add_figures(table, stats, &stats->module, module_figures, ARRAY_SIZE(module_figures));
	table_print_member(table, out, true);
	table_free(table);
}

static void print_json_pools(const struct stats *stats, FILE *out)
{
	struct column columns[4 + ARRAY_SIZE(pool_figures)] = { { "pool", COLUMN_COUNT },
								{ "pid", COLUMN_COUNT },
								{ "uid", COLUMN_COUNT },
								{ "command", COLUMN_TEXT } };
	const struct layout layout = { "pools", columns, ARRAY_SIZE(columns), NULL };
	struct table *table;

	name_figures(columns + 4, pool_figures, ARRAY_SIZE(pool_figures));
	table = table_new(&layout, &json_style);
	for (size_t i = 0; i < stats->pools.count; i++) {
		const struct record *pool = &stats->pools.items[i];

		table_number(table, pool->value[GUARDSLOT_A_POOL_ID]);
		table_number(table, pool->value[GUARDSLOT_A_POOL_PID]);
		table_number(table, pool->value[GUARDSLOT_A_POOL_UID]);
		table_text(table, pool->name);
		add_figures(table, stats, pool, pool_figures, ARRAY_SIZE(pool_figures));
	}
	table_print_member(table, out, false);
	table_free(table);
}

static void print_json(const struct stats *stats, FILE *out)
{
	fprintf(out, "{\n   \"schema\": %d,\n", TABLE_SCHEMA);
	print_json_module(stats, out);
	fputs(",\n", out);
	print_json_pools(stats, out);
	fputs("\n}\n", out);
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

/* Of labels; a record's name has no control characters. */
static void print_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
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

/* Whether there is a module, and which. */
static void print_up(const struct stats *stats, FILE *out)
{
	fputs("# HELP guardslot_up Whether the module is loaded and answers.\n"
	      "# TYPE guardslot_up gauge\n",
	      out);
	fprintf(out, "guardslot_up %d\n", stats->is_up);
	fputs("# HELP guardslot_info The versions of module and program, in labels.\n"
	      "# TYPE guardslot_info gauge\n",
	      out);
	fprintf(out, "guardslot_info{version=\"%s\",abi=\"%" PRIu64 "\",program=\"%s\"} 1\n",
		stats->version, stats->module.value[GUARDSLOT_A_MODULE_ABI_VERSION], VERSION);
}

static void print_prometheus(const struct stats *stats, FILE *out)
{
	print_up(stats, out);
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

static void version_read(char *version, size_t size)
{
	FILE *file = fopen("/sys/module/guardslot/version", "re");

	if (!file || !fgets(version, (int)size, file))
		version[0] = '\0';
	version[strcspn(version, "\n")] = '\0';
	if (file)
		fclose(file);
}

static void stats_read(struct stats *stats)
{
	stats->is_up = true;
	version_read(stats->version, sizeof(stats->version));
	family_module(&stats->module);
	stats->page_size = stats->module.value[GUARDSLOT_A_MODULE_PAGE_SIZE];
	family_pools(&stats->pools);
}

int command_stats(int argc, char **argv)
{
	static const struct option options[] = { { "prometheus", no_argument, NULL, 'p' },
						 { "output", required_argument, NULL, 'o' },
						 { 0 } };
	struct style style = { .form = FORM_PLAIN };
	print_function *print = print_text;
	const char *path = NULL;
	struct stats stats = { 0 };
	int option;

	while ((option = command_option(argc, argv, "o:", options, &style)) != -1) {
		if (option == 'p')
			print = print_prometheus;
		else
			path = optarg;
	}
	if (optind != argc)
		command_usage(argv[0]);
	if (style.form == FORM_JSON)
		print = print_json;
	/*
	 * A monitor is told of a module that is gone, instead of reading an old file for ever, and
	 * does not bring it back.
	 */
	if (print != print_prometheus || (!family_is_idle() && family_try() == 0))
		stats_read(&stats);
	if (path)
		write_file(path, print, &stats);
	else
		print(&stats, stdout);
	records_clear(&stats.pools);
	return EXIT_DONE;
}
