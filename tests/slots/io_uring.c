// SPDX-License-Identifier: MIT
// What io_uring does with slot memory, at once, later, or over a pin, is what libshim(7) says.
#include "slot_test.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "child.h"
#include "uring.h"

/* From Linux 6.5. */
#ifndef IORING_SETUP_NO_MMAP
#define IORING_SETUP_NO_MMAP (1U << 14)
#endif

#define AT (2 * PAGE + 11) /* in area 0 */
#define LENGTH (PAGE + 100)
#define SEED 60
#define GROUP 1

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model model;
static struct uring ring;
static int from; /* what is written to to[] can be read here */
static int to;
static unsigned char sent[2 * PAGE_MAX];

/* Slot 0 is bound to an image, and grown by 9 pages. */
static void start(void)
{
	config = config_default();
	pool = pool_create(&config);
	rebind(pool, 0, image_noise(pool, &config, 1, 3, &model));
	resize(pool, 0, 0, model.limits[0] + 9 * PAGE);
	fill(sent, LENGTH, SEED);
	ring = uring_open();
}

static volatile unsigned char *target(void)
{
	return area_at(pool, 0, 0) + AT;
}

static void slot_has_what_was_sent(void)
{
	test_mem((const void *)target(), sent, LENGTH);
}

/* ---- ways to have something arrive ---------------------------------------------------- */

static struct io_uring_sqe receive(void)
{
	int ends[2];

	test_sys(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	from = ends[0];
	to = ends[1];
	return (struct io_uring_sqe){ .opcode = IORING_OP_RECV };
}

static struct io_uring_sqe read_pipe(void)
{
	int ends[2];

	test_sys(pipe(ends));
	from = ends[0];
	to = ends[1];
	return (struct io_uring_sqe){ .opcode = IORING_OP_READ, .off = -1ULL };
}

/* A worker of the kernel's waits for it. */
static struct io_uring_sqe read_by_worker(void)
{
	struct io_uring_sqe operation = read_pipe();

	operation.flags = IOSQE_ASYNC;
	return operation;
}

/* The kernel keeps the address from one call on, and another takes it. */
static struct io_uring_sqe receive_into_provided(void)
{
	const struct io_uring_sqe provide = {
		.opcode = IORING_OP_PROVIDE_BUFFERS,
		.addr = (uintptr_t)target(),
		.len = LENGTH,
		.fd = 1, /* so many */
		.buf_group = GROUP,
	};
	struct io_uring_sqe operation = receive();

	test_eq(uring_do(&ring, &provide), 0);
	operation.flags = IOSQE_BUFFER_SELECT;
	operation.buf_group = GROUP;
	return operation;
}

static struct io_uring_sqe (*const ways[])(void) = { receive, read_pipe, read_by_worker,
						     receive_into_provided };

/* Slot 0 is there then, and the operation is not started. */
static struct io_uring_sqe operation_of(struct io_uring_sqe (*way)(void))
{
	struct io_uring_sqe operation;

	start();
	operation = way();
	operation.fd = from;
	operation.len = LENGTH;
	operation.user_data = 7;
	if (!(operation.flags & IOSQE_BUFFER_SELECT))
		operation.addr = (uintptr_t)target();
	return operation;
}

/* Each of the ways in a child. */
static void each_way(void (*test)(struct io_uring_sqe *operation))
{
	for (size_t way = 0; way < ARRAY_SIZE(ways); way++) {
		struct io_uring_sqe operation;

		test_context("way %zu", way);
		in_child(operation = operation_of(ways[way]); test(&operation));
	}
}

static void arrive(void)
{
	test_eq(write(to, sent, LENGTH), LENGTH);
}

/* ---- tests ---------------------------------------------------------------------------- */

static void is_over_before(struct io_uring_sqe *operation)
{
	arrive();
	test_eq(uring_do(&ring, operation), LENGTH);
	slot_has_what_was_sent();
	reset(pool, 0);
	model_check(pool, 0, &model);
}

TEST_WHEN(uring_exists, "what is over before a reset is gone after it")
{
	each_way(is_over_before);
}

static void is_cancelled_before(struct io_uring_sqe *operation)
{
	const struct io_uring_sqe cancel = {
		.opcode = IORING_OP_ASYNC_CANCEL,
		.addr = operation->user_data,
		.user_data = 8,
	};
	uint64_t first, second;

	uring_start(&ring, operation);
	uring_start(&ring, &cancel);
	uring_wait(&ring, &first);
	uring_wait(&ring, &second);
	test_eq(first + second, operation->user_data + cancel.user_data);
	reset(pool, 0);
	arrive();
	model_check(pool, 0, &model);
	test_eq(read(from, sent, LENGTH), LENGTH);
}

TEST_WHEN(uring_exists, "what was cancelled before a reset writes nothing after it")
{
	each_way(is_cancelled_before);
}

static void is_armed_over(struct io_uring_sqe *operation)
{
	uring_start(&ring, operation);
	reset(pool, 0);
	model_check(pool, 0, &model);
	resize(pool, 0, 0, model.limits[0] + 9 * PAGE);
	arrive();
	test_eq(uring_wait(&ring, NULL), LENGTH);
	slot_has_what_was_sent();
	reset(pool, 0);
	model_check(pool, 0, &model);
}

TEST_WHEN(uring_exists, "what is armed over a reset writes into the slot, until the next reset")
{
	each_way(is_armed_over);
}

static void is_armed_past_limit(struct io_uring_sqe *operation)
{
	struct model none = model_none(&config);

	uring_start(&ring, operation);
	resize(pool, 0, 0, PAGE);
	arrive();
	test_eq(uring_wait(&ring, NULL), -EFAULT);
	rebind(pool, 0, SHIM_IMAGE_NONE);
	model_check(pool, 0, &none);
	resize(pool, 0, 0, config.areas[0].max);
	test_bytes((const void *)area_at(pool, 0, 0), 0, config.areas[0].max);
}

TEST_WHEN(uring_exists,
	  "what is armed past a limit that is lowered then is EFAULT, and writes nothing")
{
	each_way(is_armed_past_limit);
}

/* ---- pins ----------------------------------------------------------------------------- */

static int buffer_register(void)
{
	const struct iovec buffer = { (void *)target(), LENGTH };

	return uring_register(&ring, IORING_REGISTER_BUFFERS, &buffer, 1);
}

static void read_into_registered(void)
{
	struct io_uring_sqe operation = read_pipe();

	operation.opcode = IORING_OP_READ_FIXED;
	operation.fd = from;
	operation.addr = (uintptr_t)target();
	operation.len = LENGTH;
	arrive();
	test_eq(uring_do(&ring, &operation), LENGTH);
}

static bool pins_are_refused(void)
{
	return uring_exists() && backend_get() == SHIM_BACKEND_DEVICE;
}

static bool pins_are_taken(void)
{
	return uring_exists() && backend_get() == SHIM_BACKEND_MMAP;
}

/* Both structs have it last; headers before Linux 6.5 have another name for it. */
static void user_address_set(void *offsets, size_t size, volatile unsigned char *at)
{
	const uint64_t address = (uintptr_t)at;

	memcpy((unsigned char *)offsets + size - sizeof(address), &address, sizeof(address));
}

TEST_WHEN(pins_are_refused, "a registered buffer in a slot is EFAULT, touched or not")
{
	start();
	test_err(-EFAULT, buffer_register());
	dirty_all(pool, 0, 4);
	test_err(-EFAULT, buffer_register());
}

TEST_WHEN(pins_are_refused, "a ring of buffers and a ring of operations in a slot are refused")
{
	struct io_uring_buf_reg buffers = { .ring_entries = 8, .bgid = GROUP };
	struct io_uring_params params = { .flags = IORING_SETUP_NO_MMAP };

	start();
	dirty_all(pool, 0, 4);
	buffers.ring_addr = (uintptr_t)area_at(pool, 0, 0);
	test_err(-EFAULT, uring_register(&ring, IORING_REGISTER_PBUF_RING, &buffers, 1));
	user_address_set(&params.sq_off, sizeof(params.sq_off), area_at(pool, 0, 0));
	user_address_set(&params.cq_off, sizeof(params.cq_off), area_at(pool, 0, 0) + PAGE);
	test_eq(syscall(SYS_io_uring_setup, 8, &params), -1);
	/* Before Linux 6.5 there is no such flag. */
	test_ok(errno == EFAULT || errno == EINVAL);
}

TEST_WHEN(pins_are_taken, "what is read into a registered buffer before a reset is gone after it")
{
	start();
	test_success(buffer_register());
	read_into_registered();
	slot_has_what_was_sent();
	reset(pool, 0);
	model_check(pool, 0, &model);
}

TEST_WHEN(pins_are_taken,
	  "after a reset a registered buffer may be the slot's still, until the next one")
{
	start();
	test_success(buffer_register());
	reset(pool, 0);
	resize(pool, 0, 0, model.limits[0] + 9 * PAGE);
	read_into_registered();
	reset(pool, 0);
	model_check(pool, 0, &model);
}

/* The slot's memory is other pages then, whatever has the old ones. */
static void is_cut_off_by(void (*call)(void), const struct model *expected)
{
	start();
	test_success(buffer_register());
	call();
	model_check(pool, 0, expected);
	read_into_registered();
	model_check(pool, 0, expected);
	dirty_all(pool, 0, 5);
	reset(pool, 0);
	model_check(pool, 0, expected);
}

static void do_purge(void)
{
	purge(pool, 0);
}

static void do_purge_idle(void)
{
	must(release_kept(pool, 0));
	must(shim_pool_purge_idle(pool, NULL));
	must(shim_slot_claim(pool, 0));
}

TEST_WHEN(pins_are_taken, "a purge cuts a registered buffer off from the slot")
{
	in_child(is_cut_off_by(do_purge, &model));
	in_child(is_cut_off_by(do_purge_idle, &model));
}

TEST_MAIN()
