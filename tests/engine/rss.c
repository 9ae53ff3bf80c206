// SPDX-License-Identifier: MIT
// A pool's pages are resident memory of one process that maps it, until they or the mapping go.
/* That the kernel finds the counts of a process at 0 when it has ended, its log says. */
#include "test.h"

#include <sys/mman.h>

#include "child.h"
#include "file.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

#define PAGES (long)(((size_t)32 << 20) / PAGE)
/* What four processors may have counted apart, and what the module has not told yet. */
#define APART (long)(128 + ((size_t)4 << 20) / PAGE)

static long shmem_pages_of(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	return (long)(get_number(path, "RssShmem") * 1024 / PAGE);
}

static long shmem_pages(void)
{
	return shmem_pages_of(getpid());
}

static void test_about(long pages, long expected)
{
	if (pages < expected - APART || pages > expected + APART)
		test_fail("%ld pages, expected about %ld", pages, expected);
}

static struct pool pool_written(void)
{
	struct pool pool = pool_plain(2, PAGES, 0);

	write_pages(area_at(&pool, 0, 0), PAGES, 1);
	return pool;
}

TEST("private pages count, until PURGE frees them")
{
	long before = shmem_pages();
	struct pool pool = pool_written();

	test_about(shmem_pages(), before + PAGES);
	test_reset(&pool, 0);
	test_about(shmem_pages(), before + PAGES);
	test_purge(&pool, 0);
	test_about(shmem_pages(), before);
}

TEST("pages of images count, mapped into no slot")
{
	long before = shmem_pages();
	struct pool pool = pool_plain(2, PAGES, 0);
	uint8_t *source = malloc(PAGES * PAGE);
	uint32_t image;

	memset(source, 1, PAGES * PAGE);
	image = image_of(&pool, 1, source, PAGES * PAGE, PAGES * PAGE);
	test_about(shmem_pages(), before + PAGES);
	test_image_destroy(&pool, image);
	test_about(shmem_pages(), before);
}

TEST("they leave with the last piece of a mapping that was cut, protected and moved")
{
	long before = shmem_pages();
	struct pool pool = pool_written();
	size_t size = pool.geometry.out_map_size;
	size_t half = size / 2 / PAGE * PAGE;
	uint8_t *moved;

	test_sys(mprotect(pool.base + PAGE, PAGE, PROT_READ));
	test_sys(munmap(pool.base, half));
	test_about(shmem_pages(), before + PAGES);
	moved = mremap(pool.base + half, size - half, size - half, MREMAP_MAYMOVE | MREMAP_FIXED,
		       pool.base);
	test_ok(moved == pool.base);
	test_about(shmem_pages(), before + PAGES);
	test_sys(munmap(pool.base, size));
	test_about(shmem_pages(), before);
	pool.base = map_shared(pool.fd, size, 0);
	test_about(shmem_pages(), before + PAGES);
	test_eq(peek(area_at(&pool, 0, 0)), 1);
}

TEST("of two processes the one that opened the pool pays, and the other when it has left")
{
	struct pool pool = pool_written();
	size_t size = pool.geometry.out_map_size;
	long before = shmem_pages();
	int up[2], down[2];
	char byte = 0;
	pid_t child;

	test_sys(munmap(pool.base, size));
	test_sys(pipe(up));
	test_sys(pipe(down));
	child = fork();
	test_sys(child);
	if (child == 0) {
		long none = shmem_pages();

		pool.base = map_shared(pool.fd, size, 0);
		test_about(shmem_pages(), none + PAGES);
		test_eq(write(up[1], &byte, 1), 1);
		test_eq(read(down[0], &byte, 1), 1);
		test_about(shmem_pages(), none);
		test_eq(write(up[1], &byte, 1), 1);
		test_eq(read(down[0], &byte, 1), 1);
		test_about(shmem_pages(), none + PAGES);
		_exit(0);
	}
	test_eq(read(up[0], &byte, 1), 1);
	pool.base = map_shared(pool.fd, size, 0);
	test_about(shmem_pages(), before);
	test_eq(write(down[1], &byte, 1), 1);
	test_eq(read(up[0], &byte, 1), 1);
	test_sys(munmap(pool.base, size));
	test_about(shmem_pages(), before - PAGES);
	test_eq(write(down[1], &byte, 1), 1);
	test_child(child);
}

TEST("a child of fork and a program that is executed pay nothing")
{
	struct pool pool = pool_written();
	long before = shmem_pages();

	in_child(test_about(shmem_pages(), before - PAGES));
	in_child({
		int up[2];
		char byte;
		pid_t child;

		test_sys(pipe2(up, O_CLOEXEC));
		child = fork();
		test_sys(child);
		if (child == 0) {
			pool = pool_written();
			execl("/bin/sleep", "sleep", "1000", NULL);
			_exit(127);
		}
		close(up[1]);
		/* Closed by the program's start. */
		test_eq(read(up[0], &byte, 1), 0);
		test_about(shmem_pages_of(child), 0);
		test_sys(kill(child, SIGKILL));
	});
	test_about(shmem_pages(), before);
	pool_close(&pool);
}

TEST_MAIN()
