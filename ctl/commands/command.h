/* SPDX-License-Identifier: MIT */
/*
 * The commands of guardslotctl. Each gets its own name in argv[0], and returns
 * the exit code.
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdint.h>
#include <stdio.h>

#include "output/style.h"

int command_list(int argc, char **argv);
int command_show(int argc, char **argv);
int command_slots(int argc, char **argv);
int command_images(int argc, char **argv);
int command_events(int argc, char **argv);
int command_top(int argc, char **argv);
int command_stats(int argc, char **argv);
int command_doctor(int argc, char **argv);

/* Runs the command that argv[0] names; without one, the usage is the error. */
int command_run(int argc, char **argv);

struct option;

/*
 * The next option of the command's own, or -1 at their end. Those of all commands are set
 * in the style: --json, and -o unless the command has an o of its own; --help ends the
 * program, and so does what is wrong.
 * @letters, @words: the command's own, as getopt_long() has them; @words may be NULL
 */
int command_option(int argc, char **argv, const char *letters, const struct option *words,
		   struct style *style);

/* The options of all commands and no argument. */
struct style command_style(int argc, char **argv);
/* The same with the one argument POOL. */
struct style command_pool(int argc, char **argv, uint32_t *pool);

/* A whole number of at least @least, given to the option. */
unsigned long command_number(const char *option, const char *text, unsigned long least);
/* Ends the program: the command's options or arguments are wrong. */
void command_usage(const char *command) __attribute__((noreturn));

#endif /* CTL_COMMAND_H */
