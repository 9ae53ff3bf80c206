// SPDX-License-Identifier: MIT
// A command does what its SQE and its struct said once: what changes there later moves nothing else.
#include "command.h"
#include "image.h"
#include "pool.h"
#include "soak.h"

#include <pthread.h>

#define SLOTS 64u

static struct io_uring ring;
static struct pool pool;
static uint32_t slot_index[SLOTS];

static void start(unsigned int entries, unsigned int flags)
{
	ring_open(&ring, entries, flags);
	pool = pool_plain(SLOTS, 2, 0);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		slot_index[slot] = slot;
}

static struct guardslot_reset reset_of(const uint32_t *slots, uint32_t count)
{
	return (struct guardslot_reset){
		.size = sizeof(struct guardslot_reset),
		.slots = (uintptr_t)slots,
		.count = count,
	};
}

TEST("an SQE that is used again at once does not change the command before it")
{
	struct guardslot_reset resets[SLOTS];

	start(1, 0);
	for (long round = 0; round < 20; round++) {
		for (uint32_t slot = 0; slot < SLOTS; slot++)
			memset(area_at(&pool, slot, 0), 0xff, 2 * PAGE);
		/* All in the one SQE that the ring has, every second slot. */
		for (uint32_t slot = 0; slot < SLOTS; slot += 2) {
			resets[slot] = reset_of(&slot_index[slot], 1);
			command_add(&ring, pool.fd, GUARDSLOT_IOC_RESET, &resets[slot]);
			ring_submit(&ring);
		}
		for (uint32_t slot = 0; slot < SLOTS; slot += 2)
			test_eq(command_wait(&ring, NULL), 0);
		for (uint32_t slot = 0; slot < SLOTS; slot++) {
			test_context("round %ld, slot %u", round, slot);
			test_bytes(area_at(&pool, slot, 0), slot % 2 ? 0xff : 0, 2 * PAGE);
		}
	}
}

/* What a thread writes over while commands run. */
static struct {
	struct guardslot_reset arg;
	uint32_t vector[200];
	atomic_bool stop;
} torn;

/* Slots 0 and 1 in turn, counts that are right and wrong, sizes, flags; and the SQEs. */
static void *scribble(void *unused)
{
	volatile struct guardslot_reset *arg = &torn.arg;
	volatile uint32_t *vector = torn.vector;

	for (uint32_t i = 0; !atomic_load(&torn.stop); i++) {
		volatile uint64_t *cmd = (volatile uint64_t *)&ring.sq.sqes[i % 8].cmd;

		vector[i % ARRAY_SIZE(torn.vector)] = i % 2;
		vector[7] = i % 3 ? 1 : NO_SLOT;
		arg->count = i % 5 ? 200 : 1u << 31;
		arg->size = i % 7 ? sizeof(*arg) : 0;
		arg->slots = i % 11 ? (uintptr_t)torn.vector : 8;
		cmd[0] = i % 13 ? (uintptr_t)&torn.arg : 8;
		cmd[1] = i % 17 == 0;
	}
	return unused;
}

static bool is_expected(int result)
{
	return result == 0 || result == -EFAULT || result == -EINVAL || result == -ENOENT ||
	       result == -EOPNOTSUPP;
}

TEST("while a thread changes SQE, struct and vector, slots that nothing names stay as they are")
{
	pthread_t thread;
	long round = 0, done = 0;

	start(8, 0);
	for (uint32_t slot = 2; slot < SLOTS; slot++)
		memset(area_at(&pool, slot, 0), 0xff, 2 * PAGE);
	torn.arg = reset_of(torn.vector, 200);
	test_success(-pthread_create(&thread, NULL, scribble, NULL));
	soak_start(300);
	for (; soak_goes_on(round) || !done; round++) {
		for (int i = 0; i < 8; i++)
			command_add(&ring, pool.fd, GUARDSLOT_IOC_RESET, &torn.arg);
		ring_submit(&ring);
		for (int i = 0; i < 8; i++) {
			int result = command_wait(&ring, NULL);

			if (!is_expected(result))
				test_fail("a command ended with %d", result);
			done += result == 0;
		}
	}
	soak_end(round);
	atomic_store(&torn.stop, true);
	pthread_join(thread, NULL);
	for (uint32_t slot = 2; slot < SLOTS; slot++)
		test_bytes(area_at(&pool, slot, 0), 0xff, 2 * PAGE);
}

TEST("a ring that the kernel polls (SQPOLL) does the same")
{
	struct guardslot_reset reset = reset_of(slot_index, SLOTS);

	start(8, IORING_SETUP_SQPOLL);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		memset(area_at(&pool, slot, 0), 0xff, 2 * PAGE);
	test_eq(command_run(&ring, pool.fd, GUARDSLOT_IOC_RESET, &reset), 0);
	test_eq(reset.out_done, SLOTS);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		test_bytes(area_at(&pool, slot, 0), 0, 2 * PAGE);
}

TEST_MAIN()
