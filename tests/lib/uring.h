/* SPDX-License-Identifier: MIT */
/*
 * A ring of io_uring with room for a few operations, made with plain system calls.
 */
#ifndef TESTS_URING_H
#define TESTS_URING_H

#include "test.h"

#include <linux/io_uring.h>

struct uring {
	int fd;
	struct io_uring_params params;
	struct io_uring_sqe *sqes;
	unsigned char *submitted; /* the ring of submissions */
	unsigned char *completed; /* the ring of completions */
};

/* Whether this kernel lets the process have one. In a test guest it must. */
bool uring_exists(void);

struct uring uring_open(void);

/* Starts an operation. What cannot be done at once is armed when this returns. */
void uring_start(struct uring *ring, const struct io_uring_sqe *operation);

/* Waits for the next operation to end; its result, and whose it is. */
int uring_wait(struct uring *ring, uint64_t *user_data);

/* Starts one operation and waits for it, with no other under way. */
int uring_do(struct uring *ring, const struct io_uring_sqe *operation);

/* Returns 0 or -errno. */
int uring_register(struct uring *ring, unsigned int what, const void *with, unsigned int count);

#endif /* TESTS_URING_H */
