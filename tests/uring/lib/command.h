/* SPDX-License-Identifier: MIT */
/*
 * Commands of io_uring to the device, with liburing.
 */
#ifndef TESTS_COMMAND_H
#define TESTS_COMMAND_H

#include "abi.h"

#include <liburing.h>

/* A ring of its own; the kernel must let a process have one. */
void ring_open(struct io_uring *ring, unsigned int entries, unsigned int flags);

/* The next SQE, filled in for a call with its struct; its user_data is the number. */
struct io_uring_sqe *command_add(struct io_uring *ring, int fd, uint32_t number, void *arg);

/* Submits all that was added. */
void ring_submit(struct io_uring *ring);

/* Waits for the next completion, whose result it returns; user_data may be NULL. */
int command_wait(struct io_uring *ring, uint64_t *user_data);

/* One command with no other under way: 0 or -errno, as ioctl() would. */
int command_run(struct io_uring *ring, int fd, uint32_t number, void *arg);

#endif /* TESTS_COMMAND_H */
