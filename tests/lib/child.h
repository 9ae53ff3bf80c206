/* SPDX-License-Identifier: MIT */
/*
 * Child processes that fail the test as if they were the test itself.
 */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include "test.h"

#include <sys/wait.h>

/* Runs the block in a child; it fails the test as if it were the test's own. */
#define in_child(...)                  \
	do {                           \
		pid_t child_ = fork(); \
		test_sys(child_);      \
		if (child_ == 0) {     \
			__VA_ARGS__;   \
			_exit(0);      \
		}                      \
		test_child(child_);    \
	} while (0)

/* The child must exit with 0. */
void test_child(pid_t child);

#endif /* TESTS_CHILD_H */
