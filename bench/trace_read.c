// SPDX-License-Identifier: MIT
/*
 * Reads the text of the traces. A program is
 *
 *	program NAME image PAGES
 *	pages FIRST-LAST PAGE ...	all that any run wrote
 *	set DIGITS			one bit for each of those, the lowest first
 *	runs SET SET*TIMES ...		sets by number, in the order of the runs
 *
 * with a line for each set. Lines that begin with # are comments.
 */
#include <stdlib.h>
#include <string.h>

#include "traces.h"

static void skip_line(const char **text)
{
	*text += strcspn(*text, "\n");
	*text += **text == '\n';
}

/* Whether the text goes on with the word, which is skipped. */
static bool take(const char **text, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*text, word, length))
		return false;
	*text += length;
	return true;
}

static uint32_t take_number(const char **text)
{
	char *end;
	unsigned long number = strtoul(*text, &end, 10);

	if (end == *text || number > UINT32_MAX)
		die("traces: no number at \"%.20s\"", *text);
	*text = end;
	return (uint32_t)number;
}

static void *grow(void *array, uint32_t count, size_t size)
{
	array = realloc(array, count * size);
	if (!array)
		die("no memory for traces");
	return array;
}

static void set_add(struct page_set *set, uint32_t page)
{
	set->pages = grow(set->pages, set->count + 1, sizeof(set->pages[0]));
	set->pages[set->count++] = page;
}

static void pages_read(const char **text, struct page_set *pages)
{
	while (take(text, " ")) {
		uint32_t first = take_number(text), last = first;

		if (take(text, "-"))
			last = take_number(text);
		for (uint32_t page = first; page <= last; page++)
			set_add(pages, page);
	}
}

static void set_read(const char **text, struct trace *trace)
{
	struct page_set *set;

	trace->sets = grow(trace->sets, trace->set_count + 1, sizeof(trace->sets[0]));
	set = &trace->sets[trace->set_count++];
	*set = (struct page_set){ 0 };
	for (uint32_t at = 0; **text && **text != '\n'; at += 4, ++*text) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = strchr(digits, **text);

		for (uint32_t i = 0; digit && i < 4; i++)
			if ((digit - digits) >> i & 1 && at + i < trace->pages.count)
				set_add(set, trace->pages.pages[at + i]);
	}
	if (!set->count)
		die("traces: a set of %s without pages", trace->name);
}

static void runs_read(const char **text, struct trace *trace)
{
	while (take(text, " ")) {
		uint32_t set = take_number(text), times = 1;

		if (take(text, "*"))
			times = take_number(text);
		if (set >= trace->set_count)
			die("traces: %s has no set %u", trace->name, set);
		trace->runs = grow(trace->runs, trace->run_count + times, sizeof(trace->runs[0]));
		while (times--)
			trace->runs[trace->run_count++] = set;
	}
	if (!trace->run_count)
		die("traces: %s has no runs", trace->name);
}

bool trace_read(const char **text, struct trace *trace)
{
	size_t length;

	*trace = (struct trace){ .run_count = 0 };
	while (**text == '#')
		skip_line(text);
	if (!take(text, "program "))
		return false;
	length = strcspn(*text, " \n");
	if (length >= TRACE_NAME)
		die("traces: a name of %zu bytes", length);
	memcpy(trace->name, *text, length);
	*text += length;
	if (!take(text, " image "))
		die("traces: %s has no image", trace->name);
	trace->image = take_number(text);
	skip_line(text);
	if (take(text, "pages"))
		pages_read(text, &trace->pages);
	skip_line(text);
	while (take(text, "set ")) {
		set_read(text, trace);
		skip_line(text);
	}
	if (!take(text, "runs"))
		die("traces: %s has no runs", trace->name);
	runs_read(text, trace);
	skip_line(text);
	return true;
}

void trace_free(struct trace *trace)
{
	for (uint32_t i = 0; i < trace->set_count; i++)
		free(trace->sets[i].pages);
	free(trace->sets);
	free(trace->pages.pages);
	free(trace->runs);
}
