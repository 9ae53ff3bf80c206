// SPDX-License-Identifier: MIT
// All kernel memory that a user causes is within max_user_pages, whatever the calls, and goes again.
/*
 * What is measured is the kernel's own count: the objects in slabs, the vmalloc of
 * /proc/meminfo, and the pages of slots, images and claim words, and spare ones, which are in
 * neither. Page tables are the process's own, as with any mapping, and so are their locks,
 * which on PREEMPT_RT are in a slab. What is free in a slab is nobody's, as to memory cgroups;
 * freed objects that the allocator keeps for its next callers count until it is asked for
 * them, which is where a limit is passed.
 */
#include "test.h"

#include <dirent.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "abi.h"
#include "claim.h"
#include "fdinfo.h"
#include "file.h"
#include "guest.h"
#include "memory.h"
#include "pool.h"
#include "soak.h"
#include "sysctl.h"
#include "random.h"

#define ALICE 1001
#define CAP (32ul << 20)
#define GIB (1ull << 30)
/* Pages so far from each other that an entry for one shares no node with another's. */
#define FAR 4096

/* Slabs of a debug kernel have redzones, and kmemleak has an object for each object. */
static bool is_packaged(void)
{
	return !is_debug_kernel();
}

static struct pool pools[2];
static unsigned long memory_before;

/* Bytes in slabs for objects that are not there, and for locks of page tables. */
static unsigned long not_counted_in_slabs(void)
{
	unsigned long tables = get_number("/proc/meminfo", "PageTables") * 1024 / PAGE;
	unsigned long used, all, size, bytes = 0;
	char line[512];
	FILE *file = fopen("/proc/slabinfo", "re");

	test_ok(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %lu %lu %lu", &used, &all, &size) != 3)
			continue;
		bytes += (all - used) * size;
		if (!strncmp(line, "page->ptl ", strlen("page->ptl ")))
			bytes += tables * size;
	}
	fclose(file);
	test_ok(bytes);
	return bytes;
}

static unsigned long memory_now(void)
{
	unsigned long kilobytes;
	uint64_t pages = 0;

	/* The counts of each processor are added up. */
	write_file("/proc/sys/vm/stat_refresh", "1");
	kilobytes = get_number("/proc/meminfo", "Slab") - not_counted_in_slabs() / 1024;
	kilobytes += get_number("/proc/meminfo", "VmallocUsed");
	for (size_t i = 0; i < ARRAY_SIZE(pools); i++) {
		if (!pools[i].base)
			continue;
		pages += fdinfo_resident_pages(&pools[i]) + fdinfo_image_pages(&pools[i]);
		pages += fdinfo_spare_pages(&pools[i]);
		pages += pools[i].geometry.out_claim_size / PAGE;
	}
	return kilobytes * 1024 + pages * PAGE;
}

static unsigned long memory_used(void)
{
	unsigned long now = memory_now();

	return now > memory_before ? now - memory_before : 0;
}

/*
 * Each processor keeps freed objects, on Linux 7 sheaves of dozens, and the caches keep some
 * sheaves more.
 */
static void shrink_slabs(void)
{
	char file[PATH_MAX];
	struct dirent *entry;
	DIR *caches = opendir("/sys/kernel/slab");

	test_ok(caches);
	while ((entry = readdir(caches))) {
		/* The names of caches that are one are links. */
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "/sys/kernel/slab/%s/shrink", entry->d_name);
		write_file(file, "1");
	}
	closedir(caches);
}

static bool memory_is_up_to(unsigned long bytes)
{
	static unsigned long noted;
	unsigned long used = memory_used();

	if (used <= bytes)
		return true;
	if (used > noted) {
		test_note("%lu KiB are over %lu KiB", used / 1024, bytes / 1024);
		noted = used;
	}
	shrink_slabs();
	return memory_used() <= bytes;
}

/*
 * Nodes are freed a moment after they went, as readers may still see them, and then the
 * allocator has them.
 */
#define test_memory_up_to(bytes) test_until(memory_is_up_to(bytes))
#define test_within_cap() test_memory_up_to(CAP + CAP / 50)

/* Pools are Alice's from here on; this process stays root. */
static void start(void)
{
	sysctl_set_number(PARAMETERS "max_user_pages", CAP / PAGE);
	drop_caches();
	shrink_slabs();
	memory_before = memory_now();
}

static void open_pool(int number, uint32_t slots, uint64_t size, uint32_t flags)
{
	struct guardslot_create geometry = {
		.flags = flags,
		.slots = slots,
		.area_count = 1,
		.areas = { { .reserve = size, .max = size, .initial = size } },
	};

	test_sys(setresuid(ALICE, ALICE, 0));
	pools[number] = pool_map(&geometry);
	test_sys(setresuid(0, 0, 0));
}

static void close_pool(int number)
{
	pool_close(&pools[number]);
	pools[number].base = NULL;
}

/* False: the cap refused the page. */
static bool touch(struct pool *pool, uint32_t slot, uint64_t page)
{
	if (sigsetjmp(*tap_signal_arm(), 1) != 0)
		return false;
	poke(area_at(pool, slot, 0) + page * PAGE, 1);
	tap_signal_disarm();
	return true;
}

static bool look(struct pool *pool, uint32_t slot, uint64_t page)
{
	if (sigsetjmp(*tap_signal_arm(), 1) != 0)
		return false;
	peek(area_at(pool, slot, 0) + page * PAGE);
	tap_signal_disarm();
	return true;
}

/* Takes what is left of the cap; the memory that was not counted comes on top. */
static void fill_up(struct pool *pool, uint32_t slot)
{
	uint64_t page = 0;

	while (touch(pool, slot, page))
		page++;
	test_note("%lu pages up to the cap", (unsigned long)page);
}

TEST_WHEN(is_packaged, "what is learned of the writes to images")
{
	uint32_t images = 0;
	uint64_t pages = 0;

	test_timeout(60);
	start();
	open_pool(0, 2, 64 * GIB, 0);
	for (; images < 10; images++) {
		struct guardslot_image_create create = { .areas[0].limit = 64 * GIB };

		if (do_image_create(&pools[0], &create))
			break;
		if (do_rebind(&pools[0], 0, create.out_image))
			break;
		for (uint64_t i = 0; i < 4096 && touch(&pools[0], 0, i * FAR); i++)
			pages++;
		test_purge(&pools[0], 0);
	}
	test_note("%u images, %lu pages", images, (unsigned long)pages);
	fill_up(&pools[0], 1);
	test_within_cap();
	for (uint32_t slot = 0; slot < 2; slot++)
		test_rebind(&pools[0], slot, GUARDSLOT_IMAGE_NONE);
	for (uint32_t i = 1; i <= images; i++) {
		struct guardslot_purge purge = { .mode = GUARDSLOT_PURGE_IMAGE, .image = i };

		test_purge_cmd(&pools[0], &purge);
	}
	test_purge(&pools[0], 1);
	test_memory_up_to(CAP / 50);
}

TEST_WHEN(is_packaged, "arrays and trees of pages that are gone")
{
	const uint32_t slots = 100;
	const uint64_t pages = 1025;

	test_timeout(60);
	start();
	open_pool(0, slots + 1, GIB, GUARDSLOT_CREATE_NO_WRITE_SETS);
	for (uint32_t slot = 0; slot < slots; slot++) {
		prefault_range(&pools[0], slot, 0, 0, pages * PAGE);
		test_resize(&pools[0], slot, 0, 0);
	}
	test_memory_up_to(CAP / 50);
	for (uint32_t slot = 0; slot < slots; slot++) {
		test_resize(&pools[0], slot, 0, GIB);
		for (uint64_t page = 0; page < 64; page++)
			touch(&pools[0], slot, page * FAR);
	}
	fill_up(&pools[0], slots);
	test_within_cap();
	for (uint32_t slot = 0; slot <= slots; slot++)
		test_purge(&pools[0], slot);
	test_memory_up_to(CAP / 50);
}

TEST_WHEN(is_packaged, "pages of an image that many slots share")
{
	const uint32_t slots = 600;
	uint32_t image;

	test_timeout(60);
	start();
	open_pool(0, slots, GIB, 0);
	for (uint64_t page = 0; page < 64; page++)
		touch(&pools[0], 0, page * FAR);
	test_image_snapshot(&pools[0], 0, 1, &image);
	for (uint32_t slot = 1; slot < slots; slot++) {
		test_rebind(&pools[0], slot, image);
		for (uint64_t page = 0; page < 64; page++)
			look(&pools[0], slot, page * FAR);
	}
	fill_up(&pools[0], 0);
	test_within_cap();
	for (uint32_t slot = 0; slot < slots; slot++)
		test_purge(&pools[0], slot);
	test_memory_up_to(CAP / 50);
}

TEST_WHEN(is_packaged, "pools without anything")
{
	struct rlimit files = { 20000, 20000 };
	long count = 0;
	int last = -1;

	test_sys(setrlimit(RLIMIT_NOFILE, &files));
	start();
	sysctl_set_number(PARAMETERS "max_user_pages", CAP / PAGE / 4);
	test_sys(setresuid(ALICE, ALICE, 0));
	for (int fd; (fd = device_open()) >= 0; last = fd)
		count++;
	test_sys_err(-ENOSPC, open(GUARDSLOT_DEVICE, O_RDWR | O_CLOEXEC));
	test_sys(setresuid(0, 0, 0));
	test_note("%ld open files", count);
	test_memory_up_to(CAP / 4 + CAP / 50);
	/* close_range() is newer than some C libraries. */
	for (int fd = 3; fd <= last; fd++)
		close(fd);
	test_memory_up_to(CAP / 50);
}

/* ---- any calls ------------------------------------------------------------------ */

static uint64_t random_state;

static uint64_t pick(uint64_t below)
{
	return random_below(&random_state, below);
}

/* A call may be refused at the cap, and an image may be gone. */
static void test_refused_at_most(int error)
{
	if (error && error != -ENOSPC && error != -ENOENT && error != -EINVAL)
		test_fail("%s", strerror(-error));
}

static void touch_some(struct pool *pool, uint32_t slot, uint64_t size)
{
	uint64_t count = 1 + pick(200), distance = 1 + pick(pick(2) ? FAR : 3);
	uint64_t first = pick(size / PAGE);
	bool write = pick(3) > 0;

	for (uint64_t i = 0; i < count && first + i * distance < size / PAGE; i++)
		if (!(write ? touch : look)(pool, slot, first + i * distance))
			break;
}

static void call_some(struct pool *pool, uint32_t slot, uint64_t size)
{
	uint32_t image = (uint32_t)(1 + pick(40));
	struct guardslot_image_create create = { .tag = image % 4, .areas[0].limit = size };
	struct guardslot_purge purge = { .mode = (uint32_t)(1 + pick(3)) };
	struct guardslot_prefault prefault = {
		.flags = GUARDSLOT_PREFAULT_RANGE,
		.slots = (uintptr_t)&slot,
		.count = 1,
		.offset = pick(size / PAGE / 2) * PAGE,
		.length = pick(300) * PAGE,
	};

	switch (pick(12)) {
	case 0:
		test_refused_at_most(do_image_create(pool, &create));
		break;
	case 1:
		test_refused_at_most(do_image_snapshot(pool, slot, image % 4, &image));
		break;
	case 2:
		test_refused_at_most(do_image_destroy(pool, image));
		break;
	case 3:
	case 4:
		test_refused_at_most(do_rebind(pool, slot, image));
		break;
	case 5:
		test_refused_at_most(do_resize(pool, slot, 0, pick(size / PAGE) * PAGE));
		break;
	case 6:
		test_refused_at_most(do_resize(pool, slot, 0, size));
		break;
	case 7:
		test_refused_at_most(do_prefault_cmd(pool, &prefault));
		break;
	case 8:
		if (purge.mode == GUARDSLOT_PURGE_IMAGE)
			purge.image = image;
		if (purge.mode == GUARDSLOT_PURGE_TAG)
			purge.tag = image % 4;
		test_refused_at_most(do_purge_cmd(pool, &purge));
		break;
	case 9:
		release(pool, slot);
		if (!pick(4))
			drop_caches();
		break;
	case 10:
		test_purge(pool, slot);
		break;
	default:
		atomic_store(claim_word(pool, slot), GUARDSLOT_ACTIVE);
		test_reset(pool, slot);
	}
}

#define SLOTS 24

TEST_WHEN(is_packaged, "any calls in any order")
{
	static const uint64_t sizes[] = { 64 << 20, 16 * GIB };
	unsigned long most = 0;
	long round;

	random_state = soak_start(4000);
	start();
	for (int i = 0; i < 2; i++)
		open_pool(i, SLOTS, sizes[i], i ? GUARDSLOT_CREATE_PREFAULT : 0);
	for (round = 0; soak_goes_on(round); round++) {
		int number = (int)pick(2);
		uint32_t slot = (uint32_t)pick(SLOTS);

		if (pick(2))
			touch_some(&pools[number], slot, sizes[number]);
		else
			call_some(&pools[number], slot, sizes[number]);
		if (!pick(500)) {
			close_pool(number);
			open_pool(number, SLOTS, sizes[number],
				  number ? GUARDSLOT_CREATE_PREFAULT : 0);
		}
		if (round % 50 == 0) {
			unsigned long used = memory_used();

			most = used > most ? used : most;
			test_within_cap();
		}
	}
	soak_end(round);
	test_note("%lu KiB at most", most / 1024);
	for (int i = 0; i < 2; i++)
		close_pool(i);
	test_memory_up_to(CAP / 50);
}

TEST_MAIN()
