// SPDX-License-Identifier: MIT
/* Mounts devpts. */
#include "pts.h"

#include <sys/mount.h>
#include <sys/stat.h>

void pts_mount(void)
{
	mkdir("/dev/pts", 0755);
	if (access("/dev/pts/ptmx", F_OK))
		test_sys(mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=666"));
}
