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

static struct shim_pool *pool;
static volatile unsigned char *memory; /* of slot 0 */
static uint64_t page_size;
static const uint32_t first;

static void check(int error)
{
	if (error)
		errx(2, "%s", shim_error());
}

static void pool_make(uint64_t keep_resident)
{
	struct shim_pool_config config = {
		.size = sizeof(config),
		.slots = SLOTS,
		.area_count = 1,
		.keep_resident = keep_resident,
		.areas = { { .reserve = 64 * page_size,
			     .guard = 64 * page_size,
			     .max = 64 * page_size,
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

/* Copies what was never set into all pages of the slot. */
static void fill_undefined(void)
{
	unsigned char *undefined = malloc(PAGES * page_size);

	memcpy((void *)memory, undefined, PAGES * page_size);
	free(undefined);
}

static void decide_all(void)
{
	for (uint64_t page = 0; page < PAGES; page++)
		decide(memory[page * page_size]);
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
	fill_undefined();
	decide_all();
}

static void use_reset(void)
{
	fill_undefined();
	check(shim_slot_reset(pool, &first, 1, NULL));
	decide_all();
}

static void use_purged(void)
{
	fill_undefined();
	check(shim_slot_purge(pool, &first, 1, NULL));
	decide_all();
}

static void use_grown(void)
{
	fill_undefined();
	check(shim_slot_resize(pool, first, 0, page_size, NULL));
	check(shim_slot_resize(pool, first, 0, 2 * PAGES * page_size, NULL));
	for (uint64_t page = 1; page < 2 * PAGES; page++)
		decide(memory[page * page_size]);
	memory[2 * PAGES * page_size - 1] = 1;
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

static void use_shared(void)
{
	in_two_threads(write_anyway);
}

static const struct {
	const char *name;
	void (*body)(void);
} cases[] = {
	{ "claimed", use_claimed },	{ "unclaimed", use_unclaimed },
	{ "guard", use_guard },		{ "undefined", use_undefined },
	{ "reset", use_reset },		{ "purged", use_purged },
	{ "grown", use_grown },		{ "destroyed", use_destroyed },
	{ "handed-on", use_handed_on }, { "shared", use_shared },
};

int main(int argc, char **argv)
{
	page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	/* So that a reset drops pages, which tools do not see, and writes others. */
	pool_make(2 * page_size);
	for (size_t i = 0; argc > 1 && i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(cases[i].name, argv[1]) != 0)
			continue;
		cases[i].body();
		return 0;
	}
	errx(2, "no such case");
}
