// SPDX-License-Identifier: MIT
// A module's file is read in parts in a process that locks its memory, too.
#include "module_test.h"

#include <sys/mman.h>

#include "file.h"

#define LONG (128 << 20)

/* A custom section of 128 MiB, which is a hole, and a memory. */
static int file_make(void)
{
	static const uint8_t head[] = {
		0x00, 'a', 's', 'm', 1, 0, 0, 0, 0, 0x80, 0x80, 0x80, 0xc0, 0x00,
	};
	static const uint8_t memory[] = { 5, 3, 1, 0, 3 };
	int file = test_sys(memfd_create("module", MFD_CLOEXEC));

	test_eq(pwrite(file, head, sizeof(head), 0), sizeof(head));
	test_eq(pwrite(file, memory, sizeof(memory), sizeof(head) + LONG), sizeof(memory));
	return file;
}

TEST("a section that is skipped takes no memory after mlockall(MCL_FUTURE)")
{
	struct shim_module *module;
	int file = file_make();

	test_sys(mlockall(MCL_FUTURE));
	must(shim_module_open_fd(file, &module));
	test_eq(shim_module_desc(module)->defined_memories[0].minimum, 3);
	/* In kB. */
	test_ok(get_number("/proc/self/status", "VmHWM") < LONG / 1024 / 2);
	shim_module_destroy(module);
	close(file);
}

TEST_MAIN()
