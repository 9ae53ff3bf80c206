// SPDX-License-Identifier: MIT
// Where a slab is cut in pieces that were moved anywhere, each page is mapped at its own place only.
/*
 * The pieces lie at odd distances from each other, between pages of other memory, in the
 * same page tables as these, and /proc/self/pagemap says that these stay as they were. It
 * tells nothing of a slab, whose pages are seen by their faults and their content.
 */
#include "test.h"

#include <sys/mman.h>

#include "abi.h"
#include "content.h"
#include "image.h"
#include "look.h"
#include "memory.h"
#include "perf.h"
#include "pool.h"
#include "soak.h"

/* More than two page tables of them, and no multiple. */
#define PAGES 1171
#define ROOM (4 * PAGES)
#define SLOTS 3
#define KEY 100
#define CANARY 500000

/* Of slot 1: where each page is shown, or NULL, and whether a write set has it. */
struct world {
	struct pool pool;
	uint8_t *room;
	uint8_t *shown[PAGES];
	bool taken[ROOM];
	bool learned[PAGES];
	uint64_t random;
};

static size_t below(struct world *world, size_t limit)
{
	return random_next(&world->random) % limit;
}

static bool is_present(const void *at)
{
	static int fd = -1;
	uint64_t entry;

	if (fd < 0)
		fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	test_ok(fd >= 0);
	test_eq(pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)at / PAGE * sizeof(entry))),
		sizeof(entry));
	return entry >> 63;
}

/* Other memory, every third page of which is in use; the others must stay absent. */
static void make_room(struct world *world)
{
	world->room = map_private(ROOM * PAGE);
	for (size_t i = 0; i < ROOM; i += 3)
		fill_page(world->room + i * PAGE, CANARY + i);
}

static void check_room(const struct world *world)
{
	for (size_t i = 0; i < ROOM; i++) {
		if (world->taken[i])
			continue;
		if (i % 3 == 0)
			test_holds(world->room + i * PAGE, CANARY + i);
		else
			test_ok(!is_present(world->room + i * PAGE));
	}
}

/* Finds a place for so many pages, with another page of the room on each side. */
static uint8_t *find_place(struct world *world, size_t count)
{
	for (int try = 0; try < 1000; try++) {
		size_t first = 1 + below(world, ROOM - count - 2), i;

		for (i = first - 1; i <= first + count; i++)
			if (world->taken[i])
				break;
		if (i <= first + count)
			continue;
		for (i = first; i < first + count; i++)
			world->taken[i] = true;
		return world->room + first * PAGE;
	}
	return NULL;
}

/* Moves some pieces of slot 1, removes some, and makes some read-only. */
static void cut(struct world *world)
{
	uint8_t *at = area_at(&world->pool, 1, 0);
	size_t first = 0, count;

	for (; first < PAGES; first += count) {
		size_t what = below(world, 8);
		uint8_t *to, *from = at + first * PAGE;

		count = 1 + below(world, below(world, 2) ? 300 : 12);
		if (count > PAGES - first)
			count = PAGES - first;
		for (size_t i = 0; i < count; i++)
			world->shown[first + i] = from + i * PAGE;
		if (what == 0) {
			test_sys(munmap(from, count * PAGE));
			for (size_t i = 0; i < count; i++)
				world->shown[first + i] = NULL;
		} else if (what < 6) {
			to = find_place(world, count);
			if (!to)
				continue;
			test_ok(mremap(from, count * PAGE, count * PAGE,
				       MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
			for (size_t i = 0; i < count; i++)
				world->shown[first + i] = to + i * PAGE;
		}
	}
}

static void learn(struct world *world)
{
	size_t step = 1 + below(world, 200);

	for (size_t i = below(world, step); i < PAGES; i += 1 + below(world, 2 * step)) {
		poke(area_at(&world->pool, 0, 0) + i * PAGE, 1);
		world->learned[i] = true;
	}
}

static size_t learned_count(const struct world *world)
{
	size_t count = 0;

	for (size_t i = 0; i < PAGES; i++)
		count += world->learned[i];
	return count;
}

/* The byte that the image has there, so that its content stays. */
static uint8_t first_byte(size_t page)
{
	return (uint8_t)page_word(KEY + page, 0);
}

/* What is said to be mapped takes no fault, and holds the image's content at its place. */
static void check_shown(const struct world *world, const bool *mapped)
{
	long before = faults();

	for (size_t i = 0; i < PAGES; i++)
		if (world->shown[i] && mapped[i])
			poke(world->shown[i], first_byte(i));
	test_eq(faults() - before, 0);
	for (size_t i = 0; i < PAGES; i++) {
		if (!world->shown[i] || !mapped[i])
			continue;
		test_context("page %zu at %p", i, (void *)world->shown[i]);
		test_holds(world->shown[i], KEY + i);
		poke(world->shown[i], (uint8_t)i);
	}
	test_context("after the pages");
}

static void check_reset(struct world *world)
{
	test_reset(&world->pool, 1);
	for (size_t i = 0; i < PAGES; i++)
		if (world->shown[i])
			test_holds(world->shown[i], KEY + i);
	test_initial(&world->pool, 2, 1);
}

static void start(struct world *world, uint32_t flags, uint64_t seed)
{
	uint32_t image;

	memset(world, 0, sizeof(*world));
	world->random = seed;
	world->pool = pool_plain(SLOTS, PAGES, flags);
	image = image_keyed(&world->pool, 1, KEY, PAGES);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		test_rebind(&world->pool, slot, image);
	learn(world);
	make_room(world);
	cut(world);
}

static void stop(struct world *world)
{
	check_room(world);
	/* With what was moved there. */
	test_sys(munmap(world->room, ROOM * PAGE));
	pool_close(&world->pool);
}

static struct world world;

static void prefault_set(uint64_t seed)
{
	start(&world, 0, seed);
	test_eq(prefault_slot(&world.pool, 1), learned_count(&world));
	test_eq(resident_of(&world.pool, 1), learned_count(&world));
	check_shown(&world, world.learned);
	check_room(&world);
	check_reset(&world);
	stop(&world);
}

static void prefault_some(uint64_t seed)
{
	bool mapped[PAGES] = { false };
	size_t first, count, made = 0;

	start(&world, 0, seed);
	for (int i = 0; i < 8; i++) {
		first = below(&world, PAGES);
		count = 1 + below(&world, PAGES - first);
		if (below(&world, 2) && count > 50)
			count = 50;
		made += prefault_range(&world.pool, 1, 0, first * PAGE, count * PAGE);
		for (size_t page = first; page < first + count; page++)
			mapped[page] = true;
	}
	test_eq(resident_of(&world.pool, 1), made);
	check_shown(&world, mapped);
	check_room(&world);
	check_reset(&world);
	stop(&world);
}

/* The pages of the set that the VMA of the fault shows, and the page itself. */
static void touch_first(uint64_t seed)
{
	bool mapped[PAGES] = { false };
	size_t page, low, high;

	start(&world, GUARDSLOT_CREATE_PREFAULT, seed);
	do {
		page = below(&world, PAGES);
	} while (!world.shown[page]);
	for (low = page; low > 0 && world.shown[low - 1] == world.shown[low] - PAGE; low--)
		;
	for (high = page; high + 1 < PAGES && world.shown[high + 1] == world.shown[high] + PAGE;
	     high++)
		;
	poke(world.shown[page], (uint8_t)page_word(KEY + page, 0));
	/* A fault brings in 512 KiB of a set at most. */
	if (learned_count(&world) < 100) {
		for (size_t i = low; i <= high; i++)
			mapped[i] = world.learned[i];
		mapped[page] = true;
		check_shown(&world, mapped);
	}
	check_room(&world);
	check_reset(&world);
	stop(&world);
}

/* A mapping of the slab that begins anywhere in a page table. */
static uint8_t *map_at_odd_place(struct pool *pool, size_t offset)
{
	const size_t size = pool->geometry.out_map_size, table = 512 * PAGE;
	uint8_t *room = mmap(NULL, size + 2 * table, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *at;

	test_ok(room != MAP_FAILED);
	at = (uint8_t *)(((uintptr_t)room + table - 1) / table * table + offset * PAGE);
	test_ok(mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, pool->fd, 0) == at);
	return at;
}

/* Private pages of a slot come in any order, and so back and forth between page tables. */
static void park(uint64_t seed)
{
	struct guardslot_create geometry = plain_geometry(SLOTS, PAGES);
	struct pool pool = pool_create(&geometry);
	uint64_t random = seed;
	long before;
	bool written[PAGES] = { false };
	uint8_t *at;

	pool.base = map_at_odd_place(&pool, random_next(&random) % 512);
	at = area_at(&pool, 1, 0);
	test_rebind(&pool, 1, image_of(&pool, 1, NULL, 0, 8 * PAGE));
	test_resize(&pool, 1, 0, PAGES * PAGE);
	for (int i = 0; i < 200; i++) {
		size_t page = 8 + random_next(&random) % (PAGES - 8);

		poke(at + page * PAGE, (uint8_t)page);
		written[page] = true;
	}
	test_reset(&pool, 1);
	test_resize(&pool, 1, 0, PAGES * PAGE);
	before = faults();
	for (size_t i = 0; i < PAGES; i++)
		if (written[i])
			poke(at + i * PAGE, 0);
	test_eq(faults() - before, 0);
	for (size_t i = 0; i < PAGES; i++) {
		test_eq(peek(at + i * PAGE), 0);
		poke(at + i * PAGE, (uint8_t)i);
	}
	for (size_t i = 0; i < PAGES; i++)
		test_eq(peek(at + i * PAGE), (uint8_t)i);
	test_context("after the pages");
	pool_close(&pool);
}

static void repeat(void (*run)(uint64_t seed))
{
	uint64_t seed = soak_start(6);
	long done;

	for (done = 0; soak_goes_on(done); done++)
		run(seed * 1000 + done);
	soak_end(done);
}

TEST("PREFAULT of a write set maps what pieces show of it, and nothing beside them")
{
	repeat(prefault_set);
}

TEST("PREFAULT of ranges does so, too")
{
	repeat(prefault_some);
}

TEST("a first touch maps what the piece shows of the set, and nothing beside it")
{
	repeat(touch_first);
}

TEST("parked pages are mapped again where they were, in any order, and no others")
{
	repeat(park);
}

TEST_MAIN()
