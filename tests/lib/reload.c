// SPDX-License-Identifier: MIT
/* Unloads the module, and loads it from the files that the guest has. */
#include "reload.h"

#include <sys/syscall.h>

#include <guardslot.h>

long module_unload(void)
{
	return tap_sys(syscall(SYS_delete_module, "guardslot", O_NONBLOCK));
}

void test_module_unload(void)
{
	long ret;

	/* The last reference may be put a moment after its owner is gone. */
	test_until((ret = module_unload()) != -EWOULDBLOCK);
	test_err(0, ret);
	test_ok(access(GUARDSLOT_DEVICE, F_OK) != 0);
}

void test_module_load(void)
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
	test_until(access(GUARDSLOT_DEVICE, F_OK) == 0);
}
