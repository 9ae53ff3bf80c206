// SPDX-License-Identifier: MIT
// A user outside the device's group cannot open it, and doctor says what to do.
/*
 * Such a user sees no pools of others, and no events.
 */
#include "test.h"

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <guardslot.h>
#include <libshim.h>

#include "ctl.h"
#include "ctl_pool.h"
#include "text.h"
#include "user.h"

#define MEMBERS 4242

/* Opens the device as a user with no groups but this one: 0 or -errno. */
static int open_as(unsigned int gid)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (setgroups(0, NULL) || setgid(gid) || setuid(NOBODY))
			_exit(255);
		_exit(open(GUARDSLOT_DEVICE, O_RDWR | O_CLOEXEC) < 0 ? errno : 0);
	}
	test_sys(waitpid(child, &status, 0));
	return -WEXITSTATUS(status);
}

TEST("only members of the device's group can open it")
{
	test_err(-EACCES, open_as(NOBODY));
	test_sys(chown(GUARDSLOT_DEVICE, 0, MEMBERS));
	test_err(-EACCES, open_as(NOBODY));
	test_success(open_as(MEMBERS));
	test_sys(chown(GUARDSLOT_DEVICE, 0, 0));
}

static void test_doctor(const char *line)
{
	struct output output;

	ctl_as(&output, NOBODY, "doctor");
	test_eq(output.code, 1);
	if (!strstr(output.out, line))
		test_fail("no line %s in:\n%s", line, output.out);
	test_ok(strstr(output.out, "\nbackend\tnote\tlibshim takes mmap, because: /dev/guardslot: "
				   "Permission denied\n"));
}

TEST("doctor says what keeps a user from the device")
{
	test_doctor("\ndevice\tbad\tpermission denied: it is root's: install the udev rule, "
		    "or chgrp it\n");
	write_text("/etc/group", "root:x:0:\nguardslot:x:4242:\n");
	test_sys(chown(GUARDSLOT_DEVICE, 0, MEMBERS));
	test_doctor("\ndevice\tbad\tpermission denied: adduser YOU guardslot, and log in again\n");
	/* A group without a name has its number. */
	write_text("/etc/group", "root:x:0:\n");
	test_doctor("\ndevice\tbad\tpermission denied: join its group 4242\n");
	test_sys(chmod(GUARDSLOT_DEVICE, 0600));
	test_doctor("\ndevice\tbad\tpermission denied: the mode is 600: chmod 660 "
		    "/dev/guardslot\n");
	test_sys(chmod(GUARDSLOT_DEVICE, 0660));
	test_sys(chown(GUARDSLOT_DEVICE, 0, 0));
	test_sys(unlink("/etc/group"));
}

TEST("pools of others are not there")
{
	struct shim_pool *pool = pool_plain(1);
	unsigned int id = pool_id();
	struct output output;
	char words[32], line[128];

	ctl_as(&output, NOBODY, "list");
	test_eq(output.code, 0);
	test_str(strchr(output.out, '\n'), "\n");
	snprintf(words, sizeof(words), "show %u", id);
	snprintf(line, sizeof(line), "no pool %u that you may see: guardslotctl list shows them",
		 id);
	ctl_fails_as(NOBODY, words, 1, line);
	ctl_as(&output, NOBODY, "stats");
	test_eq(output.code, 0);
	test_ok(!strstr(output.out, "-\tmemory_bytes") && !strstr(output.out, "-\tpools"));
	shim_pool_destroy(pool);
}

TEST("events are for root")
{
	ctl_fails_as(NOBODY, "events", 1, "events report the pools of all users: run this as root");
}

TEST_MAIN()
