// SPDX-License-Identifier: MIT
/*
 * The table of commands, and their options and arguments.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"
#include "commands/command.h"
#include "output/table.h"

/* Of those that all commands have; no letter. */
#define OPTION_JSON 256
/* The most options that a command has of its own. */
#define OWN_OPTIONS 4

static int command_help(int argc, char **argv);
static int command_version(int argc, char **argv);

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments;
	const char *help;
} commands[] = {
	{ "list", command_list, "[--json] [-o COLUMNS]", "all pools (also without a command)" },
	{ "show", command_show, "[--json] [-o COLUMNS] POOL", "all that is known of one" },
	{ "slots", command_slots, "[--json] [-o COLUMNS] POOL", "its slots" },
	{ "images", command_images, "[--json] [-o COLUMNS] POOL", "its images" },
	{ "events", command_events, "[--json] [-o COLUMNS] [-n COUNT]",
	  "what happens, as it happens" },
	{ "top", command_top, "[--json] [-o COLUMNS] [-d SECONDS] [-n COUNT] [-s COLUMN]",
	  "the busiest pools, live" },
	{ "stats", command_stats, "[--json | --prometheus] [-o FILE]", "all counters" },
	{ "doctor", command_doctor, "[--json] [-o COLUMNS]",
	  "what works here, and what to do about the rest" },
	{ "help", command_help, "[COMMAND]", "this list, or the usage of a command" },
	{ "version", command_version, "[--json]", "of this program" },
};

#define COMMANDS ARRAY_SIZE(commands)

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	fail(EXIT_USAGE, "no command %s: guardslotctl --help lists them", name);
}

static void print_usage(const struct command *command)
{
	printf("usage: guardslotctl %s%s%s\n\n  %s\n\nSee guardslotctl(8).\n", command->name,
	       *command->arguments ? " " : "", command->arguments, command->help);
}

static int command_help(int argc, char **argv)
{
	if (argc > 2)
		command_usage(argv[0]);
	if (argc == 2 && strcmp(argv[1], "--help") != 0) {
		print_usage(find(argv[1]));
		return EXIT_DONE;
	}
	puts("usage: guardslotctl [COMMAND]\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].help);
	puts("\nguardslotctl COMMAND --help shows its arguments. See guardslotctl(8).");
	return EXIT_DONE;
}

static int command_version(int argc, char **argv)
{
	static const struct column columns[] = { { "program", COLUMN_WORD } };
	static const struct layout layout = { "version", columns, ARRAY_SIZE(columns), NULL };
	struct style style = command_style(argc, argv);
	struct table *table;

	if (style.columns)
		command_usage(argv[0]);
	if (style.form != FORM_JSON) {
		puts("guardslotctl " VERSION);
		return EXIT_DONE;
	}
	table = table_new(&layout, &style);
	table_text(table, VERSION);
	table_print(table, stdout);
	table_free(table);
	return EXIT_DONE;
}

int command_run(int argc, char **argv)
{
	return find(argv[0])->run(argc, argv);
}

void command_usage(const char *name)
{
	const struct command *command = find(name);

	fail(EXIT_USAGE, "usage: guardslotctl %s%s%s", name, *command->arguments ? " " : "",
	     command->arguments);
}

int command_option(int argc, char **argv, const char *letters, const struct option *words,
		   struct style *style)
{
	struct option all[OWN_OPTIONS + 4] = { { "json", no_argument, NULL, OPTION_JSON },
					       { "help", no_argument, NULL, 'h' } };
	size_t count = 2;
	char both[32];
	int option;

	snprintf(both, sizeof(both), "h%s%s", letters, strchr(letters, 'o') ? "" : "o:");
	for (; words && words->name && count < 2 + OWN_OPTIONS; words++)
		all[count++] = *words;
	if (!strchr(letters, 'o'))
		all[count] = (struct option){ "output", required_argument, NULL, 'o' };
	option = getopt_long(argc, argv, both, all, NULL);
	if (option == OPTION_JSON) {
		style->form = FORM_JSON;
	} else if (option == 'o' && !strchr(letters, 'o')) {
		style->columns = optarg;
	} else if (option == 'h') {
		print_usage(find(argv[0]));
		exit(fflush(stdout) || ferror(stdout) ? EXIT_FAILED : EXIT_DONE);
	} else if (option == '?') {
		command_usage(argv[0]);
	} else {
		return option;
	}
	return command_option(argc, argv, letters, words, style);
}

struct style command_style(int argc, char **argv)
{
	struct style style = style_here();

	command_option(argc, argv, "", NULL, &style);
	if (optind != argc)
		command_usage(argv[0]);
	return style;
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

struct style command_pool(int argc, char **argv, uint32_t *pool)
{
	struct style style = style_here();

	command_option(argc, argv, "", NULL, &style);
	if (optind + 1 != argc)
		command_usage(argv[0]);
	*pool = (uint32_t)command_number("POOL", argv[optind], 1);
	return style;
}
