// SPDX-License-Identifier: MIT
/*
 * Right and wrong uses of a slot, for tests/checkers/run: it says which of them a tool has
 * to report. One a run:
 *
 *	slot_uses CASE
 */
#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libshim.h>

#define SLOTS 2
#define PAGES 4 /* of a slot's limit */
#define MOST 64 /* that it may have: more than the 64 KiB past a limit that a tool is told of */

static struct shim_pool *pool;
static volatile unsigned char *memory; /* of slot 0 */
static uint64_t page_size;
static const uint32_t first;

static void check(int error)
{
	if (error)
		errx(2, "%s", shim_error());
}

static void pool_make(uint64_t keep_resident, uint32_t reset_mode)
{
	struct shim_pool_config config = {
		.size = sizeof(config),
		.slots = SLOTS,
		.area_count = 1,
		.keep_resident = keep_resident,
		.reset_mode = reset_mode,
		.areas = { { .reserve = MOST * page_size,
			     .guard = MOST * page_size,
			     .max = MOST * page_size,
			     .initial = PAGES * page_size } },
	};

	check(shim_pool_create(&config, &pool));
	memory = shim_slot_address(pool, first, 0);
}

/* A branch on a byte: what tools that know undefined values report. */
static void decide(unsigned char byte)
{
	if (byte == 7)
		puts("seven");
}

/* Copies what was never set into so many pages of the slot. */
static void fill_undefined(uint64_t pages)
{
	unsigned char *undefined = malloc(pages * page_size);

	memcpy((void *)memory, undefined, pages * page_size);
	free(undefined);
}

static void decide_all(uint64_t from, uint64_t to)
{
	for (uint64_t page = from; page < to; page++)
		decide(memory[page * page_size]);
}

static void resize(uint64_t pages)
{
	check(shim_slot_resize(pool, first, 0, pages * page_size, NULL));
}

/* ---- cases ---------------------------------------------------------------------- */

static void use_claimed(void)
{
	memory[0] = 1;
	check(shim_slot_release(pool, &first, 1, 0, NULL));
	check(shim_slot_claim(pool, first));
	decide(memory[0]);
	memory[PAGES * page_size - 1] = 1;
}

static void use_unclaimed(void)
{
	memory[0] = 1;
	check(shim_slot_release(pool, &first, 1, 0, NULL));
	decide(memory[0]);
}

static void use_guard(void)
{
	memory[PAGES * page_size] = 1;
}

static void use_undefined(void)
{
	fill_undefined(PAGES);
	decide_all(0, PAGES);
}

static void use_reset(void)
{
	fill_undefined(PAGES);
	check(shim_slot_reset(pool, &first, 1, NULL));
	decide_all(0, PAGES);
}

static void use_purged(void)
{
	fill_undefined(PAGES);
	check(shim_slot_purge(pool, &first, 1, NULL));
	decide_all(0, PAGES);
}

/* What a limit gives back is zero when it is raised again, far past the limit too. */
static void use_grown(void)
{
	resize(MOST);
	fill_undefined(MOST);
	resize(1);
	resize(MOST);
	decide_all(1, MOST);
	memory[MOST * page_size - 1] = 1;
}

/* Farther than what the tool is told of, where the slot had pages before. */
static void use_far(void)
{
	resize(MOST);
	fill_undefined(MOST);
	resize(1);
	memory[(MOST - 1) * page_size] = 1;
}

/* What comes to lie where the slot was is not the slot. */
static void use_destroyed(void)
{
	void *at = (void *)memory;

	check(shim_slot_release(pool, &first, 1, 0, NULL));
	shim_pool_destroy(pool);
	if (mmap(at, PAGES * page_size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != at)
		err(2, "mmap");
	memory[0] = 1;
	decide(memory[0]);
}

static void *write_claimed(void *unused)
{
	(void)unused;
	for (int turn = 0; turn < 100; turn++) {
		while (shim_slot_claim(pool, first))
			sched_yield();
		memory[0]++;
		check(shim_slot_release(pool, &first, 1, SHIM_RELEASE_KEEP, NULL));
	}
	return NULL;
}

static void *write_anyway(void *unused)
{
	(void)unused;
	for (int turn = 0; turn < 100; turn++)
		memory[0]++;
	return NULL;
}

static void in_two_threads(void *(*body)(void *))
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, body, NULL))
			errx(2, "no thread");
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

static void use_handed_on(void)
{
	check(shim_slot_release(pool, &first, 1, 0, NULL));
	in_two_threads(write_claimed);
}

static void *write_claimed_any(void *unused)
{
	(void)unused;
	for (int turn = 0; turn < 500; turn++) {
		uint32_t slot;

		while (shim_slot_claim_any(pool, &slot))
			sched_yield();
		++*(volatile unsigned char *)shim_slot_address(pool, slot, 0);
		check(shim_slot_release(pool, &slot, 1, 0, NULL));
	}
	return NULL;
}

/* Of a pool whose own thread resets, and the program's where they find no slot. */
static void use_background(void)
{
	const uint32_t slots[SLOTS] = { 0, 1 };

	shim_pool_destroy(pool);
	pool_make(2 * page_size, SHIM_RESET_THREADS);
	check(shim_slot_release(pool, slots, SLOTS, 0, NULL));
	in_two_threads(write_claimed_any);
	shim_pool_destroy(pool);
}

/* Nobody has reset the slot, and nobody may touch it. */
static void use_waiting(void)
{
	shim_pool_destroy(pool);
	pool_make(2 * page_size, SHIM_RESET_EVENT);
	memory[0] = 1;
	check(shim_slot_release(pool, &first, 1, 0, NULL));
	decide(memory[0]);
}

static void use_shared(void)
{
	in_two_threads(write_anyway);
}

static const struct {
	const char *name;
	void (*body)(void);
} cases[] = {
	{ "claimed", use_claimed },	  { "unclaimed", use_unclaimed },
	{ "guard", use_guard },		  { "undefined", use_undefined },
	{ "reset", use_reset },		  { "purged", use_purged },
	{ "grown", use_grown },		  { "far", use_far },
	{ "destroyed", use_destroyed },	  { "handed-on", use_handed_on },
	{ "shared", use_shared },	  { "waiting", use_waiting },
	{ "background", use_background },
};

int main(int argc, char **argv)
{
	page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	/* So that a reset drops pages, which tools do not see, and writes others. */
	pool_make(2 * page_size, SHIM_RESET_CALLER);
	for (size_t i = 0; argc > 1 && i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(cases[i].name, argv[1]) != 0)
			continue;
		cases[i].body();
		return 0;
	}
	errx(2, "no such case");
}
