// SPDX-License-Identifier: MIT
/*
 * Resets that nobody waits for: a thread of the kernel makes them, over io_uring, while the
 * program runs the next requests in other slots. A slot is used again when the CQE of its
 * reset is there. Needs the device, and liburing.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <liburing.h>

#include <libshim.h>

#define SLOTS 16
#define BATCH 4 /* slots of a command */
#define REQUESTS 1000
#define MEMORY (64ull << 10)

/* Slots that go to the kernel together, and come back together. */
struct batch {
	struct shim_command command;
	uint32_t slots[BATCH];
	uint32_t used; /* slots in use, from the first on */
};

static struct batch batches[SLOTS / BATCH];
static struct batch *ready[SLOTS / BATCH]; /* those whose slots are reset */
static unsigned int ready_count;

static struct shim_pool *pool;
static struct io_uring ring;

static void pool_open(void)
{
	struct shim_pool_config config;

	shim_pool_config_init(&config);
	config.backend = SHIM_BACKEND_DEVICE;
	config.slots = SLOTS;
	config.area_count = 1;
	config.areas[0].reserve = MEMORY;
	config.areas[0].guard = MEMORY;
	config.areas[0].max = MEMORY;
	config.areas[0].initial = MEMORY;
	if (shim_pool_create(&config, &pool))
		errx(1, "%s", shim_error());
}

static void ring_open(void)
{
	int error = -io_uring_queue_init(SLOTS / BATCH, &ring, 0);

	if (error == ENOSYS)
		errx(1, "this kernel has no io_uring");
	if (error == EPERM)
		errx(1, "io_uring is disabled: see sysctl kernel.io_uring_disabled");
	if (error)
		errx(1, "io_uring: %s", strerror(error));
}

/* A request finds memory that is all zero, and leaves something of its own. */
static void run(uint32_t slot, unsigned int request)
{
	unsigned char *memory = shim_slot_address(pool, slot, 0);

	for (size_t i = 0; i < MEMORY; i += 512)
		if (memory[i])
			errx(1, "request %u: slot %u has something of another", request, slot);
	memset(memory + request % 16 * 4096, (int)(request % 255) + 1, 4096);
}

static void hand_over(struct batch *batch)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	if (!sqe)
		errx(1, "the ring is full");
	shim_command_init(&batch->command);
	batch->command.kind = SHIM_COMMAND_RESET;
	batch->command.slots = batch->slots;
	batch->command.count = batch->used;
	if (shim_command_prepare(pool, &batch->command, sqe))
		errx(1, "%s", shim_error());
	io_uring_sqe_set_data(sqe, batch);
	if (io_uring_submit(&ring) != 1)
		errx(1, "io_uring_submit");
}

/* Waits for one only where no slot is ready. */
static void take_back(void)
{
	struct io_uring_cqe *cqe;
	struct batch *batch;
	int error = -io_uring_wait_cqe(&ring, &cqe);

	if (error == EINTR)
		return;
	if (error)
		errx(1, "io_uring_wait_cqe: %s", strerror(error));
	batch = io_uring_cqe_get_data(cqe);
	if (shim_command_finish(pool, &batch->command, cqe->res, NULL, NULL))
		errx(1, "%s", shim_error());
	io_uring_cqe_seen(&ring, cqe);
	batch->used = 0;
	ready[ready_count++] = batch;
}

int main(void)
{
	struct batch *batch = NULL;
	unsigned int resets = 0;

	pool_open();
	ring_open();
	for (uint32_t i = 0; i < SLOTS; i++)
		batches[i / BATCH].slots[i % BATCH] = i;
	for (unsigned int i = 0; i < SLOTS / BATCH; i++)
		ready[ready_count++] = &batches[i];

	for (unsigned int request = 0; request < REQUESTS; request++) {
		while (!batch && !ready_count)
			take_back();
		if (!batch)
			batch = ready[--ready_count];
		run(batch->slots[batch->used++], request);
		if (batch->used < BATCH)
			continue;
		hand_over(batch);
		resets += BATCH;
		batch = NULL;
	}
	while (ready_count < SLOTS / BATCH)
		take_back();
	printf("%d requests, %u resets by io_uring\n", REQUESTS, resets);
	io_uring_queue_exit(&ring);
	shim_pool_destroy(pool);
	return 0;
}
