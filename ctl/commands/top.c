// SPDX-License-Identifier: MIT
/*
 * top: the pools by what they do a second, live on a terminal, else as tables.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "commands/command.h"
#include "commands/rates.h"
#include "netlink/family.h"
#include "output/screen.h"
#include "output/size.h"

/* Seconds. */
#define LEAST_DELAY 0.1
#define MOST_DELAY 3600

struct top {
	struct style style;
	unsigned int delay; /* milliseconds */
	unsigned long left; /* tables to show; 0: no end */
	unsigned int order; /* column */
	size_t first;	    /* row at the top of the screen */
	bool helps;	    /* in place of the pools */
	struct rates rates;
};

/* Of the first line: what all pools have together. */
static void print_summary(const struct top *top, FILE *out, unsigned int width)
{
	struct rates_sum sum = rates_sum(&top->rates);
	char memory[32], line[200];

	snprintf(line, sizeof(line),
		 "%zu pools, %" PRIu64 " slots, %s resident, %" PRIu64 " resets/s, by %s",
		 top->rates.now.pools.count, sum.slots,
		 size_text(sum.resident, memory, sizeof(memory)), sum.resets,
		 rates_column_name(top->order));
	fprintf(out, "%.*s\n", (int)(width ? width : sizeof(line)), line);
}

/* ---- on a terminal ------------------------------------------------------------- */

/* Rows of pools that the screen has beside summary, header and last line. */
static size_t rows_of(const struct screen_size *size)
{
	return size->rows > 3 ? size->rows - 3 : 0;
}

/* The last line: the keys, which of the pools these are, and how many columns do not fit. */
static void print_last(const struct top *top, FILE *out, const struct screen_size *size,
		       unsigned int hidden)
{
	size_t count = top->rates.now.pools.count, end = top->first + rows_of(size);
	char line[200];
	int length = snprintf(line, sizeof(line), "q quit, h help");

	if (count > rows_of(size))
		length += snprintf(line + length, sizeof(line) - (size_t)length,
				   "; pools %zu to %zu of %zu", top->first + 1,
				   end < count ? end : count, count);
	if (hidden)
		snprintf(line + length, sizeof(line) - (size_t)length,
			 "; %u columns more on a wider screen", hidden);
	fprintf(out, "%.*s", (int)size->columns, line);
}

static char *pools_string(const struct top *top, const struct style *style, size_t rows)
{
	struct table *table = rates_table(&top->rates, style, top->order, top->first, rows);
	char *text = table_string(table);

	table_free(table);
	return text;
}

/* The last columns are left out, as many as do not fit: *hidden. */
static char *pools_fitting(const struct top *top, const struct screen_size *size,
			   unsigned int *hidden)
{
	struct style style = top->style;
	char *columns = must(strdup(style.columns ? style.columns : rates_columns()));
	char *text, *last;

	style.width = size->columns;
	style.columns = columns;
	*hidden = 0;
	for (;;) {
		text = pools_string(top, &style, rows_of(size));
		last = strrchr(columns, ',');
		if (strcspn(text, "\n") <= size->columns || !last)
			break;
		*last = '\0';
		++*hidden;
		free(text);
	}
	free(columns);
	return text;
}

static void print_pools(struct top *top, FILE *out, const struct screen_size *size)
{
	size_t count = top->rates.now.pools.count, rows = rows_of(size), lines = 0;
	bool bold = top->style.bold;
	unsigned int hidden;
	char *text, *rest, *line;

	if (top->first + rows > count)
		top->first = count > rows ? count - rows : 0;
	text = rest = pools_fitting(top, size, &hidden);
	print_summary(top, out, size->columns);
	while ((line = strsep(&rest, "\n")) && lines <= rows) {
		fprintf(out, "%s%.*s%s\n", !lines && bold ? "\033[1m" : "", (int)size->columns,
			line, !lines && bold ? "\033[0m" : "");
		lines++;
	}
	for (; lines <= rows; lines++)
		fputc('\n', out);
	print_last(top, out, size, hidden);
	free(text);
}

static void print_help(FILE *out, const struct screen_size *size)
{
	char *text, *rest, *line;
	size_t length;
	unsigned int lines = 0;
	FILE *help = must(open_memstream(&text, &length));

	fputs("guardslotctl top: what each pool does in a second\n\n", help);
	rates_print_keys(help);
	fputs("  Up Down    a pool up or down; also k and j\n"
	      "  PgUp PgDn  a screen up or down; also b and space\n"
	      "  Home End   the first or last pool\n"
	      "  h ?        this help, and back\n"
	      "  q          quit",
	      help);
	fclose(help);
	for (rest = text; (line = strsep(&rest, "\n")) && lines < size->rows; lines++)
		fprintf(out, "%s%.*s", lines ? "\n" : "", (int)size->columns, line);
	free(text);
}

static void draw(struct top *top)
{
	struct screen_size size = screen_size();
	char *text;
	size_t length;
	FILE *out = must(open_memstream(&text, &length));

	if (size.rows < 4)
		fprintf(out, "%.*s", (int)size.columns, "too low");
	else if (top->helps)
		print_help(out, &size);
	else
		print_pools(top, out, &size);
	fclose(out);
	screen_show(text, length);
	free(text);
}

/* Moves the pools that the screen shows; drawing keeps them within what there is. */
static void scroll(struct top *top, int key)
{
	struct screen_size size = screen_size();
	size_t page = rows_of(&size) ? rows_of(&size) : 1;

	if (key == SCREEN_DOWN || key == 'j')
		top->first++;
	else if (key == SCREEN_PAGE_DOWN || key == ' ')
		top->first += page;
	else if (key == SCREEN_END)
		top->first = top->rates.now.pools.count;
	else if (key == SCREEN_HOME)
		top->first = 0;
	else if (key == SCREEN_UP || key == 'k')
		top->first -= top->first ? 1 : 0;
	else if (key == SCREEN_PAGE_UP || key == 'b')
		top->first -= top->first < page ? top->first : page;
}

/* False on the key that quits. */
static bool handle_key(struct top *top, int key)
{
	if (key == 'q' || key == 'Q')
		return false;
	if (key == 'h' || key == '?')
		top->helps = !top->helps;
	else if (key)
		scroll(top, key);
	top->order = rates_order_of_key(key, top->order);
	return true;
}

/* Milliseconds of the interval that are left. */
static int64_t left_of(const struct top *top)
{
	const struct timespec *from = &top->rates.now.time;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)top->delay -
	       ((now.tv_sec - from->tv_sec) * 1000 + (now.tv_nsec - from->tv_nsec) / 1000000);
}

/* Until the delay is over; draws after a key and another size. False: quit. */
static bool wait(struct top *top)
{
	for (;;) {
		int64_t left = left_of(top);
		bool resized = false;
		/* Keys are read at least once, however long drawing took. */
		int key = screen_key(left > 0 ? (int)left : 0, &resized);

		if (!handle_key(top, key))
			return false;
		if (left <= 0)
			return true;
		if (key || resized)
			draw(top);
	}
}

static void run_screen(struct top *top)
{
	for (;;) {
		draw(top);
		if (!wait(top))
			break;
		rates_take(&top->rates);
	}
	screen_restore();
}

/* ---- one table after the other ------------------------------------------------- */

/* What was printed stays, in a pipe as on a terminal. */
static void run_tables(struct top *top)
{
	struct timespec pause = { top->delay / 1000, top->delay % 1000 * 1000000L };
	bool is_pretty = top->style.form == FORM_PRETTY;
	/* In a pipe one is enough; on a terminal it goes on. */
	unsigned long left = top->left ? top->left : !is_pretty;

	for (;;) {
		struct table *table;

		nanosleep(&pause, NULL);
		rates_take(&top->rates);
		table = rates_table(&top->rates, &top->style, top->order, 0, 0);
		if (is_pretty)
			print_summary(top, stdout, top->style.width);
		table_print(table, stdout);
		table_free(table);
		if (left && --left == 0)
			break;
		putchar('\n');
		fflush(stdout);
	}
}

static unsigned int delay_read(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= LEAST_DELAY && seconds <= MOST_DELAY))
		fail(EXIT_USAGE, "-d must be %g to %d seconds, not \"%s\"", LEAST_DELAY, MOST_DELAY,
		     text);
	return (unsigned int)(seconds * 1000 + 0.5);
}

int command_top(int argc, char **argv)
{
	struct top top = {
		.style = style_here(),
		.delay = 1000,
		.order = rates_order_named("resets"),
	};
	int option;

	while ((option = command_option(argc, argv, "d:n:s:", NULL, &top.style)) != -1) {
		if (option == 'd')
			top.delay = delay_read(optarg);
		else if (option == 'n')
			top.left = command_number("-n", optarg, 1);
		else
			top.order = rates_order_named(optarg);
	}
	if (optind != argc)
		command_usage(argv[0]);
	/* A wrong -o ends it here, not on the screen. */
	table_free(rates_table(&top.rates, &top.style, top.order, 0, 0));
	top.rates.page_size = family_page_size();
	rates_take(&top.rates);
	if (!top.left && top.style.form == FORM_PRETTY && style_has_screen() && screen_open())
		run_screen(&top);
	else
		run_tables(&top);
	rates_clear(&top.rates);
	return EXIT_DONE;
}
