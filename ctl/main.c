// SPDX-License-Identifier: MIT
/*
 * guardslotctl: shows the pools of /dev/guardslot, and what happens to them.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/streams.h"
#include "commands/command.h"

static int finish(int code)
{
	if (fflush(stdout) || ferror(stdout))
		fail(EXIT_FAILED, "cannot write: %m");
	return code;
}

/* The options of the program itself are the commands of the same names. */
static char *verb(char *word)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return "help";
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		return "version";
	return word;
}

int main(int argc, char **argv)
{
	static char *list[] = { "list", NULL, NULL };

	streams_secure();
	opterr = 0;
	if (argc < 2)
		return finish(command_run(1, list));
	argv[1] = verb(argv[1]);
	return finish(command_run(argc - 1, argv + 1));
}
