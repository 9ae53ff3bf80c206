// SPDX-License-Identifier: MIT
// A module with an older ABI is refused with a message; a newer one is not, for the ABI only grows.
#include "test.h"

#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <guardslot.h>
#include <libshim.h>

#include "format.h"

/* ---- a device with the version that the test gives it ------------------------ */

static uint32_t version;
static int calls; /* other than INFO */

int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	if (strcmp(path, GUARDSLOT_DEVICE) == 0)
		path = "/dev/null";
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
}

int __wrap_ioctl(int fd, unsigned long number, ...);
int __wrap_ioctl(int fd, unsigned long number, ...)
{
	struct guardslot_info *info;
	va_list args;

	va_start(args, number);
	info = va_arg(args, struct guardslot_info *);
	va_end(args);
	if (_IOC_TYPE(number) != GUARDSLOT_IOCTL_TYPE)
		return (int)syscall(SYS_ioctl, fd, number, info);
	if (number != GUARDSLOT_IOC_INFO) {
		calls++;
		errno = EPERM;
		return -1;
	}
	info->out_abi_version = version;
	info->out_page_size = PAGE;
	info->out_max_slots = 1000;
	info->out_max_areas = GUARDSLOT_MAX_AREAS;
	info->out_max_map_size = UINT64_C(1) << 46;
	info->out_max_vector = 100;
	info->out_claim_stride = 64;
	return 0;
}

static int pool_try(enum shim_backend backend, struct shim_pool **pool)
{
	struct shim_pool_config config = {
		.size = sizeof(config),
		.backend = backend,
		.slots = 1,
		.area_count = 1,
		.areas = { { .reserve = PAGE, .max = PAGE } },
	};

	return shim_pool_create(&config, pool);
}

TEST("an older module is refused, and the message names both versions")
{
	struct shim_pool *pool;

	version = GUARDSLOT_ABI_VERSION - 1;
	test_err(-EOPNOTSUPP, pool_try(SHIM_BACKEND_DEVICE, &pool));
	test_str(shim_error(), format("/dev/guardslot: the module's ABI version %d is under %d, "
				      "which the library needs: load a newer module",
				      GUARDSLOT_ABI_VERSION - 1, GUARDSLOT_ABI_VERSION));
	test_eq(calls, 0);
}

TEST("the best backend is then plain memory")
{
	struct shim_pool *pool;

	version = GUARDSLOT_ABI_VERSION - 1;
	test_success(pool_try(SHIM_BACKEND_BEST, &pool));
	test_eq(shim_pool_backend(pool), SHIM_BACKEND_MMAP);
	test_eq(calls, 0);
	shim_pool_destroy(pool);
}

TEST("a newer module is used")
{
	struct shim_pool *pool;

	version = GUARDSLOT_ABI_VERSION + 1;
	test_err(-EPERM, pool_try(SHIM_BACKEND_DEVICE, &pool));
	test_eq(calls, 1);
}

TEST_MAIN()
