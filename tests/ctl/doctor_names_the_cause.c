// SPDX-License-Identifier: MIT
// doctor tells the causes apart that leave a program without the device, each with its next step.
#include "test.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>

#include <guardslot.h>

#include "child.h"
#include "ctl.h"
#include "device_cgroup.h"
#include "reload.h"
#include "text.h"

static void doctor_says(const char *line)
{
	struct output output;

	ctl(&output, "doctor");
	test_eq(output.code, 1);
	if (!strstr(output.out, line))
		test_fail("no line %s in:\n%s", line, output.out);
}

/* Moves the node away, and puts it back. */
static void node_hide(void)
{
	test_sys(rename(GUARDSLOT_DEVICE, "/dev/guardslot.own"));
}

static void node_restore(void)
{
	test_sys(rename("/dev/guardslot.own", GUARDSLOT_DEVICE));
}

static void node_make(unsigned int major, unsigned int minor)
{
	test_sys(mknod(GUARDSLOT_DEVICE, S_IFCHR | 0660, makedev(major, minor)));
}

TEST("a node with another number than the module's")
{
	node_hide();
	node_make(1, 3);
	doctor_says("\ndevice\tbad\t/dev/guardslot has number 1:3, not the module's: rm it, rmmod "
		    "and modprobe guardslot\n");
	/* Where the number cannot be read, who answers is asked. */
	test_sys(mount("tmpfs", "/sys/class", "tmpfs", 0, NULL));
	doctor_says("\ndevice\tbad\twhat /dev/guardslot opens is not guardslot's: rm it, and "
		    "modprobe guardslot\n");
	test_sys(umount("/sys/class"));
	test_sys(unlink(GUARDSLOT_DEVICE));
	node_restore();
}

TEST("a file where the node should be")
{
	node_hide();
	write_text(GUARDSLOT_DEVICE, "");
	doctor_says("\ndevice\tbad\t/dev/guardslot is a file: rm it, and modprobe guardslot\n");
	test_sys(unlink(GUARDSLOT_DEVICE));
	node_restore();
}

TEST("a node that outlived the module")
{
	struct stat state;

	test_sys(stat(GUARDSLOT_DEVICE, &state));
	test_module_unload();
	node_make(major(state.st_rdev), minor(state.st_rdev));
	doctor_says("\ndevice\tbad\tnothing behind /dev/guardslot: modprobe guardslot\n");
	test_sys(unlink(GUARDSLOT_DEVICE));
	test_module_load();
}

TEST("a cgroup that refuses the device")
{
	struct stat state;

	test_sys(stat(GUARDSLOT_DEVICE, &state));
	in_child({
		device_cgroup_enter(major(state.st_rdev), minor(state.st_rdev));
		doctor_says("\ndevice\tbad\trefused by a cgroup: DeviceAllow=/dev/guardslot rw for "
			    "a service, --device for a container\n");
		doctor_says("\nbackend\tnote\tlibshim takes mmap, because: /dev/guardslot");
	});
	device_cgroup_remove();
}

/* A file of /lib/modules/RELEASE. */
static const char *modules_path(const char *name)
{
	static char path[256];
	struct utsname kernel;

	uname(&kernel);
	snprintf(path, sizeof(path), "/lib/modules/%s/%s", kernel.release, name);
	return path;
}

TEST("a module without headers, not installed, not loaded, and refused by Secure Boot")
{
	test_module_unload();
	doctor_says("\nmodule\tbad\tnot installed, and the headers of this kernel are not either: "
		    "install linux-headers-");
	mkdir("/lib", 0755);
	mkdir("/lib/modules", 0755);
	mkdir(modules_path(""), 0755);
	test_sys(mkdir(modules_path("build"), 0755));
	write_text(modules_path("build/Makefile"), "");
	doctor_says("\nmodule\tbad\tnot installed for this kernel: install guardslot-dkms\n");
	write_text(modules_path("modules.dep"), "updates/dkms/guardslot.ko:\n");
	doctor_says("\nmodule\tbad\tmodule not loaded: modprobe guardslot\n");
	test_sys(mount("tmpfs", "/sys/kernel/security", "tmpfs", 0, NULL));
	write_text("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	doctor_says("\nmodule\tbad\tnot loaded, and this kernel takes signed modules only (Secure "
		    "Boot): sign it with a key that mokutil --import made known, then modprobe "
		    "guardslot\n");
	test_sys(umount("/sys/kernel/security"));
	test_sys(unlink(modules_path("modules.dep")));
	test_sys(unlink(modules_path("build/Makefile")));
	test_sys(rmdir(modules_path("build")));
	test_module_load();
}

TEST_MAIN()
