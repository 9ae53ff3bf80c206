/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the raw ABI share: a wrapper for each call, and a pool that
 * is open, created and mapped in one line.
 *
 * do_reset(...) gives 0 or -errno. test_reset(...) must succeed, and
 * test_err_reset(-ENOENT, ...) must fail so; the same for every call.
 */
#ifndef TESTS_ABI_H
#define TESTS_ABI_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <guardslot.h>

#include "tap.h"

#define PAGE ((size_t)sysconf(_SC_PAGESIZE))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* No slot and no image of any pool here. */
#define NO_SLOT 0xfffffff0u
#define NO_IMAGE 0x7ffffff0u

struct pool {
	int fd;
	uint8_t *base;
	uint8_t *claim;
	uint32_t claim_stride;
	struct guardslot_create geometry;
};

static inline int device_open(void)
{
	int fd = open(GUARDSLOT_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static inline int device_call(int fd, unsigned int number, void *arg)
{
	int ret = ioctl(fd, number, arg);

	return ret < 0 ? -errno : ret;
}

/* ---- the calls ----------------------------------------------------------- */

static inline int do_info(int fd, struct guardslot_info *info)
{
	info->size = sizeof(*info);
	return device_call(fd, GUARDSLOT_IOC_INFO, info);
}

static inline int do_create(int fd, struct guardslot_create *create)
{
	create->size = sizeof(*create);
	return device_call(fd, GUARDSLOT_IOC_CREATE, create);
}

/* Leaves the new id in @create. */
static inline int do_image_create(struct pool *pool, struct guardslot_image_create *create)
{
	create->size = sizeof(*create);
	return device_call(pool->fd, GUARDSLOT_IOC_IMAGE_CREATE, create);
}

static inline int do_image_snapshot(struct pool *pool, uint32_t slot, uint64_t tag, uint32_t *image)
{
	struct guardslot_image_snapshot cmd = { .size = sizeof(cmd), .slot = slot, .tag = tag };
	int ret = device_call(pool->fd, GUARDSLOT_IOC_IMAGE_SNAPSHOT, &cmd);

	*image = cmd.out_image;
	return ret;
}

static inline int do_image_destroy(struct pool *pool, uint32_t image)
{
	struct guardslot_image_destroy cmd = { .size = sizeof(cmd), .image = image };

	return device_call(pool->fd, GUARDSLOT_IOC_IMAGE_DESTROY, &cmd);
}

/* @cmd but for its size; leaves the answer in it. */
static inline int do_reset_cmd(struct pool *pool, struct guardslot_reset *cmd)
{
	cmd->size = sizeof(*cmd);
	return device_call(pool->fd, GUARDSLOT_IOC_RESET, cmd);
}

static inline int do_reset(struct pool *pool, uint32_t slot)
{
	struct guardslot_reset cmd = { .slots = (uintptr_t)&slot, .count = 1 };

	return do_reset_cmd(pool, &cmd);
}

static inline int do_rebind(struct pool *pool, uint32_t slot, uint32_t image)
{
	struct guardslot_reset cmd = {
		.flags = GUARDSLOT_RESET_REBIND,
		.slots = (uintptr_t)&slot,
		.count = 1,
		.image = image,
	};

	return do_reset_cmd(pool, &cmd);
}

static inline int do_resize(struct pool *pool, uint32_t slot, uint32_t area, uint64_t limit)
{
	struct guardslot_resize cmd = {
		.size = sizeof(cmd),
		.slot = slot,
		.area = area,
		.limit = limit,
	};

	return device_call(pool->fd, GUARDSLOT_IOC_RESIZE, &cmd);
}

static inline int do_purge_cmd(struct pool *pool, struct guardslot_purge *cmd)
{
	cmd->size = sizeof(*cmd);
	return device_call(pool->fd, GUARDSLOT_IOC_PURGE, cmd);
}

static inline int do_purge(struct pool *pool, uint32_t slot)
{
	struct guardslot_purge cmd = { .slots = (uintptr_t)&slot, .count = 1 };

	return do_purge_cmd(pool, &cmd);
}

static inline int do_query(struct pool *pool, uint32_t slot, struct guardslot_query *query)
{
	*query = (struct guardslot_query){ .size = sizeof(*query), .slot = slot };
	return device_call(pool->fd, GUARDSLOT_IOC_QUERY, query);
}

#define test_info(...) test_err(0, do_info(__VA_ARGS__))
#define test_err_info(error, ...) test_err(error, do_info(__VA_ARGS__))
#define test_create(...) test_err(0, do_create(__VA_ARGS__))
#define test_err_create(error, ...) test_err(error, do_create(__VA_ARGS__))
#define test_image_create(...) test_err(0, do_image_create(__VA_ARGS__))
#define test_err_image_create(error, ...) test_err(error, do_image_create(__VA_ARGS__))
#define test_image_snapshot(...) test_err(0, do_image_snapshot(__VA_ARGS__))
#define test_err_image_snapshot(error, ...) test_err(error, do_image_snapshot(__VA_ARGS__))
#define test_image_destroy(...) test_err(0, do_image_destroy(__VA_ARGS__))
#define test_err_image_destroy(error, ...) test_err(error, do_image_destroy(__VA_ARGS__))
#define test_reset_cmd(...) test_err(0, do_reset_cmd(__VA_ARGS__))
#define test_err_reset_cmd(error, ...) test_err(error, do_reset_cmd(__VA_ARGS__))
#define test_reset(...) test_err(0, do_reset(__VA_ARGS__))
#define test_err_reset(error, ...) test_err(error, do_reset(__VA_ARGS__))
#define test_rebind(...) test_err(0, do_rebind(__VA_ARGS__))
#define test_err_rebind(error, ...) test_err(error, do_rebind(__VA_ARGS__))
#define test_resize(...) test_err(0, do_resize(__VA_ARGS__))
#define test_err_resize(error, ...) test_err(error, do_resize(__VA_ARGS__))
#define test_purge_cmd(...) test_err(0, do_purge_cmd(__VA_ARGS__))
#define test_err_purge_cmd(error, ...) test_err(error, do_purge_cmd(__VA_ARGS__))
#define test_purge(...) test_err(0, do_purge(__VA_ARGS__))
#define test_err_purge(error, ...) test_err(error, do_purge(__VA_ARGS__))
#define test_query(...) test_err(0, do_query(__VA_ARGS__))
#define test_err_query(error, ...) test_err(error, do_query(__VA_ARGS__))

/* ---- pools --------------------------------------------------------------- */

/*
 * A small geometry with something of everything: a pre-guard, an area with room
 * between max and reserve and a guard, and one with no guard and no such room.
 */
static inline struct guardslot_create small_geometry(uint32_t slots)
{
	return (struct guardslot_create){
		.slots = slots,
		.area_count = 2,
		.pre_guard = 2 * PAGE,
		.areas = {
			{ 20 * PAGE, 3 * PAGE, 16 * PAGE, 4 * PAGE },
			{ 6 * PAGE, 0, 6 * PAGE, 2 * PAGE },
		},
	};
}

/* Opens and creates, but maps nothing. */
static inline struct pool pool_create(const struct guardslot_create *geometry)
{
	struct pool pool = { .fd = device_open(), .geometry = *geometry };
	struct guardslot_info info = { 0 };

	test_success(pool.fd);
	test_create(pool.fd, &pool.geometry);
	test_info(pool.fd, &info);
	pool.claim_stride = info.out_claim_stride;
	return pool;
}

static inline uint8_t *map_shared(int fd, size_t size, uint64_t offset)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);

	if (at == MAP_FAILED)
		test_fail("mmap of %zu at %#lx: %s", size, (unsigned long)offset, strerror(errno));
	return at;
}

static inline struct pool pool_map(const struct guardslot_create *geometry)
{
	struct pool pool = pool_create(geometry);

	pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	pool.claim =
		map_shared(pool.fd, pool.geometry.out_claim_size, pool.geometry.out_claim_offset);
	return pool;
}

static inline struct pool pool_small(uint32_t slots)
{
	struct guardslot_create geometry = small_geometry(slots);

	return pool_map(&geometry);
}

static inline void pool_close(struct pool *pool)
{
	if (pool->base) {
		test_sys(munmap(pool->base, pool->geometry.out_map_size));
		test_sys(munmap(pool->claim, pool->geometry.out_claim_size));
	}
	test_sys(close(pool->fd));
}

/* From the start of the slab. */
static inline uint64_t slab_offset(const struct pool *pool, uint32_t slot, uint32_t area)
{
	return pool->geometry.pre_guard + slot * pool->geometry.out_stride +
	       pool->geometry.out_area_offset[area];
}

static inline uint8_t *area_at(const struct pool *pool, uint32_t slot, uint32_t area)
{
	return pool->base + slab_offset(pool, slot, area);
}

static inline _Atomic uint32_t *claim_word(const struct pool *pool, uint32_t slot)
{
	return (_Atomic uint32_t *)(pool->claim + (size_t)slot * pool->claim_stride);
}

static inline uint64_t limit_of(struct pool *pool, uint32_t slot, uint32_t area)
{
	struct guardslot_query query;

	test_query(pool, slot, &query);
	return query.out_limit[area];
}

static inline uint32_t resident_of(struct pool *pool, uint32_t slot)
{
	struct guardslot_query query;

	test_query(pool, slot, &query);
	return query.out_resident_pages;
}

/* ---- memory and processes ------------------------------------------------ */

static inline uint8_t peek(const void *at)
{
	return *(const volatile uint8_t *)at;
}

static inline void poke(void *at, uint8_t value)
{
	*(volatile uint8_t *)at = value;
}

/* An image with @length bytes from @source at the start of area 0. */
static inline uint32_t image_of(struct pool *pool, uint64_t tag, const void *source, size_t length,
				uint64_t limit)
{
	struct guardslot_image_create create = {
		.tag = tag,
		.areas[0] = { .source = (uintptr_t)source, .length = length, .limit = limit },
		.areas[1] = { .limit = pool->geometry.areas[1].initial },
	};

	test_image_create(pool, &create);
	return create.out_image;
}

/* The same, of @pages pages that are all @value, with as large a limit. */
static inline uint32_t image_filled(struct pool *pool, uint64_t tag, uint8_t value, size_t pages)
{
	uint8_t content[16 * PAGE];

	memset(content, value, pages * PAGE);
	return image_of(pool, tag, content, pages * PAGE, pages * PAGE);
}

/* A page with nothing behind it: gives the address of its last @room bytes. */
static inline void *before_hole(size_t room)
{
	uint8_t *at =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	test_ok(at != MAP_FAILED);
	/* Not unmapped: the next mmap() would take the place. */
	test_sys(mprotect(at + PAGE, PAGE, PROT_NONE));
	return at + PAGE - room;
}

/* Runs the block in a child; it fails the test as if it were the test's own. */
#define in_child(...)                  \
	do {                           \
		pid_t child_ = fork(); \
		test_sys(child_);      \
		if (child_ == 0) {     \
			__VA_ARGS__;   \
			_exit(0);      \
		}                      \
		test_child(child_);    \
	} while (0)

/* The child must exit with 0. */
static inline void test_child(pid_t child)
{
	int status = -1;

	test_eq(waitpid(child, &status, 0), child);
	test_eq(status, 0);
}

#endif /* TESTS_ABI_H */
