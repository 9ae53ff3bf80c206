// SPDX-License-Identifier: MIT
/* Waits for a child, and fails as it failed. */
#include "child.h"

void test_child(pid_t child)
{
	int status = -1;

	test_eq(waitpid(child, &status, 0), child);
	test_eq(status, 0);
}
