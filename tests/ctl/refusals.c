// SPDX-License-Identifier: MIT
// A refusal that guardslotctl does not know is printed with the error and the kernel's own words.
/*
 * No command line leads there while program and module are of one release, so this test
 * calls the functions that send the requests.
 */
#include "test.h"

#include <sys/wait.h>

#include "netlink/family.h"

static void ask_one(void)
{
	struct record pool;

	family_pool(0, &pool);
}

static void ask_dump(void)
{
	struct records slots = { 0 };

	family_slots(0, &slots);
}

/* A pool's id is 1 or more: the policy refuses 0, and says which rule that is. */
static void test_refused(void (*ask)(void))
{
	char text[512];
	int ends[2], status;
	ssize_t length;
	pid_t child;

	test_sys(pipe(ends));
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		ask();
		_exit(0);
	}
	close(ends[1]);
	test_sys(waitpid(child, &status, 0));
	length = read(ends[0], text, sizeof(text) - 1);
	test_sys(length);
	text[length] = '\0';
	test_str(text, "guardslotctl: the kernel says: Numerical result out of range: "
		       "integer out of range\n");
	test_ok(WIFEXITED(status));
	test_eq(WEXITSTATUS(status), 1);
	close(ends[0]);
}

TEST("a request for one is refused in the kernel's words")
{
	test_refused(ask_one);
}

TEST("a dump is refused in the kernel's words")
{
	test_refused(ask_dump);
}

TEST_MAIN()
