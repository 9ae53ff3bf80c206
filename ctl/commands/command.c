// SPDX-License-Identifier: MIT
/*
 * The table of commands, and their arguments.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"
#include "commands/command.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments;
	const char *help;
} commands[] = {
	{ "list", command_list, "", "all pools (also without a command)" },
	{ "show", command_show, "POOL", "all that is known of one" },
	{ "slots", command_slots, "POOL", "its slots" },
	{ "images", command_images, "POOL", "its images" },
	{ "events", command_events, "[-n COUNT]", "what happens, as it happens" },
	{ "top", command_top, "[-d SECONDS] [-n COUNT] [-s COLUMN]", "the busiest pools, live" },
	{ "stats", command_stats, "[--json | --prometheus] [-o FILE]", "all counters" },
	{ "doctor", command_doctor, "", "what works here, and what to do about the rest" },
};

#define COMMANDS ARRAY_SIZE(commands)

void command_help(FILE *out)
{
	fputs("usage: guardslotctl [COMMAND]\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %s %-*s %s\n", commands[i].name,
			(int)(44 - strlen(commands[i].name)), commands[i].arguments,
			commands[i].help);
	fputs("\nSee guardslotctl(8).\n", out);
}

int command_run(int argc, char **argv)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, argv[0]) == 0)
			return commands[i].run(argc, argv);
	command_usage(argv[0]);
}

void command_usage(const char *command)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, command) == 0)
			fail(EXIT_USAGE, "usage: guardslotctl %s%s%s", command,
			     *commands[i].arguments ? " " : "", commands[i].arguments);
	fail(EXIT_USAGE, "no command %s: guardslotctl --help lists them", command);
}

void command_no_arguments(int argc, char **argv)
{
	if (argc > 1)
		command_usage(argv[0]);
}

unsigned long command_number(const char *option, const char *text, unsigned long least)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || number < least || number > UINT32_MAX)
		fail(EXIT_USAGE, "%s must be a whole number of at least %lu, not \"%s\"", option,
		     least, text);
	return number;
}

uint32_t command_pool(int argc, char **argv)
{
	if (argc != 2)
		command_usage(argv[0]);
	return (uint32_t)command_number("POOL", argv[1], 1);
}
