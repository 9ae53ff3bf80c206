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

int main(int argc, char **argv)
{
	static char *list[] = { "list", NULL };

	streams_secure();
	opterr = 0;
	if (argc < 2)
		return finish(command_run(1, list));
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		command_help(stdout);
		return finish(EXIT_DONE);
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts("guardslotctl " VERSION);
		return finish(EXIT_DONE);
	}
	return finish(command_run(argc - 1, argv + 1));
}
