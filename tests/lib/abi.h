/* SPDX-License-Identifier: MIT */
/*
 * A wrapper for each call of the device.
 *
 * do_resize(...) gives 0 or -errno. test_resize(...) must succeed, and
 * test_err_resize(-ENOENT, ...) must fail so; likewise the other calls, as far as tests
 * expect that of them.
 */
#ifndef TESTS_ABI_H
#define TESTS_ABI_H

#include "test.h"

#include <sys/ioctl.h>

#include <guardslot.h>

/* No slot and no image of any pool here. */
#define NO_SLOT 0xfffffff0u
#define NO_IMAGE 0x7ffffff0u

/* An open device with its pool, as it is mapped here. */
struct pool {
	int fd;
	uint8_t *base;
	uint8_t *claim;
	uint32_t claim_stride;
	struct guardslot_create geometry;
};

int device_open(void);
int device_call(int fd, unsigned int number, void *arg);
int do_info(int fd, struct guardslot_info *info);
int do_create(int fd, struct guardslot_create *create);

/* Leaves the new id in @create. */
int do_image_create(struct pool *pool, struct guardslot_image_create *create);

int do_image_snapshot(struct pool *pool, uint32_t slot, uint64_t tag, uint32_t *image);
int do_image_destroy(struct pool *pool, uint32_t image);

/* @cmd but for its size; leaves the answer in it. */
int do_reset_cmd(struct pool *pool, struct guardslot_reset *cmd);

int do_reset(struct pool *pool, uint32_t slot);
int do_rebind(struct pool *pool, uint32_t slot, uint32_t image);
int do_resize(struct pool *pool, uint32_t slot, uint32_t area, uint64_t limit);

/* @cmd but for its size; leaves the answer in it. */
int do_prefault_cmd(struct pool *pool, struct guardslot_prefault *cmd);

int do_purge_cmd(struct pool *pool, struct guardslot_purge *cmd);
int do_purge(struct pool *pool, uint32_t slot);
int do_query(struct pool *pool, uint32_t slot, struct guardslot_query *query);

#define test_info(...) test_err(0, do_info(__VA_ARGS__))
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
#define test_rebind(...) test_err(0, do_rebind(__VA_ARGS__))
#define test_err_rebind(error, ...) test_err(error, do_rebind(__VA_ARGS__))
#define test_resize(...) test_err(0, do_resize(__VA_ARGS__))
#define test_err_resize(error, ...) test_err(error, do_resize(__VA_ARGS__))
#define test_purge_cmd(...) test_err(0, do_purge_cmd(__VA_ARGS__))
#define test_err_purge_cmd(error, ...) test_err(error, do_purge_cmd(__VA_ARGS__))
#define test_purge(...) test_err(0, do_purge(__VA_ARGS__))
#define test_query(...) test_err(0, do_query(__VA_ARGS__))
#define test_err_query(error, ...) test_err(error, do_query(__VA_ARGS__))

#endif /* TESTS_ABI_H */
