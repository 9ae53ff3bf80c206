// SPDX-License-Identifier: MIT
// io_uring makes prepared commands as the library makes its calls; where it cannot, an error says why.
#include "slot_test.h"

#include "uring.h"

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct shim_command command;
static struct io_uring_sqe sqe;
static struct model model;
static uint32_t image;
static const uint32_t slots[] = { 1, 2 };

static bool is_device(void)
{
	return backend_is("device");
}

static void start(void)
{
	config = config_default();
	pool = pool_create(&config);
	image = image_noise(pool, &config, 1, 1, &model);
	shim_command_init(&command);
	command.slots = slots;
	command.count = 2;
}

static int prepare(uint32_t kind)
{
	command.kind = kind;
	sqe.user_data = 77;
	return shim_command_prepare(pool, &command, &sqe);
}

/* Prepares, has it made, and finishes. */
static int make(uint32_t kind, uint64_t *pages, uint32_t *done)
{
	struct uring ring = uring_open();
	int result;

	must(prepare(kind));
	result = uring_do(&ring, &sqe);
	close(ring.fd);
	return shim_command_finish(pool, &command, result, pages, done);
}

TEST_WHEN(is_device, "a rebind and a reset leave the slots as the image")
{
	uint32_t done;

	start();
	command.image = image;
	must(make(SHIM_COMMAND_REBIND, NULL, &done));
	test_eq(done, 2);
	command.image = 0;
	for (int i = 0; i < 2; i++) {
		dirty_all(pool, slots[i], 3);
		must(make(SHIM_COMMAND_RESET, NULL, &done));
		test_eq(done, 2);
		model_check(pool, slots[i], &model);
	}
}

TEST_WHEN(is_device, "a prefault and a purge make pages private, and take them")
{
	uint64_t pages;
	uint32_t done;

	start();
	rebind(pool, 1, image);
	rebind(pool, 2, image);
	command.length = PAGE;
	must(make(SHIM_COMMAND_PREFAULT_RANGE, &pages, &done));
	test_eq(pages, 2);
	test_eq(done, 2);
	resident_is(pool, 1, 1);
	command.length = 0;
	must(make(SHIM_COMMAND_PURGE, &pages, &done));
	test_eq(pages, 0);
	test_eq(done, 2);
	resident_is(pool, 1, 0);
	/* The write set has no page yet. */
	must(make(SHIM_COMMAND_PREFAULT, &pages, &done));
	test_eq(pages, 0);
	test_eq(done, 2);
}

TEST_WHEN(is_device, "an error that only the kernel can find has a message")
{
	uint32_t done;

	start();
	command.image = 12345;
	must_fail(-ENOENT, "image 12345 is not in the pool",
		  make(SHIM_COMMAND_REBIND, NULL, &done));
	test_eq(done, 0);
	must_fail(-ECANCELED, "/dev/guardslot: RESET: cancelled before it began",
		  shim_command_finish(pool, &command, -ECANCELED, NULL, NULL));
}

TEST_WHEN(is_device, "the SQE keeps its user_data, and nothing else of before")
{
	start();
	memset(&sqe, 0xff, sizeof(sqe));
	must(prepare(SHIM_COMMAND_RESET));
	test_eq(sqe.user_data, 77);
	test_eq(sqe.opcode, IORING_OP_URING_CMD);
	test_eq(sqe.flags, 0);
	test_eq(sqe.len, 0);
}

TEST("what the kind has no use for, and what its call refuses, is refused with a message")
{
	start();
	must_fail(-EOPNOTSUPP, "command: kind 5 is unknown", prepare(5));
	command.image = 3;
	must_fail(-EINVAL, "command: image 3 with kind 0", prepare(SHIM_COMMAND_RESET));
	command.image = 0;
	command.length = PAGE;
	must_fail(-EINVAL, "command: a range with kind 2", prepare(SHIM_COMMAND_PURGE));
	command.length = 0;
	command.reserved = 1;
	must_fail(-EINVAL, "command: reserved is 1, not 0", prepare(SHIM_COMMAND_PURGE));
	command.reserved = 0;
	command.area = 9;
	must_fail(-EINVAL, "area 9 is not under the pool's 2",
		  prepare(SHIM_COMMAND_PREFAULT_RANGE));
	command.area = 0;
	command.count = SHIM_MAX_VECTOR + 1;
	must_fail(-EINVAL, "count 65537 is over 65536", prepare(SHIM_COMMAND_RESET));
	command.size = 8;
	test_err(-EINVAL, prepare(SHIM_COMMAND_RESET));
	must_fail(-EFAULT, "command is NULL", shim_command_prepare(pool, NULL, &sqe));
}

static bool is_mmap(void)
{
	return !is_device();
}

TEST_WHEN(is_mmap, "the mmap backend says that it has none")
{
	start();
	must_fail(-EOPNOTSUPP, "the mmap backend: no call can be left to io_uring",
		  prepare(SHIM_COMMAND_RESET));
	must_fail(-EOPNOTSUPP, "the mmap backend: no command was prepared",
		  shim_command_finish(pool, &command, 0, NULL, NULL));
}

TEST_MAIN()
