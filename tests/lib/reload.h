/* SPDX-License-Identifier: MIT */
/*
 * The module unloaded, and put back as the test guest had it, with its parameters
 * beside it.
 */
#ifndef RELOAD_H
#define RELOAD_H

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <guardslot.h>

#include "tap.h"

static inline long module_unload(void)
{
	return tap_sys(syscall(SYS_delete_module, "guardslot", O_NONBLOCK));
}

/* After the last reference was put: that may take a moment. */
static inline void test_module_unload(void)
{
	long ret = module_unload();

	for (int i = 0; i < 100 && ret == -EWOULDBLOCK; i++) {
		usleep(10000);
		ret = module_unload();
	}
	test_err(0, ret);
	test_ok(access(GUARDSLOT_DEVICE, F_OK) != 0);
}

static inline void test_module_load(void)
{
	int module = open("/guest/module.ko", O_RDONLY | O_CLOEXEC);
	int file = open("/guest/params", O_RDONLY | O_CLOEXEC);
	char params[256] = "";

	test_sys(module);
	if (file >= 0) {
		test_sys(read(file, params, sizeof(params) - 1));
		close(file);
	}
	test_sys(syscall(SYS_finit_module, module, params, 0));
	close(module);
	for (int i = 0; i < 100 && access(GUARDSLOT_DEVICE, F_OK) != 0; i++)
		usleep(10000);
}

#endif /* RELOAD_H */
