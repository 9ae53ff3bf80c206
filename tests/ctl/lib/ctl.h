/* SPDX-License-Identifier: MIT */
/*
 * Running guardslotctl in a shell, and what it printed.
 */
#ifndef TESTS_CTL_H
#define TESTS_CTL_H

#include "test.h"

struct output {
	int code;
	char out[16384];
	char err[8192];
};

/* @words go to a shell, which runs as @uid. */
void ctl_as(struct output *output, unsigned int uid, const char *words);

void ctl(struct output *output, const char *words);

/* It must fail, with nothing but this line. */
void ctl_fails_as(unsigned int uid, const char *words, int code, const char *line);

#endif /* TESTS_CTL_H */
