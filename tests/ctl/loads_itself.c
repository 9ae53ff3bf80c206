// SPDX-License-Identifier: MIT
// Where the module is installed and not loaded, the first command of guardslotctl loads it; what only looks does not.
#include "test.h"

#include <stdlib.h>

#include "ctl.h"
#include "reload.h"

/* As depmod and modprobe of a system have it; the guest has neither by itself. */
#define INSTALL                                                             \
	"set -e; folder=/lib/modules/$(uname -r); mkdir -p $folder /sbin; " \
	"cp /guest/module.ko $folder/guardslot.ko; busybox depmod; "        \
	"[ -e /sbin/modprobe ] || ln -s /bin/busybox /sbin/modprobe; "      \
	"echo /sbin/modprobe >/proc/sys/kernel/modprobe"
#define REMOVE "rm -r /lib/modules/$(uname -r)"

TEST("list loads the module, and has no pool to show")
{
	struct output output;

	test_module_unload();
	ctl_fails_as(0, "list", 1, "module not loaded: guardslotctl doctor says what to do");
	test_eq(system(INSTALL), 0);
	ctl(&output, "list -o pool");
	test_str(output.err, "");
	test_str(output.out, "pool\n");
	test_eq(output.code, 0);
	/* With the parameters that the other tests expect. */
	test_module_unload();
	test_eq(system(REMOVE), 0);
	test_module_load();
}

TEST("doctor leaves it as it is, and says what to do")
{
	struct output output;

	test_module_unload();
	test_eq(system(INSTALL), 0);
	ctl(&output, "doctor");
	test_eq(system("grep -w ^guardslot /proc/modules"), 256);
	test_ok(strstr(output.out, "\nmodule\tbad\tmodule not loaded: modprobe guardslot\n"));
	test_ok(strstr(output.out, "\nnetlink\tnote\tcomes with the module\n"));
	test_eq(output.code, 1);
	test_eq(system(REMOVE), 0);
	test_module_load();
}

TEST("metrics say that it is not there, and leave it so")
{
	struct output output;

	test_module_unload();
	test_eq(system(INSTALL), 0);
	ctl(&output, "stats --prometheus");
	test_ok(strstr(output.out, "\nguardslot_up 0\n"));
	test_eq(output.code, 0);
	test_eq(system("grep -w ^guardslot /proc/modules"), 256);
	test_eq(system(REMOVE), 0);
	test_module_load();
}

TEST_MAIN()
