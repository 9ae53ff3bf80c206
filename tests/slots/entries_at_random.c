// SPDX-License-Identifier: MIT
// Tenants, and what the kernel does to their page-table entries, in any order: nothing is left.
#include "slot_test.h"

#include <pthread.h>
#include <semaphore.h>

#include "entries.h"
#include "file.h"
#include "random.h"

#define PAGES 48
#define FIRST_LIMIT 36
#define STEPS 600

/* What is known of a page of slot 0, beside its bytes. */
enum page_kind {
	PAGE_KNOWN,
	PAGE_LAZY,   /* shows its bytes or zero */
	PAGE_FAULTS, /* may not be touched */
};

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model models[3]; /* none, a, b */
static uint32_t images[3];
static unsigned int bound;
static uint64_t limit;
static unsigned char *now; /* the bytes of slot 0, to the limit */
static enum page_kind kinds[PAGES];
static uint64_t state;

static uint32_t draw(uint32_t below)
{
	return random_below(&state, below);
}

static unsigned char *page_at(uint64_t page)
{
	return (unsigned char *)area_at(pool, 0, 0) + page * PAGE;
}

/* What a tenant sees at the moment is what it must see. */
static void check(void)
{
	test_eq(query(pool, 0).limit[0], limit * PAGE);
	for (uint64_t page = 0; page < limit; page++) {
		if (kinds[page] == PAGE_KNOWN)
			test_mem(page_at(page), now + page * PAGE, PAGE);
	}
}

/* From this page on the slot is as its image has it. */
static void forget(uint64_t from)
{
	memcpy(now + from * PAGE, models[bound].bytes[0] + from * PAGE, (PAGES - from) * PAGE);
	for (uint64_t page = from; page < PAGES; page++)
		kinds[page] = PAGE_KNOWN;
}

/* ---- what tenants do ------------------------------------------------------------------ */

/* A run of pages that may be touched; false: there is none at the place drawn. */
static bool range_draw(uint64_t *start, uint64_t *end)
{
	if (!limit)
		return false;
	*start = draw((uint32_t)limit);
	*end = *start + 1 + draw(12);
	if (*end > limit)
		*end = limit;
	for (uint64_t page = *start; page < *end; page++)
		if (kinds[page] == PAGE_FAULTS)
			return false;
	return true;
}

static void step_write(void)
{
	uint64_t start, end;

	if (!range_draw(&start, &end))
		return;
	if (draw(2))
		memset(now + start * PAGE, 0, (end - start) * PAGE);
	else
		fill(now + start * PAGE, (end - start) * PAGE, draw(1000));
	memcpy(page_at(start), now + start * PAGE, (end - start) * PAGE);
	for (uint64_t page = start; page < end; page++)
		kinds[page] = PAGE_KNOWN;
}

static void step_resize(void)
{
	uint64_t to = draw(PAGES + 1);

	resize(pool, 0, 0, to * PAGE);
	if (to < limit)
		forget(to);
	limit = to;
}

/* ---- what the kernel does ------------------------------------------------------------- */

static const struct entry_state *const states[] = {
	&entry_cold,	  &entry_lazy_free, &entry_lazy_freed, &entry_soft_dirty,
	&entry_guard,	  &entry_ksm_zero,  &entry_swapped,    &entry_uffd_zero,
	&entry_uffd_copy, &entry_migrated,  &entry_poisoned,
};

static bool possible[ARRAY_SIZE(states)];

static bool is_in_file(uint64_t page)
{
	return bound == 1 ? page >= 8 && page < 20 : bound == 2 && page >= 16 && page < 28;
}

static void page_becomes(const struct entry_state *of, uint64_t page)
{
	if (of->shows == ENTRY_FAULTS)
		kinds[page] = PAGE_FAULTS;
	else if (of->shows == ENTRY_SHOWS_EITHER)
		kinds[page] = PAGE_LAZY;
	else if (of == &entry_uffd_zero)
		memset(now + page * PAGE, 0, PAGE);
	/* Lazy pages were read and put back. */
	else if (of == &entry_uffd_copy)
		memcpy(now + page * PAGE, page_at(page), PAGE);
}

static void step_entries(void)
{
	unsigned int which = draw(ARRAY_SIZE(states));
	const struct entry_state *of = states[which];
	uint64_t start, end;

	if (!possible[which] || !range_draw(&start, &end))
		return;
	/*
	 * One page at a time, as one that is lost is lost to the whole guest; and the
	 * tenant's own, as a page of the image would be lost to all slots.
	 */
	if (of->shows == ENTRY_FAULTS) {
		end = start + 1;
		page_at(start)[0] = now[start * PAGE];
	}
	for (uint64_t page = start; page < end; page++) {
		bool file = is_in_file(page);

		/* Which advices a page takes depends on what came of it before. */
		if (of->where == (file ? ENTRY_ANONYMOUS : ENTRY_FILE))
			continue;
		if (of->make(page_at(page), PAGE))
			page_becomes(of, page);
	}
	if (of == &entry_soft_dirty)
		of->settle();
}

/* Migrates pages while the test goes on, each time that it is told to. */
static sem_t compactions;
static bool compactor_ends;

static void *compact(void *unused)
{
	for (;;) {
		sem_wait(&compactions);
		if (compactor_ends)
			return unused;
		write_file("/proc/sys/vm/compact_memory", "1");
	}
}

static void step_compact(void)
{
	if (entry_machine_is_ours() && draw(4) == 0)
		sem_post(&compactions);
}

/* ---- what the library does -------------------------------------------------------------- */

static void restored(void)
{
	limit = models[bound].limits[0] / PAGE;
	forget(0);
}

static void step_reset(void)
{
	reset(pool, 0);
	restored();
}

static void step_rebind(void)
{
	bound = draw(3);
	rebind(pool, 0, images[bound]);
	restored();
}

static void step_purge(void)
{
	purge(pool, 0);
	restored();
}

static bool is_certain(void)
{
	for (uint64_t page = 0; page < limit; page++)
		if (kinds[page] != PAGE_KNOWN)
			return false;
	return true;
}

static void step_snapshot(void)
{
	uint32_t image;

	if (!is_certain())
		return;
	must(shim_image_snapshot(pool, 3, 0, &image));
	rebind(pool, 1, image);
	test_mem((const void *)area_at(pool, 1, 0), now, limit * PAGE);
	must(shim_image_destroy(pool, image));
}

static void step_regrow(void)
{
	step_reset();
	resize(pool, 0, 0, PAGES * PAGE);
	limit = PAGES;
}

/* ---- a run ----------------------------------------------------------------------------- */

static uint32_t image_make(uint64_t first, unsigned int seed, struct model *model)
{
	struct shim_image_area area = {
		.offset = first * PAGE,
		.length = 12 * PAGE,
		.limit = FIRST_LIMIT * PAGE,
	};
	uint32_t image;

	*model = model_none(&config);
	model->limits[0] = area.limit;
	fill(model->bytes[0] + area.offset, area.length, seed);
	/* A hole, which is a page of the file too. */
	memset(model->bytes[0] + area.offset + 3 * PAGE, 0, PAGE);
	area.source = model->bytes[0] + area.offset;
	must(shim_image_create(pool, seed, &area, 1, &image));
	return image;
}

static void start(uint64_t seed)
{
	state = seed;
	config = config_default();
	config.slots = 2;
	config.keep_resident = seed % 3 * 12 * PAGE;
	config.area_count = 1;
	memset(&config.areas[1], 0, sizeof(config.areas[1]));
	config.areas[0].max = PAGES * PAGE;
	pool = pool_create(&config);
	models[0] = model_none(&config);
	images[1] = image_make(8, 1, &models[1]);
	images[2] = image_make(16, 2, &models[2]);
	now = calloc(PAGES, PAGE);
	test_ok(now);
	for (unsigned int i = 0; i < ARRAY_SIZE(states); i++) {
		possible[i] = entry_possible(states[i]);
		/* They share a descriptor. */
		if (possible[i] && states[i] != &entry_uffd_copy)
			entry_begin(states[i]);
	}
	limit = query(pool, 0).limit[0] / PAGE;
}

static void run(uint64_t seed)
{
	static void (*const steps[])(void) = {
		step_write,   step_write,  step_write,	step_entries,  step_entries, step_entries,
		step_entries, step_resize, step_reset,	step_reset,    step_rebind,  step_purge,
		step_regrow,  step_regrow, step_rebind, step_snapshot, step_compact,
	};
	pthread_t thread;

	test_timeout(120);
	start(seed);
	sem_init(&compactions, 0, 0);
	test_eq(pthread_create(&thread, NULL, compact, NULL), 0);
	for (long step = 0; step < STEPS; step++) {
		steps[draw(ARRAY_SIZE(steps))]();
		check();
	}
	compactor_ends = true;
	sem_post(&compactions);
	pthread_join(thread, NULL);
	for (unsigned int i = 0; i < ARRAY_SIZE(states); i++)
		if (possible[i] && states[i] != &entry_uffd_copy)
			entry_end(states[i]);
	pool_destroy(pool);
}

TEST("seed 1")
{
	run(1);
}

TEST("seed 2")
{
	run(2);
}

TEST("seed 3")
{
	run(3);
}

TEST("seed 4")
{
	run(4);
}

TEST_MAIN()
