// SPDX-License-Identifier: MIT
// A reset that looks for what was written leaves alone only what was not, whoever wrote it.
/*
 * Each test writes in a way in which no dirty bit tells, or in which one may get lost, and
 * compares all pages of the slot after the next reset. docs/architecture.md says which
 * condition of the proof it is for.
 */
#include "test.h"

#include <linux/io_uring.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "abi.h"
#include "content.h"
#include "image.h"
#include "look.h"
#include "memory.h"
#include "pool.h"
#include "reset_mode.h"
#include "uffd.h"

#define PAGES 64

static struct guardslot_query query_of(struct pool *pool, uint32_t slot)
{
	struct guardslot_query query;

	test_query(pool, slot, &query);
	return query;
}

/* Resets slot 0, compares, and gives what was counted of that reset. */
static struct guardslot_query reset_counted(struct pool *pool)
{
	struct guardslot_query before = query_of(pool, 0), after;

	test_reset(pool, 0);
	test_initial(pool, 0, PAGES);
	after = query_of(pool, 0);
	test_eq(after.out_resets, before.out_resets + 1);
	after.out_looks -= before.out_looks;
	after.out_skipped_pages -= before.out_skipped_pages;
	after.out_absent_pages -= before.out_absent_pages;
	after.out_flushes -= before.out_flushes;
	after.out_whole_mapped -= before.out_whole_mapped;
	after.out_whole_notified -= before.out_whole_notified;
	after.out_whole_unmapped -= before.out_whole_unmapped;
	return after;
}

/* A reset that looks, and copies so many pages. */
static void test_copies(struct pool *pool, uint64_t pages)
{
	struct guardslot_query did = reset_counted(pool);

	test_eq(did.out_looks, 1);
	test_eq(did.out_skipped_pages, PAGES - pages);
	test_eq(did.out_absent_pages, 0);
	test_eq(did.out_flushes, pages > 0);
}

static uint8_t *page_at(const struct pool *pool, size_t page)
{
	return area_at(pool, 0, 0) + page * PAGE;
}

TEST("only what was written is copied, and one flush is enough for all slots of a call")
{
	struct pool pool = pool_looked(8, PAGES);
	uint64_t flushes = 0;

	test_copies(&pool, 0);
	poke(page_at(&pool, 3), 1);
	poke(page_at(&pool, 40), 1);
	test_copies(&pool, 2);
	poke(page_at(&pool, 3), 1);
	test_copies(&pool, 1);
	test_copies(&pool, 0);
	for (uint32_t slot = 0; slot < 8; slot++) {
		poke(area_at(&pool, slot, 0) + slot * PAGE, 1);
		flushes -= query_of(&pool, slot).out_flushes;
	}
	reset_slots(&pool, 0, 8);
	for (uint32_t slot = 0; slot < 8; slot++) {
		test_initial(&pool, slot, PAGES);
		flushes += query_of(&pool, slot).out_flushes;
	}
	test_eq(flushes, 1);
}

TEST("a mode that copies all between two looks loses nothing")
{
	struct pool pool = pool_looked(1, PAGES);

	poke(page_at(&pool, 5), 1);
	set_reset_mode(MODE_COPY);
	test_eq(reset_counted(&pool).out_looks, 0);
	poke(page_at(&pool, 6), 1);
	set_reset_mode(MODE_LOOK);
	test_copies(&pool, 2);
}

TEST("pages that are new are copied, and then looked at like others")
{
	struct pool pool = pool_plain(1, PAGES, 0);

	set_reset_mode(MODE_LOOK);
	test_rebind(&pool, 0, image_keyed(&pool, 1, LOOK_KEY, PAGES));
	write_pages(page_at(&pool, 0), PAGES / 2, 1);
	reset_counted(&pool);
	write_pages(page_at(&pool, PAGES / 2), PAGES / 2, 1);
	test_copies(&pool, PAGES / 2);
	test_copies(&pool, 0);
}

TEST("what was written through a second mapping is copied, also when that is gone")
{
	struct pool pool = pool_looked(1, PAGES);
	size_t size = pool.geometry.out_map_size;
	uint8_t *second = map_shared(pool.fd, size, 0), *at;

	at = second + slab_offset(&pool, 0, 0);
	poke(at + 7 * PAGE, 1);
	test_eq(reset_counted(&pool).out_whole_mapped, 1);
	/* These entries are there already: no fault tells of the writes. */
	poke(at + 7 * PAGE, 1);
	test_sys(munmap(second, size));
	test_copies(&pool, PAGES);
	test_copies(&pool, 0);

	second = map_shared(pool.fd, size, 0);
	at = second + slab_offset(&pool, 0, 0);
	write_pages(at, PAGES, 1);
	test_sys(munmap(second, size));
	test_copies(&pool, PAGES);
}

TEST("what was written through the mapping of another process is copied")
{
	struct pool pool = pool_looked(1, PAGES);
	size_t size = pool.geometry.out_map_size;
	int status;
	pid_t child = fork();

	test_sys(child);
	if (child == 0) {
		uint8_t *at = map_shared(pool.fd, size, 0) + slab_offset(&pool, 0, 0);

		write_pages(at, PAGES / 2, 1);
		_exit(0);
	}
	test_eq(waitpid(child, &status, 0), child);
	test_eq(status, 0);
	test_copies(&pool, PAGES);
	test_copies(&pool, 0);
}

TEST("a process that does not have the slab mapped copies all pages")
{
	struct pool pool = pool_looked(1, PAGES);
	int status;
	pid_t child;

	poke(page_at(&pool, 9), 1);
	child = fork();
	test_sys(child);
	if (child == 0)
		_exit(do_reset(&pool, 0) ? 1 : 0);
	test_eq(waitpid(child, &status, 0), child);
	test_eq(status, 0);
	test_initial(&pool, 0, PAGES);
	test_eq(query_of(&pool, 0).out_whole_unmapped, 1);
}

TEST("what a debugger wrote is copied")
{
	struct pool pool = pool_looked(1, PAGES);
	int mem = open("/proc/self/mem", O_RDWR);
	uint8_t value = 0x77;

	test_sys(mem);
	test_eq(pwrite(mem, &value, 1, (off_t)(uintptr_t)page_at(&pool, 11)), 1);
	test_eq(peek(page_at(&pool, 11)), 0x77);
	test_copies(&pool, PAGES);
	test_copies(&pool, 0);
}

TEST("a page whose entry went away after it was written is copied")
{
	struct pool pool = pool_looked(1, PAGES);
	struct guardslot_query did;

	write_pages(page_at(&pool, 0), PAGES, 1);
	test_sys(munmap(pool.base, pool.geometry.out_map_size));
	pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	did = reset_counted(&pool);
	test_eq(did.out_looks, 1);
	test_eq(did.out_absent_pages, PAGES);
	test_eq(did.out_skipped_pages, 0);
	/* Reading has mapped them. */
	test_copies(&pool, PAGES);
	test_copies(&pool, 0);
}

TEST("changes of protection lose no write")
{
	struct pool pool = pool_looked(1, PAGES);
	size_t size = pool.geometry.out_map_size;

	for (int round = 0; round < 3; round++) {
		write_pages(page_at(&pool, 0), 8, 1);
		test_sys(mprotect(pool.base, size, PROT_READ));
		test_copies(&pool, 8);
		test_sys(mprotect(pool.base, size, PROT_READ | PROT_WRITE));
		write_pages(page_at(&pool, 4), 8, 2);
		test_sys(mprotect(pool.base, size, PROT_NONE));
		test_sys(mprotect(pool.base, size, PROT_READ | PROT_WRITE));
		test_copies(&pool, 8);
		test_copies(&pool, 0);
	}
}

TEST("a slab in pieces: a whole slot is looked at, a slot that is cut is copied")
{
	struct pool pool = pool_looked(2, PAGES);

	/* Into two VMAs, within slot 1. */
	test_sys(mprotect(area_at(&pool, 1, 0) + 10 * PAGE, PAGE, PROT_READ));
	poke(page_at(&pool, 3), 1);
	test_copies(&pool, 1);
	poke(area_at(&pool, 1, 0), 1);
	test_reset(&pool, 1);
	test_initial(&pool, 1, PAGES);
	test_eq(query_of(&pool, 1).out_whole_unmapped, 1);
}

TEST("a slab that moves takes its dirty bits along")
{
	struct pool pool = pool_looked(1, PAGES);
	size_t size = pool.geometry.out_map_size;
	uint8_t *first = pool.base, *second;

	second = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	test_ok(second != MAP_FAILED);
	poke(page_at(&pool, 1), 1);
	pool.base = mremap(first, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, second);
	test_ok(pool.base == second);
	poke(page_at(&pool, 2), 1);
	test_copies(&pool, 2);
	poke(page_at(&pool, 3), 1);
	pool.base = mremap(second, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, first);
	test_ok(pool.base == first);
	poke(page_at(&pool, 4), 1);
	test_copies(&pool, 2);
	test_copies(&pool, 0);
}

TEST("what system calls wrote is copied")
{
	struct pool pool = pool_looked(1, PAGES);
	int zero = open("/dev/zero", O_RDONLY), pipes[2];
	struct iovec parts[2] = { { page_at(&pool, 5), 10 }, { page_at(&pool, 20), 2 * PAGE } };

	test_sys(zero);
	test_sys(pipe(pipes));
	test_eq(read(zero, page_at(&pool, 2), PAGE), PAGE);
	test_eq(readv(zero, parts, 2), 10 + 2 * PAGE);
	test_copies(&pool, 4);
	test_eq(write(pipes[1], "x", 1), 1);
	test_eq(read(pipes[0], page_at(&pool, 30), 1), 1);
	test_copies(&pool, 1);
}

/* One read by io_uring's own threads. False where there is no io_uring. */
static bool uring_read(int fd, void *to, unsigned int length)
{
	struct io_uring_params params = { 0 };
	int ring = (int)syscall(SYS_io_uring_setup, 1, &params);
	struct io_uring_sqe *sqe;
	uint8_t *queue;

	if (ring < 0)
		return false;
	queue = mmap(NULL, params.sq_off.array + sizeof(uint32_t), PROT_READ | PROT_WRITE,
		     MAP_SHARED, ring, IORING_OFF_SQ_RING);
	sqe = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	test_ok(queue != MAP_FAILED && sqe != MAP_FAILED);
	*sqe = (struct io_uring_sqe){
		.opcode = IORING_OP_READ,
		.flags = IOSQE_ASYNC,
		.fd = fd,
		.addr = (uintptr_t)to,
		.len = length,
	};
	*(uint32_t *)(queue + params.sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(queue + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	test_eq(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0), 1);
	test_sys(close(ring));
	return true;
}

TEST("what io_uring wrote is copied")
{
	struct pool pool = pool_looked(1, PAGES);
	int zero = open("/dev/zero", O_RDONLY);

	test_sys(zero);
	if (!uring_read(zero, page_at(&pool, 4), 3 * (unsigned int)PAGE)) {
		test_note("no io_uring in this kernel");
		return;
	}
	test_bytes(page_at(&pool, 4), 0, 3 * PAGE);
	test_copies(&pool, 3);
}

TEST("write protection by userfaultfd, and its end, lose no write")
{
	struct pool pool = pool_looked(1, PAGES);
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED,
	};
	struct uffdio_register range = {
		.range = { (uintptr_t)pool.base, pool.geometry.out_map_size },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	struct uffdio_writeprotect protect = { .range = range.range };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	test_timeout(20);
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range)) {
		test_note("no write protection of slot memory here: %s", strerror(errno));
		return;
	}
	for (int round = 0; round < 3; round++) {
		write_pages(page_at(&pool, 0), 8, 1);
		protect.mode = UFFDIO_WRITEPROTECT_MODE_WP;
		test_sys(ioctl(fd, UFFDIO_WRITEPROTECT, &protect));
		test_eq(reset_counted(&pool).out_looks, 1);
		write_pages(page_at(&pool, 8), 8, 1);
		protect.mode = 0;
		test_sys(ioctl(fd, UFFDIO_WRITEPROTECT, &protect));
		write_pages(page_at(&pool, 16), 8, 1);
		test_eq(reset_counted(&pool).out_looks, 1);
	}
}

TEST("another image is there everywhere, where nothing was written too")
{
	struct pool pool = pool_looked(1, PAGES);
	uint32_t other = image_keyed(&pool, 2, 5000, PAGES);

	poke(page_at(&pool, 1), 1);
	test_rebind(&pool, 0, other);
	for (size_t i = 0; i < PAGES; i++)
		test_holds(page_at(&pool, i), 5000 + i);
	test_rebind(&pool, 0, GUARDSLOT_IMAGE_NONE);
	test_bytes(page_at(&pool, 0), 0, PAGES * PAGE);
	poke(page_at(&pool, 2), 1);
	test_reset(&pool, 0);
	test_bytes(page_at(&pool, 0), 0, PAGES * PAGE);
}

TEST("parked pages have the image's content, and limits that were lowered hide nothing")
{
	struct pool pool = pool_looked(1, PAGES);
	uint32_t half = image_keyed(&pool, 2, LOOK_KEY, PAGES / 2);
	uint64_t all = PAGES * PAGE;

	test_rebind(&pool, 0, half);
	for (int round = 0; round < 4; round++) {
		test_resize(&pool, 0, 0, all);
		test_bytes(page_at(&pool, PAGES / 2), 0, all / 2);
		write_pages(page_at(&pool, 0), PAGES, 3);
		if (round == 2) {
			/* Freed, and the image's when the limit is higher again. */
			test_resize(&pool, 0, 0, all / 4);
			test_resize(&pool, 0, 0, all);
			test_holds(page_at(&pool, PAGES / 4), LOOK_KEY + PAGES / 4);
			poke(page_at(&pool, PAGES / 4), 4);
		}
		test_reset(&pool, 0);
		for (size_t i = 0; i < PAGES / 2; i++)
			test_holds(page_at(&pool, i), LOOK_KEY + i);
	}
}

TEST("a snapshot has the same bytes whether dirty bits were cleared or not")
{
	struct pool pool = pool_looked(2, PAGES);
	uint32_t image;

	fill_page(page_at(&pool, 7), 9000);
	test_image_snapshot(&pool, 0, 3, &image);
	test_copies(&pool, 1);
	test_rebind(&pool, 1, image);
	for (size_t i = 0; i < PAGES; i++)
		test_holds(area_at(&pool, 1, 0) + i * PAGE, i == 7 ? 9000 : LOOK_KEY + i);
}

TEST("a purge between two looks starts anew")
{
	struct pool pool = pool_looked(1, PAGES);

	poke(page_at(&pool, 3), 1);
	test_purge(&pool, 0);
	test_initial(&pool, 0, PAGES);
	write_pages(page_at(&pool, 0), PAGES, 1);
	test_copies(&pool, PAGES);
	test_copies(&pool, 0);
}

TEST("a slot twice in a vector is reset once or twice, and is as its image")
{
	struct pool pool = pool_looked(1, PAGES);
	uint32_t slots[3] = { 0 };
	struct guardslot_reset reset = { .slots = (uintptr_t)slots, .count = 3 };

	for (int round = 0; round < 3; round++) {
		write_pages(page_at(&pool, (size_t)round), 4, 1);
		test_reset_cmd(&pool, &reset);
		test_eq(reset.out_done, 3);
		test_initial(&pool, 0, PAGES);
	}
}

TEST_MAIN()
