// SPDX-License-Identifier: MIT
/* The lines of JSON on standard output: which brackets are open, and where commas go. */
#include <stdbool.h>
#include <stdio.h>

#include "result.h"

/* Where in the line we are: whether a comma has to come first. */
static bool has_param, has_contender, has_value;

static void comma(bool *has)
{
	if (*has)
		putchar(',');
	*has = true;
}

void result_begin(const char *scenario)
{
	has_param = false;
	has_contender = false;
	printf("{\"name\":\"%s\",\"params\":{", scenario);
}

void result_param(const char *name, long value)
{
	comma(&has_param);
	printf("\"%s\":%ld", name, value);
}

void result_param_text(const char *name, const char *value)
{
	comma(&has_param);
	printf("\"%s\":\"%s\"", name, value);
}

void result_contender(const char *name)
{
	printf("%s\"%s\":{", has_contender ? "}," : "},\"contenders\":{", name);
	has_contender = true;
	has_value = false;
}

void result_value(const char *name, double value)
{
	comma(&has_value);
	printf("\"%s\":%.10g", name, value);
}

void result_text(const char *name, const char *value)
{
	comma(&has_value);
	printf("\"%s\":\"%s\"", name, value);
}

void result_end(void)
{
	printf("%s}}\n", has_contender ? "}" : "},\"contenders\":{");
	fflush(stdout);
}
