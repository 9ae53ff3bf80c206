// SPDX-License-Identifier: MIT
/* Fills in commands, and waits for their end. */
#include "command.h"

void ring_open(struct io_uring *ring, unsigned int entries, unsigned int flags)
{
	test_success(io_uring_queue_init(entries, ring, flags));
}

struct io_uring_sqe *command_add(struct io_uring *ring, int fd, uint32_t number, void *arg)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	struct guardslot_uring args = { .arg = (uintptr_t)arg };

	test_ok(sqe);
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = fd;
	sqe->cmd_op = number;
	sqe->user_data = number;
	memcpy(sqe->cmd, &args, sizeof(args));
	return sqe;
}

void ring_submit(struct io_uring *ring)
{
	unsigned int ready = io_uring_sq_ready(ring);

	test_eq(io_uring_submit(ring), ready);
}

int command_wait(struct io_uring *ring, uint64_t *user_data)
{
	struct io_uring_cqe *cqe;
	int error, result;

	do
		error = io_uring_wait_cqe(ring, &cqe);
	while (error == -EINTR);
	test_success(error);
	result = cqe->res;
	if (user_data)
		*user_data = cqe->user_data;
	io_uring_cqe_seen(ring, cqe);
	return result;
}

int command_run(struct io_uring *ring, int fd, uint32_t number, void *arg)
{
	uint64_t whose;
	int result;

	command_add(ring, fd, number, arg);
	ring_submit(ring);
	result = command_wait(ring, &whose);
	test_eq(whose, number);
	return result;
}
