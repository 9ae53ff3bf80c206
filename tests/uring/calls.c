// SPDX-License-Identifier: MIT
// io_uring makes RESET, PREFAULT and PURGE: they do, answer and refuse what ioctl() does.
#include "command.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

static struct io_uring ring;
static struct pool pool;

/* Slots 0 and 1 are bound to an image of two pages of 0x11. */
static void start(void)
{
	ring_open(&ring, 8, 0);
	pool = pool_small(4);
	test_rebind(&pool, 0, image_filled(&pool, 7, 0x11, 2));
	test_rebind(&pool, 1, 1);
}

static void dirty(uint32_t slot)
{
	test_resize(&pool, slot, 0, 4 * PAGE);
	memset(area_at(&pool, slot, 0), 0x22, 4 * PAGE);
}

static bool is_image(uint32_t slot)
{
	uint8_t image[2 * PAGE_MAX];

	memset(image, 0x11, 2 * PAGE);
	return limit_of(&pool, slot, 0) == 2 * PAGE &&
	       memcmp(area_at(&pool, slot, 0), image, 2 * PAGE) == 0;
}

TEST("INFO says that there are such commands")
{
	struct guardslot_info info = { 0 };

	start();
	test_info(pool.fd, &info);
	test_ok(info.out_features & GUARDSLOT_FEATURE_URING);
}

TEST("RESET resets the slots of its vector, and no other")
{
	static const uint32_t slots[] = { 1, 0 };
	struct guardslot_reset reset = {
		.size = sizeof(reset),
		.slots = (uintptr_t)slots,
		.count = 2,
	};

	start();
	for (uint32_t slot = 0; slot < 3; slot++)
		dirty(slot);
	test_eq(command_run(&ring, pool.fd, GUARDSLOT_IOC_RESET, &reset), 0);
	test_eq(reset.out_done, 2);
	test_ok(is_image(0));
	test_ok(is_image(1));
	test_bytes(area_at(&pool, 2, 0), 0x22, 4 * PAGE);
}

TEST("PREFAULT makes the pages of a range private, and says how many")
{
	static const uint32_t slot = 1;
	struct guardslot_prefault prefault = {
		.size = sizeof(prefault),
		.flags = GUARDSLOT_PREFAULT_RANGE,
		.slots = (uintptr_t)&slot,
		.count = 1,
		.length = 2 * PAGE,
	};

	start();
	test_eq(command_run(&ring, pool.fd, GUARDSLOT_IOC_PREFAULT, &prefault), 0);
	test_eq(prefault.out_done, 1);
	test_eq(prefault.out_pages, 2);
	test_eq(resident_of(&pool, 1), 2);
}

TEST("PURGE takes the slots of a tag, and says how many")
{
	struct guardslot_purge purge = {
		.size = sizeof(purge),
		.mode = GUARDSLOT_PURGE_TAG,
		.tag = 7,
	};

	start();
	dirty(0);
	dirty(1);
	test_eq(command_run(&ring, pool.fd, GUARDSLOT_IOC_PURGE, &purge), 0);
	test_eq(purge.out_done, 2);
	test_eq(resident_of(&pool, 0) + resident_of(&pool, 1), 0);
}

TEST("commands with IOSQE_ASYNC, linked ones, and those of a ring with larger SQEs do the same")
{
	static const uint32_t slots[] = { 0, 1, 2 };
	static const unsigned int flags[] = { 0, IORING_SETUP_SQE128 | IORING_SETUP_CQE32 };

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		struct guardslot_reset resets[3] = { 0 };

		start();
		io_uring_queue_exit(&ring);
		ring_open(&ring, 8, flags[i]);
		for (uint32_t slot = 0; slot < 3; slot++) {
			dirty(slot);
			resets[slot].size = sizeof(resets[slot]);
			resets[slot].slots = (uintptr_t)&slots[slot];
			resets[slot].count = 1;
		}
		command_add(&ring, pool.fd, GUARDSLOT_IOC_RESET, &resets[0])->flags = IOSQE_ASYNC;
		command_add(&ring, pool.fd, GUARDSLOT_IOC_RESET, &resets[1])->flags = IOSQE_IO_LINK;
		command_add(&ring, pool.fd, GUARDSLOT_IOC_RESET, &resets[2]);
		ring_submit(&ring);
		for (int left = 3; left; left--)
			test_eq(command_wait(&ring, NULL), 0);
		test_ok(is_image(0));
		test_ok(is_image(1));
		test_bytes(area_at(&pool, 2, 0), 0, 4 * PAGE);
		io_uring_queue_exit(&ring);
		pool_close(&pool);
	}
}

/* ---- errors --------------------------------------------------------------------------- */

TEST("what is wrong with a struct is the same error as of ioctl(), and out_done is written alike")
{
	static const uint32_t one = 1, none = NO_SLOT;
	static const struct guardslot_reset resets[] = {
		{ .size = 4 },
		{ .size = 1 << 20 },
		{ .size = sizeof(resets[0]), .flags = 1u << 31 },
		{ .size = sizeof(resets[0]), .count = 1 },
		{ .size = sizeof(resets[0]), .image = 1 },
		{ .size = sizeof(resets[0]), .__reserved = 1 },
		{ .size = sizeof(resets[0]), .count = 65537, .slots = (uintptr_t)&one },
		{ .size = sizeof(resets[0]), .count = 1, .slots = (uintptr_t)&none },
		{ .size = sizeof(resets[0]), .flags = GUARDSLOT_RESET_REBIND, .image = NO_IMAGE },
	};

	start();
	for (size_t i = 0; i < ARRAY_SIZE(resets); i++) {
		struct guardslot_reset called = resets[i], commanded = resets[i];
		int error = device_call(pool.fd, GUARDSLOT_IOC_RESET, &called);

		test_context("struct %zu", i);
		test_ok(error < 0);
		test_eq(command_run(&ring, pool.fd, GUARDSLOT_IOC_RESET, &commanded), error);
		test_mem(&commanded, &called, sizeof(called));
	}
	test_context(NULL);
	test_eq(command_run(&ring, pool.fd, GUARDSLOT_IOC_RESET, NULL), -EFAULT);
}

TEST("a number that is no call, or none for io_uring, is ENOTTY")
{
	struct guardslot_query query = { .size = sizeof(query) };

	start();
	test_eq(command_run(&ring, pool.fd, GUARDSLOT_IOC_QUERY, &query), -ENOTTY);
	test_eq(command_run(&ring, pool.fd, GUARDSLOT_IOC_CREATE, &query), -ENOTTY);
	test_eq(command_run(&ring, pool.fd, 0, &query), -ENOTTY);
	test_eq(command_run(&ring, pool.fd, ~0u, &query), -ENOTTY);
	test_eq(command_run(&ring, pool.fd, GUARDSLOT_IOC_RESET | 1u << 30, &query), -ENOTTY);
}

TEST("a reserved field, or flags of the command, are EOPNOTSUPP")
{
	struct guardslot_purge purge = { .size = sizeof(purge) };
	struct iovec buffer = { .iov_base = &purge, .iov_len = sizeof(purge) };
	struct guardslot_uring args = { .arg = (uintptr_t)&purge, .__reserved = 1 };

	start();
	memcpy(command_add(&ring, pool.fd, GUARDSLOT_IOC_PURGE, &purge)->cmd, &args, sizeof(args));
	ring_submit(&ring);
	test_eq(command_wait(&ring, NULL), -EOPNOTSUPP);
	/* The only flag that every kernel lets a submitter set. */
	test_success(io_uring_register_buffers(&ring, &buffer, 1));
	command_add(&ring, pool.fd, GUARDSLOT_IOC_PURGE, &purge)->rw_flags = 1;
	ring_submit(&ring);
	test_eq(command_wait(&ring, NULL), -EOPNOTSUPP);
}

TEST("without slots it is ENOENT, and on a file for reading EBADF")
{
	struct guardslot_purge purge = { .size = sizeof(purge) };
	int fd;

	start();
	fd = device_open();
	test_success(fd);
	test_eq(command_run(&ring, fd, GUARDSLOT_IOC_PURGE, &purge), -ENOENT);
	close(fd);
	fd = open(GUARDSLOT_DEVICE, O_RDONLY | O_CLOEXEC);
	test_sys(fd);
	test_eq(command_run(&ring, fd, GUARDSLOT_IOC_PURGE, &purge), -EBADF);
}

TEST_MAIN()
