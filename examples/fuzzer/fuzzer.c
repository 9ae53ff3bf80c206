// SPDX-License-Identifier: MIT
/*
 * A snapshot fuzzer on slots.
 *
 * The target is started once, in slot 0. The content of its memory then becomes an
 * image, and every slot is bound to it: each run begins right after start-up,
 * whatever the run before did. A write past the target's memory hits the guard and
 * raises a signal with the address of the write.
 *
 *	fuzzer [device|mmap]
 *
 * It ends when it has found the crash. The seed is fixed, so every run of this
 * program finds the same crash after the same number of executions.
 */
#include <err.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libshim.h>

#include "target.h"

#define SLOTS 16 /* inputs run between two resets */
#define INPUT_MAX 32
#define QUEUE_MAX 64
#define RUNS_MAX 1000000

struct input {
	size_t length;
	uint8_t bytes[INPUT_MAX];
};

/* Inputs that reached a place that none had reached before; others are made from them. */
static struct input queue[QUEUE_MAX] = { { .length = 2, .bytes = "GS" } };
static unsigned int queue_count = 1;
static uint8_t reached_ever[TARGET_PLACES];

static sigjmp_buf crash_jump;
static volatile uintptr_t crash_address;

static void check(int error)
{
	if (error)
		errx(1, "%s (%s)", shim_error(), strerror(-error));
}

/* ---- inputs ------------------------------------------------------------- */

static uint32_t random_below(uint32_t limit)
{
	static uint64_t state = 5;

	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(state >> 33) % limit;
}

/* With equal chances any byte, or one of those that the target's commands are made of. */
static uint8_t random_byte(void)
{
	static const uint8_t letters[] = { 'd', 'g', 'l', 'm', 's', 't', 'w' };

	if (random_below(2))
		return letters[random_below(sizeof(letters))];
	return (uint8_t)random_below(256);
}

/* An input of the queue with some bytes changed or added. */
static struct input input_make(void)
{
	struct input input = queue[random_below(queue_count)];

	for (uint32_t changes = 1 + random_below(6); changes; changes--) {
		if (random_below(2) && input.length < INPUT_MAX)
			input.bytes[input.length++] = random_byte();
		else
			input.bytes[random_below((uint32_t)input.length)] = random_byte();
	}
	return input;
}

static void input_keep_if_new(const struct input *input, const uint8_t *reached)
{
	int is_new = 0;

	for (int place = 0; place < TARGET_PLACES; place++) {
		is_new |= reached[place] && !reached_ever[place];
		reached_ever[place] |= reached[place];
	}
	if (is_new && queue_count < QUEUE_MAX)
		queue[queue_count++] = *input;
}

/* ---- runs --------------------------------------------------------------- */

static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	crash_address = (uintptr_t)info->si_addr;
	siglongjmp(crash_jump, 1);
}

static void signals_catch(void)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

/* Returns 1 when the input makes the target crash. */
static int run(struct target *target, const struct input *input)
{
	uint8_t reached[TARGET_PLACES] = { 0 };

	if (sigsetjmp(crash_jump, 1))
		return 1;
	target_run(target, input->bytes, input->length, reached);
	input_keep_if_new(input, reached);
	return 0;
}

/* ---- slots -------------------------------------------------------------- */

static struct shim_pool *pool_make(enum shim_backend backend)
{
	struct shim_pool_config config = {
		.size = sizeof(config),
		.backend = backend,
		.slots = SLOTS,
		.area_count = 1,
		.areas = { {
			.reserve = sizeof(struct target),
			/* More than the highest 16-bit number of a cell. */
			.guard = 1 << 20,
			.max = sizeof(struct target),
			.initial = sizeof(struct target),
		} },
	};
	struct shim_pool *pool;

	check(shim_pool_create(&config, &pool));
	printf("backend: %s\n", shim_pool_backend(pool) == SHIM_BACKEND_DEVICE ? "device" : "mmap");
	return pool;
}

static uint64_t pages_written(struct shim_pool *pool, uint32_t slot)
{
	struct shim_slot_info info = { .size = sizeof(info) };

	check(shim_slot_query(pool, slot, &info));
	return info.resident_pages;
}

/* Starts the target in slot 0, and binds every slot to a snapshot of it. */
static void snapshot(struct shim_pool *pool, const uint32_t *slots)
{
	uint32_t image;

	target_start(shim_slot_address(pool, 0, 0));
	printf("start-up: done once, wrote %" PRIu64 " pages\n", pages_written(pool, 0));
	check(shim_image_snapshot(pool, 1, 0, &image));
	check(shim_slot_rebind(pool, slots, SLOTS, image, NULL));
}

static void crash_report(struct shim_pool *pool, const struct input *input, uint64_t runs)
{
	struct target *clean = shim_slot_address(pool, 1, 0);

	printf("crash: execution %" PRIu64 ", input", runs);
	for (size_t i = 0; i < input->length; i++)
		printf(" %02x", input->bytes[i]);
	printf("\n");
	/* All slots were reset, so the crash must have left nothing in any of them. */
	if (!run(clean, input))
		errx(1, "the crash does not happen again");
	printf("crash: again in a clean slot, at byte %" PRIuPTR " past the limit\n",
	       crash_address - (uintptr_t)(clean + 1));
}

struct counts {
	uint64_t runs, pages, resets;
};

/* A run in each slot, up to the first crash. Returns its slot, or SLOTS. */
static uint32_t slots_run(struct shim_pool *pool, struct input *inputs, struct counts *counts)
{
	for (uint32_t i = 0; i < SLOTS; i++) {
		inputs[i] = input_make();
		counts->runs++;
		if (run(shim_slot_address(pool, i, 0), &inputs[i]))
			return i;
	}
	return SLOTS;
}

static void slots_reset(struct shim_pool *pool, const uint32_t *slots, struct counts *counts)
{
	/* For the figures only; a real fuzzer would not need the query. */
	for (uint32_t i = 0; i < SLOTS; i++)
		counts->pages += pages_written(pool, i);
	/* One call resets all slots. */
	check(shim_slot_reset(pool, slots, SLOTS, NULL));
	counts->resets++;
}

int main(int argc, char **argv)
{
	enum shim_backend backend = SHIM_BACKEND_BEST;
	uint32_t slots[SLOTS], crashed = SLOTS;
	struct counts counts = { 0 };
	struct input inputs[SLOTS];
	struct shim_pool *pool;

	if (argc > 1)
		backend = strcmp(argv[1], "mmap") ? SHIM_BACKEND_DEVICE : SHIM_BACKEND_MMAP;
	for (uint32_t i = 0; i < SLOTS; i++)
		slots[i] = i;
	pool = pool_make(backend);
	snapshot(pool, slots);
	signals_catch();

	while (crashed == SLOTS && counts.runs < RUNS_MAX) {
		crashed = slots_run(pool, inputs, &counts);
		slots_reset(pool, slots, &counts);
	}
	if (crashed == SLOTS)
		errx(1, "no crash in %d executions", RUNS_MAX);
	crash_report(pool, &inputs[crashed], counts.runs);
	printf("executions: %" PRIu64 ", reset calls: %" PRIu64 ", pages reset: %" PRIu64
	       ", inputs kept: %u\n",
	       counts.runs, counts.resets, counts.pages, queue_count);
	shim_pool_destroy(pool);
	return 0;
}
