// SPDX-License-Identifier: MIT
// An error is one line on standard error that says the next step, and nothing on standard output.
/*
 * The exit code is 1, or 2 for a wrong command line.
 */
#include "test.h"

#include <sys/stat.h>

#include "ctl.h"
#include "reload.h"
#include "text.h"

TEST("a command line that is wrong is answered with the right one")
{
	ctl_fails_as(0, "shwo", 2, "no command shwo: guardslotctl --help lists them");
	ctl_fails_as(0, "show", 2, "usage: guardslotctl show [--json] [-o COLUMNS] POOL");
	ctl_fails_as(0, "slots 1 2", 2, "usage: guardslotctl slots [--json] [-o COLUMNS] POOL");
	ctl_fails_as(0, "list 1", 2, "usage: guardslotctl list [--json] [-o COLUMNS]");
	ctl_fails_as(0, "stats --xml", 2,
		     "usage: guardslotctl stats [--json | --prometheus] [-o FILE]");
	ctl_fails_as(0, "events -n", 2,
		     "usage: guardslotctl events [--json] [-o COLUMNS] [-n COUNT]");
	ctl_fails_as(0, "events now", 2,
		     "usage: guardslotctl events [--json] [-o COLUMNS] [-n COUNT]");
	ctl_fails_as(0, "top -x", 2,
		     "usage: guardslotctl top [--json] [-o COLUMNS] [-d SECONDS] [-n COUNT] [-s "
		     "COLUMN]");
	ctl_fails_as(0, "help shwo", 2, "no command shwo: guardslotctl --help lists them");
	ctl_fails_as(0, "version 1", 2, "usage: guardslotctl version [--json]");
}

TEST("help and version are commands, and --help belongs to each command")
{
	struct output output, other;

	ctl(&output, "help");
	ctl(&other, "--help");
	test_eq(output.code, 0);
	test_str(output.out, other.out);
	test_ok(strstr(output.out, "\n  doctor   what works here"));
	ctl(&output, "version");
	ctl(&other, "--version");
	test_eq(output.code, 0);
	test_str(output.out, other.out);
	ctl(&output, "version --json");
	test_eq(output.code, 0);
	test_ok(strstr(output.out, "{\n   \"schema\": 1,\n   \"version\": [\n"));
	ctl(&output, "version -o program");
	test_eq(output.code, 2);
	ctl(&output, "show --help");
	ctl(&other, "help show");
	test_eq(output.code, 0);
	test_str(output.out, other.out);
	test_mem(output.out, "usage: guardslotctl show [--json] [-o COLUMNS] POOL\n", 51);
}

TEST("a column that is not there is answered with those that are")
{
	ctl_fails_as(0, "doctor -o check,size", 2,
		     "no column \"size\" in doctor: check, state, finding");
	ctl_fails_as(0, "top -o +pools", 2,
		     "no column \"pools\" in top: pool, pid, command, slots, resident, resets/s, "
		     "purges/s, faults/s, guard_hits/s, reclaims/s, user");
}

TEST("numbers are checked")
{
	ctl_fails_as(0, "show x", 2, "POOL must be a whole number of at least 1, not \"x\"");
	ctl_fails_as(0, "show 0", 2, "POOL must be a whole number of at least 1, not \"0\"");
	ctl_fails_as(0, "show -- -1", 2, "POOL must be a whole number of at least 1, not \"-1\"");
	ctl_fails_as(0, "show 4294967296", 2,
		     "POOL must be a whole number of at least 1, not \"4294967296\"");
	ctl_fails_as(0, "events -n 0", 2, "-n must be a whole number of at least 1, not \"0\"");
	ctl_fails_as(0, "top -d 3601", 2, "-d must be 0.1 to 3600 seconds, not \"3601\"");
	ctl_fails_as(0, "top -d 0", 2, "-d must be 0.1 to 3600 seconds, not \"0\"");
	ctl_fails_as(0, "top -d nan", 2, "-d must be 0.1 to 3600 seconds, not \"nan\"");
	ctl_fails_as(0, "top -d 1s", 2, "-d must be 0.1 to 3600 seconds, not \"1s\"");
	ctl_fails_as(0, "top -s size", 2,
		     "top cannot sort by \"size\": pool, resident, resets, purges, faults, "
		     "guard_hits or reclaims");
}

TEST("a pool that is not there")
{
	static const char line[] = "no pool 4000000 that you may see: guardslotctl list shows them";

	ctl_fails_as(0, "show 4000000", 1, line);
	ctl_fails_as(0, "slots 4000000", 1, line);
	ctl_fails_as(0, "images 4000000", 1, line);
}

TEST("output that cannot be written is an error")
{
	ctl_fails_as(0, "list >/dev/full", 1, "cannot write: No space left on device");
	ctl_fails_as(0, "stats -o /nowhere/file", 1,
		     "cannot write beside /nowhere/file: No such file or directory");
	ctl_fails_as(0, "stats -o /dev/null", 1,
		     "/dev/null is no regular file: use the standard output");
}

TEST("output to a stream that is closed is an error, and goes nowhere else")
{
	struct output output;

	ctl_fails_as(0, "list >&-", 1, "cannot write: Bad file descriptor");
	ctl_fails_as(0, "stats --json >&- <&-", 1, "cannot write: Bad file descriptor");
	ctl_fails_as(0, "--help >&-", 1, "cannot write: Bad file descriptor");
	ctl(&output, "shwo 2>&-");
	test_eq(output.code, 2);
	test_str(output.out, "");
	ctl(&output, "list <&- 2>&-");
	test_eq(output.code, 0);
	test_ok(strstr(output.out, "resident"));
}

TEST("without the module each command says to load it, and doctor says all there is")
{
	static const char *const commands[] = { "",	    "list",   "show 1", "slots 1",
						"images 1", "events", "top",	"stats" };
	struct output output;

	test_module_unload();
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		ctl_fails_as(0, commands[i], 1,
			     "module not loaded: guardslotctl doctor says what to do");
	ctl(&output, "stats --prometheus");
	test_eq(output.code, 0);
	test_ok(strstr(output.out, "\nguardslot_up 0\n"));
	ctl(&output, "doctor");
	test_eq(output.code, 1);
	test_ok(strstr(output.out, "\nmodule\tbad\tnot installed, and the headers of "));
	test_ok(strstr(output.out, "\ndevice\tbad\tno /dev/guardslot: it comes with the module"));
	test_ok(strstr(output.out, "\nbackend\tnote\tlibshim takes mmap, because: /dev/guardslot: "
				   "No such file or directory"));
	test_module_load();
	ctl(&output, "doctor");
	test_eq(output.code, 0);
	test_ok(strstr(output.out, "\nbackend\tok\tlibshim takes the device\n"));
}

TEST("doctor names limits that are low")
{
	struct output output;

	test_eq(system("ulimit -v 33554432; guardslotctl doctor >/tmp/doctor"), 0);
	read_text("/tmp/doctor", output.out, sizeof(output.out));
	test_ok(strstr(output.out, "\naddress space\tnote\tlimit 32G, room for 5 slots of 6 GiB"));
	test_sys(system("mkdir -p /sys/fs/cgroup/ctl; echo +memory "
			">/sys/fs/cgroup/cgroup.subtree_control"));
	test_eq(system("echo 64M >/sys/fs/cgroup/ctl/memory.max"), 0);
	test_eq(system("echo $$ >/sys/fs/cgroup/ctl/cgroup.procs; guardslotctl doctor >/tmp/doctor"),
		0);
	read_text("/tmp/doctor", output.out, sizeof(output.out));
	test_ok(strstr(output.out, "\nmemory cgroup\tok\tlimit 64M, used "));
	test_until(rmdir("/sys/fs/cgroup/ctl") == 0);
}

TEST_MAIN()
