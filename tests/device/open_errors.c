// SPDX-License-Identifier: MIT
// A device that cannot be opened: the message has the error, and a hint where that is the cause.
#include "test.h"

#include <sys/syscall.h>

#include <guardslot.h>
#include <libshim.h>

#include "format.h"

static int error_now;
static const char *other; /* is opened instead of the device */

int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	if (strcmp(path, GUARDSLOT_DEVICE) != 0)
		return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
	if (other)
		return (int)syscall(SYS_openat, AT_FDCWD, other, O_RDONLY, 0);
	errno = error_now;
	return -1;
}

static void open_is_refused(int error, const char *message)
{
	struct shim_pool_config config = {
		.size = sizeof(config),
		.backend = SHIM_BACKEND_DEVICE,
		.slots = 1,
		.area_count = 1,
		.areas = { { .reserve = PAGE, .max = PAGE } },
	};
	struct shim_pool *pool;

	test_err(-error, shim_pool_create(&config, &pool));
	test_str(shim_error(), message);
}

static void open_fails(int error, const char *hint)
{
	error_now = error;
	open_is_refused(error, format("%s: %s%s", GUARDSLOT_DEVICE, strerror(error), hint));
}

TEST("no node, and a node with no module behind it")
{
	static const int errors[] = { ENOENT, ENXIO, ENODEV };

	for (unsigned int i = 0; i < ARRAY_SIZE(errors); i++)
		open_fails(errors[i], " (is the module loaded?)");
}

TEST("the cgroup of devices, or a filter of system calls")
{
	open_fails(EPERM, " (do the cgroup and the filter of system calls of this service or "
			  "container allow it?)");
}

TEST("a node of another driver, and a file that is none")
{
	static const char *const paths[] = { "/dev/null", "/dev/zero", "/proc/self/exe" };

	for (unsigned int i = 0; i < ARRAY_SIZE(paths); i++) {
		other = paths[i];
		open_is_refused(ENODEV, format("%s: what is there is not guardslot's: remove it, "
					       "and load the module again",
					       GUARDSLOT_DEVICE));
	}
	other = NULL;
}

TEST("any other error")
{
	static const int errors[] = { EACCES, EMFILE, ENFILE, ENOMEM, EINTR, ENOTDIR };

	for (unsigned int i = 0; i < ARRAY_SIZE(errors); i++)
		open_fails(errors[i], "");
}

TEST_MAIN()
