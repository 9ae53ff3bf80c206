/* SPDX-License-Identifier: MIT */
/*
 * How guardslotctl ends when it cannot do what it was asked: with one line that
 * says what is wrong and, where there is one, the next step.
 */
#ifndef CTL_FAIL_H
#define CTL_FAIL_H

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

void fail(enum exit_code code, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
void fail_no_memory(void) __attribute__((noreturn));
/* Returns what an allocation returned, unless that is NULL. */
void *must(void *memory);

/* Before the line is printed, undo() is called: the line must be readable. */
void fail_set_undo(void (*undo)(void));

#endif /* CTL_FAIL_H */
