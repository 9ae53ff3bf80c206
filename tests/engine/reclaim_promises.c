// SPDX-License-Identifier: MIT
// The shrinker promises what it can free, frees what it promised, and does so in small pieces.
#include "test.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "abi.h"
#include "claim.h"
#include "fdinfo.h"
#include "file.h"
#include "memory.h"
#include "perf.h"
#include "pool.h"
#include "worker.h"

#define INSTANCE TRACING "instances/guardslot_reclaim/"
/* Pages that the kernel asks for at a time, and what a slot's last ones may add. */
#define PIECE (128 + 64)

struct promises {
	uint64_t promised; /* what the kernel was told that there is */
	uint64_t freed;
	uint64_t largest; /* pages that were freed in one go */
	unsigned int pieces;
};

/* The number after a word of a line. */
static uint64_t number_after(const char *line, const char *word)
{
	const char *at = strstr(line, word);

	test_ok(at);
	return strtoull(at + strlen(word), NULL, 10);
}

static struct promises drop_caches_traced(void)
{
	static char text[1 << 20];
	struct promises promises = { 0 };
	char *line, *rest = text;

	rmdir(INSTANCE);
	test_sys(mkdir(INSTANCE, 0700));
	write_file(INSTANCE "events/vmscan/mm_shrink_slab_start/enable", "1");
	write_file(INSTANCE "events/vmscan/mm_shrink_slab_end/enable", "1");
	write_file(INSTANCE "events/guardslot/guardslot_reclaim/enable", "1");
	drop_caches();
	write_file(INSTANCE "tracing_on", "0");
	read_file(INSTANCE "trace", text, sizeof(text));
	test_sys(rmdir(INSTANCE));
	while ((line = strsep(&rest, "\n"))) {
		if (strstr(line, "guardslot_reclaim:")) {
			uint64_t pages = number_after(line, " pages=");

			promises.pieces++;
			promises.largest = pages > promises.largest ? pages : promises.largest;
		}
		if (!strstr(line, "[guardslot]"))
			continue;
		if (strstr(line, "mm_shrink_slab_start:"))
			promises.promised += number_after(line, "cache items ");
		if (strstr(line, "mm_shrink_slab_end:"))
			promises.freed += number_after(line, "return val ");
	}
	test_note("%lu promised, %lu freed in %u pieces of up to %lu",
		  (unsigned long)promises.promised, (unsigned long)promises.freed, promises.pieces,
		  (unsigned long)promises.largest);
	return promises;
}

#define test_kept(promises)                                           \
	do {                                                          \
		test_ok((promises).promised <= 2 * (promises).freed); \
		test_ok((promises).freed <= 2 * (promises).promised); \
	} while (0)

TEST("slots in use: nothing is promised, and nothing is tried")
{
	struct pool pool = pool_plain(1000, 2, 0);
	struct promises promises;

	for (uint32_t slot = 0; slot < 1000; slot++)
		write_pages(area_at(&pool, slot, 0), 2, 1);
	promises = drop_caches_traced();
	test_eq(promises.promised, 0);
	test_eq(promises.pieces, 0);
}

TEST("many slots, some of them idle")
{
	struct pool pool = pool_plain(2000, 8, 0);
	struct promises promises;
	uint64_t idle = 0;

	for (uint32_t slot = 0; slot < 2000; slot++) {
		size_t pages = 1 + slot * 7 % 8;

		write_pages(area_at(&pool, slot, 0), pages, 1);
		if (slot * 2654435761u >> 16 & 1) {
			release(&pool, slot);
			idle += pages;
		}
	}
	promises = drop_caches_traced();
	test_note("%lu pages are idle", (unsigned long)idle);
	test_kept(promises);
	test_ok(promises.freed >= idle * 3 / 4 && promises.freed <= idle);
}

TEST("one large slot is freed in pieces, and to the end")
{
	const size_t pages = (32ul << 20) / PAGE;
	struct pool pool = pool_plain(1, pages, 0);
	struct promises promises;

	test_eq(prefault_range(&pool, 0, 0, 0, pages * PAGE), pages);
	release(&pool, 0);
	promises = drop_caches_traced();
	test_kept(promises);
	test_ok(promises.largest <= PIECE);
	test_eq(promises.freed, pages);
	test_eq(resident_of(&pool, 0), 0);
	test_eq(reclaims_of(&pool, 0), 1);
}

TEST("a pool that is mapped many times keeps its pages, until the maps are gone")
{
	struct pool pool = pool_plain(4, 4, 0);
	uint8_t *maps[100];

	for (uint32_t slot = 0; slot < 4; slot++) {
		write_pages(area_at(&pool, slot, 0), 4, 1);
		release(&pool, slot);
	}
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		maps[i] = map_shared(pool.fd, PAGE, 0);
	test_eq(drop_caches_traced().promised, 0);
	test_eq(resident_of(&pool, 0), 4);
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		test_sys(munmap(maps[i], PAGE));
	test_eq(drop_caches_traced().freed, 16);
	test_eq(resident_of(&pool, 0), 0);
}

TEST("pages that PURGE took and nobody uses go first, all that were promised")
{
	struct pool pool = pool_plain(2, 64, 0);
	struct promises promises;
	unsigned long spares;

	worker_pin(0);
	drop_caches();
	write_pages(area_at(&pool, 0, 0), 64, 1);
	test_purge(&pool, 0);
	spares = fdinfo_spare_pages(&pool);
	test_ok(spares);
	promises = drop_caches_traced();
	test_eq(promises.promised, spares);
	test_eq(promises.freed, spares);
	test_eq(fdinfo_spare_pages(&pool), 0);
}

TEST_MAIN()
