/* SPDX-License-Identifier: MIT */
/*
 * The commands of guardslotctl. Each gets its own name in argv[0], and returns
 * the exit code.
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdint.h>
#include <stdio.h>

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
/* The list of all commands. */
void command_help(FILE *out);

/* No options and no arguments, or the usage. */
void command_no_arguments(int argc, char **argv);
/* The one argument POOL. */
uint32_t command_pool(int argc, char **argv);
/* A whole number of at least @least, given to the option. */
unsigned long command_number(const char *option, const char *text, unsigned long least);
/* Ends the program: the command's options or arguments are wrong. */
void command_usage(const char *command) __attribute__((noreturn));

#endif /* CTL_COMMAND_H */
