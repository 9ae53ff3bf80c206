// SPDX-License-Identifier: MIT
// Memory that fails costs what was in it, and no more: no other slot notices, and none gets it.
/*
 * The kernel is told that a page has failed, through sysfs; it marks the page, and then
 * treats it as it does after a machine check. Which page that is says the kernel's trace of
 * the allocation.
 */
#include "test.h"

#include <setjmp.h>
#include <sys/stat.h>

#include "abi.h"
#include "child.h"
#include "claim.h"
#include "content.h"
#include "fdinfo.h"
#include "file.h"
#include "image.h"
#include "look.h"
#include "memory.h"
#include "perf.h"
#include "pool.h"
#include "reset_mode.h"
#include "worker.h"

#define OFFLINE "/sys/devices/system/memory/hard_offline_page"
#define INSTANCE TRACING "instances/guardslot_pages/"
#define EVENT INSTANCE "events/kmem/mm_page_alloc/"
#define PAGES 8
#define KEY 500

/* Older kernels of Debian's for clouds are built without. */
static bool memory_can_fail(void)
{
	if (access(OFFLINE, W_OK) == 0)
		return true;
	test_note("this kernel does not handle memory that fails");
	return false;
}

static void trace_start(void)
{
	char filter[64];

	rmdir(INSTANCE);
	test_sys(mkdir(INSTANCE, 0700));
	snprintf(filter, sizeof(filter), "common_pid == %d && order == 0", (int)getpid());
	write_file(EVENT "filter", filter);
	write_file(EVENT "enable", "1");
}

/* Ends the trace. The page frame that was allocated last as memory of a user. */
static uint64_t trace_end(void)
{
	static char text[1 << 18];
	uint64_t frame = 0;
	char *line, *rest = text;

	write_file(EVENT "enable", "0");
	read_file(INSTANCE "trace", text, sizeof(text));
	test_sys(rmdir(INSTANCE));
	while ((line = strsep(&rest, "\n"))) {
		char *at = strstr(line, "pfn=0x");

		if (at && strstr(line, "GFP_USER|"))
			frame = strtoull(at + strlen("pfn="), NULL, 16);
	}
	test_ok(frame);
	return frame;
}

/* The frame of the private page that a write there makes. */
static uint64_t write_page(uint8_t *page, uint8_t value)
{
	trace_start();
	memset(page, value, PAGE);
	return trace_end();
}

/* An image of so many pages, and the frame of the last one. */
static uint32_t image_traced(struct pool *pool, size_t pages, uint64_t *frame)
{
	uint32_t image;

	trace_start();
	image = image_keyed(pool, 1, KEY, pages);
	*frame = trace_end();
	return image;
}

/* Where the kernel does not count what failed (Linux 6.1), resets look for it once a tick. */
static void next_tick(void)
{
	struct timespec before, now;

	test_sys(clock_gettime(CLOCK_MONOTONIC_COARSE, &before));
	do
		test_sys(clock_gettime(CLOCK_MONOTONIC_COARSE, &now));
	while (now.tv_sec == before.tv_sec && now.tv_nsec == before.tv_nsec);
}

/* The kernel says EBUSY, as it cannot do anything about a page that a module has. */
static void fail(uint64_t frame)
{
	char address[32];
	int fd = open(OFFLINE, O_WRONLY);

	test_sys(fd);
	snprintf(address, sizeof(address), "0x%" PRIx64, frame * PAGE);
	test_eq(write(fd, address, strlen(address)), -1);
	test_eq(errno, EBUSY);
	close(fd);
	next_tick();
}

static sigjmp_buf jump;
static siginfo_t caught;

static void note_signal(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	caught = *info;
	siglongjmp(jump, 1);
}

/* Both ways of touching raise the signal that says that memory has failed. */
static void test_fails(uint8_t *address, bool write)
{
	struct sigaction action = { .sa_sigaction = note_signal, .sa_flags = SA_SIGINFO }, old;
	volatile uint8_t *byte = address;
	volatile bool came_back = false;

	test_sys(sigaction(SIGBUS, &action, &old));
	memset(&caught, 0, sizeof(caught));
	if (!sigsetjmp(jump, 1)) {
		if (write)
			*byte = 1;
		else
			(void)*byte;
		came_back = true;
	}
	test_sys(sigaction(SIGBUS, &old, NULL));
	test_ok(!came_back);
	test_eq(caught.si_code, BUS_MCEERR_AR);
	test_ok(caught.si_addr == address);
}

static int reset_vector(struct pool *pool, const uint32_t *slots, uint32_t count, uint32_t *done)
{
	struct guardslot_reset cmd = { .slots = (uintptr_t)slots, .count = count };
	int ret = do_reset_cmd(pool, &cmd);

	*done = cmd.out_done;
	return ret;
}

static void replaced(int mode)
{
	struct pool pool;
	uint64_t frame;

	if (!memory_can_fail())
		return;
	set_reset_mode(mode);
	pool = pool_plain(2, PAGES, 0);
	for (size_t i = 1; i < PAGES; i++)
		memset(area_at(&pool, 0, 0) + i * PAGE, 1, PAGE);
	frame = write_page(area_at(&pool, 0, 0), 1);
	test_reset(&pool, 0);
	test_eq(resident_of(&pool, 0), PAGES);
	memset(area_at(&pool, 0, 0), 2, PAGES * PAGE);
	fail(frame);
	test_reset(&pool, 0);
	test_eq(resident_of(&pool, 0), PAGES - 1);
	test_bytes(area_at(&pool, 0, 0) + PAGE, 0, (PAGES - 1) * PAGE);
	test_ok(write_page(area_at(&pool, 0, 0), 3) != frame);
	test_reset(&pool, 0);
	test_eq(resident_of(&pool, 0), PAGES);
	test_bytes(area_at(&pool, 0, 0), 0, PAGES * PAGE);
	pool_close(&pool);
}

TEST("a private page that failed is replaced by the next reset")
{
	replaced(MODE_COPY);
}

TEST("the same where a reset looks for what was written")
{
	replaced(MODE_LOOK);
}

TEST("a reset to an image that lost a page fails, and takes away what cannot be restored")
{
	uint32_t good, bad, slots[] = { 2, 0, 1 }, done;
	uint64_t frame;
	struct pool pool;

	if (!memory_can_fail())
		return;
	pool = pool_plain(3, PAGES, 0);
	bad = image_traced(&pool, 1, &frame);
	good = image_keyed(&pool, 2, KEY + 1, 1);
	for (uint32_t slot = 0; slot < 3; slot++) {
		test_rebind(&pool, slot, slot == 2 ? good : bad);
		memset(area_at(&pool, slot, 0), 7, PAGE);
	}
	fail(frame);
	for (unsigned int again = 0; again < 2; again++) {
		test_eq(reset_vector(&pool, slots, 3, &done), -EHWPOISON);
		test_eq(done, 1);
		test_eq(resident_of(&pool, 0), 0);
		test_fails(area_at(&pool, 0, 0), false);
		test_fails(area_at(&pool, 0, 0), true);
	}
	/* Who is bound to another image does not notice, and any slot can be. */
	test_holds(area_at(&pool, 2, 0), KEY + 1);
	test_rebind(&pool, 0, good);
	test_holds(area_at(&pool, 0, 0), KEY + 1);
	memset(area_at(&pool, 0, 0), 7, PAGE);
	test_reset(&pool, 0);
	test_holds(area_at(&pool, 0, 0), KEY + 1);
	test_err_rebind(-EHWPOISON, &pool, 2, bad);
	test_fails(area_at(&pool, 2, 0), false);
	pool_close(&pool);
}

TEST("a touch of a page of the image that failed raises SIGBUS with BUS_MCEERR_AR")
{
	struct pool pool;
	uint64_t frame;
	uint32_t image;
	char byte;
	int fd;

	if (!memory_can_fail())
		return;
	pool = pool_plain(1, PAGES, 0);
	image = image_traced(&pool, 2, &frame);
	test_rebind(&pool, 0, image);
	fail(frame);
	test_fails(area_at(&pool, 0, 0) + PAGE, false);
	test_fails(area_at(&pool, 0, 0) + PAGE + 5, true);
	test_eq(resident_of(&pool, 0), 0);
	/* A debugger reads nothing either. */
	fd = open("/proc/self/mem", O_RDONLY);
	test_sys(fd);
	test_eq(pread(fd, &byte, 1, (off_t)(uintptr_t)(area_at(&pool, 0, 0) + PAGE)), -1);
	close(fd);
	/* Other pages of the slot are as before. */
	test_holds(area_at(&pool, 0, 0), KEY);
	area_at(&pool, 0, 0)[9] = 1;
	pool_close(&pool);
}

TEST("a page that failed is not used again after reclaim and PURGE either")
{
	struct pool pool;
	uint64_t frames[2];

	if (!memory_can_fail())
		return;
	pool = pool_plain(2, PAGES, 0);
	for (uint32_t slot = 0; slot < 2; slot++) {
		frames[slot] = write_page(area_at(&pool, slot, 0), 1);
		fail(frames[slot]);
	}
	release(&pool, 0);
	drop_caches();
	claim_own(&pool, 0);
	test_eq(resident_of(&pool, 0), 0);
	test_purge(&pool, 1);
	for (uint32_t slot = 0; slot < 2; slot++) {
		uint64_t frame = write_page(area_at(&pool, slot, 0), 2);

		test_ok(frame != frames[0] && frame != frames[1]);
		test_bytes(area_at(&pool, slot, 0) + PAGE, 0, PAGE);
	}
	pool_close(&pool);
}

TEST("nor is one that fails after PURGE took it, before another slot has it")
{
	struct pool pool;
	uint64_t frame;

	if (!memory_can_fail())
		return;
	worker_pin(0);
	pool = pool_plain(2, PAGES, GUARDSLOT_CREATE_NO_WRITE_SETS);
	frame = write_page(area_at(&pool, 0, 0), 1);
	write_pages(area_at(&pool, 0, 0) + PAGE, PAGES - 1, 1);
	test_purge(&pool, 0);
	test_eq(fdinfo_spare_pages(&pool), PAGES);
	fail(frame);
	write_pages(area_at(&pool, 1, 0), PAGES, 2);
	/* A reset would take a page away that has failed. */
	test_reset(&pool, 1);
	test_eq(resident_of(&pool, 1), PAGES);
	pool_close(&pool);
}

TEST("what failed is in no snapshot, and is not prefaulted")
{
	struct guardslot_prefault prefault = { 0 };
	struct pool pool;
	uint32_t image, slot = 0;
	uint64_t frame;

	if (!memory_can_fail())
		return;
	pool = pool_plain(2, PAGES, 0);
	frame = write_page(area_at(&pool, 0, 0), 1);
	fail(frame);
	test_err_image_snapshot(-EHWPOISON, &pool, 0, 1, &image);
	image = image_traced(&pool, 1, &frame);
	test_rebind(&pool, 1, image);
	fail(frame);
	test_err_image_snapshot(-EHWPOISON, &pool, 1, 1, &image);
	slot = 1;
	prefault.slots = (uintptr_t)&slot;
	prefault.count = 1;
	prefault.flags = GUARDSLOT_PREFAULT_RANGE;
	prefault.length = PAGE;
	test_eq(do_prefault_cmd(&pool, &prefault), -EHWPOISON);
	/* A purge frees what failed, and the slot is as good as new. */
	test_purge(&pool, 0);
	test_bytes(area_at(&pool, 0, 0), 0, PAGE);
	test_image_snapshot(&pool, 0, 1, &image);
	pool_close(&pool);
}

TEST_MAIN()
