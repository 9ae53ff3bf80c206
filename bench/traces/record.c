// SPDX-License-Identifier: MIT
/*
 * Records which pages the demo's programs write: each runs 500 times from the same start,
 * with random inputs, in private maps of a file that has its initial content. The pages that
 * are no longer the file's are those that were written.
 *
 *	record >bench/traces/traces.txt
 *
 * Pages are numbered through all that is reset with an instance: the page of wasm2c's instance
 * struct and those of its table, then the linear memory. The same build gives the same text.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "input.h"
#include "instance.h"
#include "place.h"
#include "program.h"
#include "trap.h"

#define RUNS 500
/* Random seeds are below it; a seed chooses a file of a corpus by counting. */
#define SEEDS 100000

/* The demo counts in pages of 4 KiB everywhere. */
#define PAGE 4096u
#define STATE_PAGES ((STATE_ROOM + TABLE_ROOM) / PAGE)
#define MEMORY_LENGTH (MEMORY_PAGES_MAX * WASM_PAGE)
#define PAGES (STATE_PAGES + MEMORY_LENGTH / PAGE)

#define WORD_PRESENT (UINT64_C(1) << 63)
#define WORD_FILE (UINT64_C(1) << 61)

/* The pages that a run wrote. */
struct set {
	bool written[PAGES];
};

struct recorder {
	const struct program *program;
	struct instance origin;
	int file; /* state, table and memory as they are after start-up */
	int pagemap;
	uint64_t length; /* of the linear memory after start-up */
	struct set *sets;
	uint32_t set_count;
	uint32_t run[RUNS]; /* the number of its set */
	struct lots lots;
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- one run ------------------------------------------------------------------ */

static void map_fresh(const struct recorder *recorder, void *start, uint64_t length, uint64_t at)
{
	if (mmap(start, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, recorder->file,
		 (off_t)at) == MAP_FAILED)
		fail("mmap");
}

/* The place is as it was after start-up; all that it has is the file's. */
static void place_renew(const struct recorder *recorder)
{
	const struct place *place = &recorder->origin.place;

	map_fresh(recorder, place->area[AREA_STATE], STATE_ROOM + TABLE_ROOM, 0);
	map_fresh(recorder, place->area[AREA_MEMORY], MEMORY_LENGTH, STATE_ROOM + TABLE_ROOM);
	if (mprotect(place->area[AREA_MEMORY] + recorder->length, MEMORY_LENGTH - recorder->length,
		     PROT_NONE))
		fail("mprotect");
}

static void pages_read(const struct recorder *recorder, const uint8_t *start, uint32_t count,
		       bool *written)
{
	static uint64_t words[PAGES];
	size_t length = count * sizeof(words[0]);

	if (pread(recorder->pagemap, words, length,
		  (off_t)((uintptr_t)start / PAGE * sizeof(words[0]))) != (ssize_t)length)
		fail("/proc/self/pagemap");
	for (uint32_t i = 0; i < count; i++)
		written[i] = (words[i] & WORD_PRESENT) && !(words[i] & WORD_FILE);
}

static void run_once(const struct recorder *recorder, uint32_t seed, struct set *set)
{
	static char input[INPUT_MAX];
	const struct program *program = recorder->program;
	const struct place *place = &recorder->origin.place;
	int expected = program->expected ? program->expected(seed) : 0;
	struct instance instance = { .place = *place };
	size_t length = program->input(seed, input, sizeof(input));

	place_renew(recorder);
	instance_bind(&instance, &recorder->origin);
	if (instance_run(&instance, seed, input, length).status != expected) {
		fprintf(stderr, "record: %s, seed %u: ended as it should not\n", program->name,
			seed);
		exit(1);
	}
	pages_read(recorder, place->area[AREA_STATE], STATE_PAGES, set->written);
	pages_read(recorder, place->area[AREA_MEMORY], MEMORY_LENGTH / PAGE,
		   set->written + STATE_PAGES);
}

/* ---- a program ------------------------------------------------------------------ */

static void write_all(int file, const void *from, size_t length)
{
	if (write(file, from, length) != (ssize_t)length)
		fail("write");
}

static void recorder_init(struct recorder *recorder, const struct program *program)
{
	struct place *place = &recorder->origin.place;

	*recorder = (struct recorder){ .program = program };
	lots_init(&recorder->lots, 1);
	program->init_module();
	if (place_plain_init(place) || instance_start(&recorder->origin, program)) {
		fprintf(stderr, "record: %s does not start\n", program->name);
		exit(1);
	}
	recorder->length = instance_memory(&recorder->origin)->size;
	recorder->file = memfd_create("start", MFD_CLOEXEC);
	recorder->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (recorder->file < 0 || recorder->pagemap < 0)
		fail("cannot record");
	write_all(recorder->file, place->area[AREA_STATE], STATE_ROOM + TABLE_ROOM);
	write_all(recorder->file, place->area[AREA_MEMORY], recorder->length);
	if (ftruncate(recorder->file, STATE_ROOM + TABLE_ROOM + MEMORY_LENGTH))
		fail("ftruncate");
	recorder->sets = calloc(RUNS, sizeof(recorder->sets[0]));
	if (!recorder->sets)
		fail("calloc");
}

static void recorder_uninit(struct recorder *recorder)
{
	place_plain_free(&recorder->origin.place);
	close(recorder->file);
	close(recorder->pagemap);
	free(recorder->sets);
}

/* The number of a set like the last one, which goes if it was there before. */
static uint32_t set_number(struct recorder *recorder)
{
	const struct set *last = &recorder->sets[recorder->set_count];

	for (uint32_t i = 0; i < recorder->set_count; i++)
		if (!memcmp(last->written, recorder->sets[i].written, sizeof(last->written)))
			return i;
	return recorder->set_count++;
}

static void record(struct recorder *recorder)
{
	for (uint32_t i = 0; i < RUNS; i++) {
		uint32_t seed = lots_draw(&recorder->lots, SEEDS);

		/* What ends in different ways knows its seeds only. */
		if (recorder->program->expected)
			seed %= recorder->program->seeds;
		run_once(recorder, seed, &recorder->sets[recorder->set_count]);
		recorder->run[i] = set_number(recorder);
	}
}

/* ---- the text ----------------------------------------------------------------------- */

/* How many pages there are up to the last one that is not zero after start-up. */
static uint32_t image_pages(const struct recorder *recorder)
{
	const uint64_t *memory;
	uint64_t words = recorder->length / sizeof(*memory);

	place_renew(recorder);
	memory = (const uint64_t *)recorder->origin.place.area[AREA_MEMORY];
	while (words && !memory[words - 1])
		words--;
	return STATE_PAGES + (uint32_t)((words * sizeof(*memory) + PAGE - 1) / PAGE);
}

/* Pages that any run wrote. */
static void union_take(const struct recorder *recorder, struct set *all)
{
	memset(all, 0, sizeof(*all));
	for (uint32_t i = 0; i < recorder->set_count; i++)
		for (uint32_t page = 0; page < PAGES; page++)
			all->written[page] |= recorder->sets[i].written[page];
}

static void union_print(const struct set *all)
{
	fputs("pages", stdout);
	for (uint32_t i = 0, end; i < PAGES; i = end + 1) {
		for (end = i; end < PAGES && all->written[end];)
			end++;
		if (end > i)
			printf(end == i + 1 ? " %u" : " %u-%u", i, end - 1);
	}
	putchar('\n');
}

/* One bit a page of the union, the first one lowest, and four bits a digit. */
static void set_print(const struct set *set, const struct set *all)
{
	unsigned int digit = 0, bits = 0;

	fputs("set ", stdout);
	for (uint32_t page = 0; page < PAGES; page++) {
		if (!all->written[page])
			continue;
		digit |= (unsigned int)set->written[page] << bits++;
		if (bits < 4)
			continue;
		printf("%x", digit);
		digit = 0;
		bits = 0;
	}
	if (bits)
		printf("%x", digit);
	putchar('\n');
}

static void runs_print(const struct recorder *recorder)
{
	fputs("runs", stdout);
	for (uint32_t i = 0, end; i < RUNS; i = end) {
		for (end = i + 1; end < RUNS && recorder->run[end] == recorder->run[i];)
			end++;
		printf(end == i + 1 ? " %u" : " %u*%u", recorder->run[i], end - i);
	}
	putchar('\n');
}

static void print(const struct recorder *recorder)
{
	struct set all;

	union_take(recorder, &all);
	printf("program %s image %u\n", recorder->program->name, image_pages(recorder));
	union_print(&all);
	for (uint32_t i = 0; i < recorder->set_count; i++)
		set_print(&recorder->sets[i], &all);
	runs_print(recorder);
}

int main(void)
{
	puts("# SPDX-License"
	     "-Identifier: MIT\n"
	     "# Made by bench/traces/record.c; docs/benchmarks.md says what it is.");
	trap_init();
	for (unsigned int i = 0; i < program_count; i++) {
		struct recorder recorder;

		recorder_init(&recorder, programs[i]);
		record(&recorder);
		print(&recorder);
		recorder_uninit(&recorder);
	}
	return 0;
}
