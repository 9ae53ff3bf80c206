// SPDX-License-Identifier: MIT
// Slab and claim words can be mapped shared, in any part, any number of times, by who has the file.
/*
 * They can never be mapped private, executable or past their ends, and a forked child
 * has no mapping of them.
 */
#include "test.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "abi.h"
#include "child.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

static long try_map(struct pool *pool, size_t size, int prot, int flags, uint64_t offset)
{
	return (long)mmap(NULL, size, prot, flags, pool->fd, (off_t)offset);
}

#define RW (PROT_READ | PROT_WRITE)

TEST("before CREATE there is nothing to map: ENOENT")
{
	struct pool pool = { .fd = test_success(device_open()) };

	test_sys_err(-ENOENT, try_map(&pool, PAGE, RW, MAP_SHARED, 0));
	test_sys_err(-ENOENT, try_map(&pool, PAGE, RW, MAP_SHARED, 1 << 20));
	test_sys_err(-ENOENT, try_map(&pool, PAGE, RW, MAP_PRIVATE, 0));
}

TEST("a private mapping is EINVAL, of the slab and of the claim words")
{
	struct pool pool = pool_small(1);
	uint64_t claim = pool.geometry.out_claim_offset;

	test_sys_err(-EINVAL, try_map(&pool, PAGE, RW, MAP_PRIVATE, 0));
	test_sys_err(-EINVAL, try_map(&pool, PAGE, PROT_READ, MAP_PRIVATE, 0));
	test_sys_err(-EINVAL, try_map(&pool, PAGE, RW, MAP_PRIVATE, claim));
}

TEST("an executable mapping is EACCES, at once and through mprotect")
{
	struct pool pool = pool_small(1);
	uint64_t claim = pool.geometry.out_claim_offset;

	test_sys_err(-EACCES, try_map(&pool, PAGE, RW | PROT_EXEC, MAP_SHARED, 0));
	test_sys_err(-EACCES, try_map(&pool, PAGE, PROT_EXEC, MAP_SHARED, 0));
	test_sys_err(-EACCES, try_map(&pool, PAGE, RW | PROT_EXEC, MAP_SHARED, claim));
	test_sys_err(-EACCES, mprotect(pool.base, PAGE, RW | PROT_EXEC));
	test_sys_err(-EACCES, mprotect(pool.base, PAGE, PROT_EXEC));
	test_sys_err(-EACCES, mprotect(pool.claim, PAGE, PROT_READ | PROT_EXEC));
}

/* Each open file has a pool of its own: no other file gives this one slots. */
TEST("a file that is open for reading only has no slots, and cannot be mapped")
{
	struct guardslot_create geometry = small_geometry(1);
	struct pool pool = { .fd = open(GUARDSLOT_DEVICE, O_RDONLY | O_CLOEXEC) };

	test_sys(pool.fd);
	test_err_create(-EBADF, pool.fd, &geometry);
	test_sys_err(-ENOENT, try_map(&pool, PAGE, PROT_READ, MAP_SHARED, 0));
	test_sys_err(-EACCES, try_map(&pool, PAGE, RW, MAP_SHARED, 0));
}

/* Then the kernel aligns a mapping for them. A real-time kernel is built without. */
static bool has_huge_pages(void)
{
	return access("/sys/kernel/mm/transparent_hugepage", F_OK) == 0;
}

TEST_WHEN(has_huge_pages,
	  "a large slab is mapped at an address aligned to what one page table maps")
{
	struct guardslot_create geometry = small_geometry(2);
	struct pool pool;

	geometry.areas[0].reserve = 1ull << 30;
	for (int i = 0; i < 8; i++) {
		pool = pool_map(&geometry);
		test_eq((uintptr_t)pool.base % PAGE_TABLE_SPAN, 0);
		/* The next pool is not to find its place aligned by the last. */
		map_shared(pool.fd, PAGE, 0);
	}
}

TEST("past the end of the slab is EINVAL, up to it is not")
{
	struct pool pool = pool_small(2);
	uint64_t size = pool.geometry.out_map_size;

	test_sys_err(-EINVAL, try_map(&pool, size + PAGE, RW, MAP_SHARED, 0));
	test_sys_err(-EINVAL, try_map(&pool, size, RW, MAP_SHARED, PAGE));
	test_sys_err(-EINVAL, try_map(&pool, 2 * PAGE, RW, MAP_SHARED, size - PAGE));
	test_sys_err(-EINVAL, try_map(&pool, PAGE, RW, MAP_SHARED, 1ull << 40));
	test_sys(try_map(&pool, PAGE, RW, MAP_SHARED, size - PAGE));
	test_sys(try_map(&pool, size - PAGE, RW, MAP_SHARED, PAGE));
}

/* A pool whose claim words take that many pages. */
static struct pool pool_of_claims(uint32_t pages)
{
	struct pool pool = pool_small(1);
	uint32_t slots = (uint32_t)(pages * PAGE / pool.claim_stride);

	pool_close(&pool);
	return pool_small(slots);
}

TEST("past the end of the claim words is EINVAL")
{
	struct pool pool = pool_of_claims(2);
	uint64_t offset = pool.geometry.out_claim_offset, size = pool.geometry.out_claim_size;

	test_eq(size, 2 * PAGE);
	test_sys_err(-EINVAL, try_map(&pool, size + PAGE, RW, MAP_SHARED, offset));
	test_sys_err(-EINVAL, try_map(&pool, PAGE, RW, MAP_SHARED, offset + size));
	test_sys_err(-EINVAL, try_map(&pool, size, RW, MAP_SHARED, offset + PAGE));
	test_sys(try_map(&pool, PAGE, RW, MAP_SHARED, offset));
	test_sys(try_map(&pool, size, RW, MAP_SHARED, offset));
	test_sys(try_map(&pool, size - PAGE, RW, MAP_SHARED, offset + PAGE));
}

TEST("a mapping of any part shows that part")
{
	struct pool pool = pool_small(3);
	uint64_t offset = slab_offset(&pool, 1, 0);
	uint8_t *part = map_shared(pool.fd, 5 * PAGE, offset - PAGE);

	poke(area_at(&pool, 1, 0), 0x12);
	poke(area_at(&pool, 1, 0) + 3 * PAGE, 0x34);
	test_eq(peek(part + PAGE), 0x12);
	test_eq(peek(part + 4 * PAGE), 0x34);
	test_signal(SIGSEGV, part, peek(part));
	poke(part + 2 * PAGE, 0x56);
	test_eq(peek(area_at(&pool, 1, 0) + PAGE), 0x56);
}

TEST("two mappings of one pool show the same bytes, at all times")
{
	struct pool pool = pool_small(2);
	struct pool second = pool;
	uint8_t *a, *b;

	second.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	a = area_at(&pool, 1, 1);
	b = area_at(&second, 1, 1);
	test_eq(peek(a), 0);
	test_eq(peek(b), 0);
	poke(a, 1);
	test_eq(peek(b), 1);
	poke(b + PAGE, 2);
	test_eq(peek(a + PAGE), 2);
	test_reset(&pool, 1);
	test_bytes(a, 0, 2 * PAGE);
	test_bytes(b, 0, 2 * PAGE);
	poke(b, 3);
	test_purge(&pool, 1);
	test_eq(peek(a), 0);
	test_eq(peek(b), 0);
}

TEST("a slot that both mappings share with its image is private in both after a write")
{
	struct pool pool = pool_small(2);
	struct pool second = pool;
	uint32_t image = image_filled(&pool, 1, 0x44, 4);

	second.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	test_rebind(&pool, 0, image);
	test_rebind(&pool, 1, image);
	test_eq(peek(area_at(&pool, 0, 0)), 0x44);
	test_eq(peek(area_at(&second, 0, 0)), 0x44);
	poke(area_at(&pool, 0, 0), 0x45);
	test_eq(peek(area_at(&second, 0, 0)), 0x45);
	poke(area_at(&second, 0, 0) + 1, 0x46);
	test_eq(peek(area_at(&pool, 0, 0) + 1), 0x46);
	test_bytes(area_at(&second, 1, 0), 0x44, 4 * PAGE);
}

TEST("a mapping for reading reads, and cannot be written")
{
	struct pool pool = pool_small(1);
	uint8_t *map = mmap(NULL, pool.geometry.out_map_size, PROT_READ, MAP_SHARED, pool.fd, 0);
	uint8_t *at = map + slab_offset(&pool, 0, 0);

	test_ok(map != MAP_FAILED);
	test_eq(peek(at), 0);
	test_signal(SIGSEGV, at, poke(at, 1));
	poke(area_at(&pool, 0, 0), 2);
	test_eq(peek(at), 2);
	test_signal(SIGSEGV, at, poke(at, 1));
	test_sys(mprotect(map, pool.geometry.out_map_size, RW));
	poke(at, 3);
	test_eq(peek(area_at(&pool, 0, 0)), 3);
}

TEST("a mapping without access has none, and its content when it gets it back")
{
	struct pool pool = pool_small(1);
	uint8_t *at = area_at(&pool, 0, 0);

	poke(at, 9);
	test_sys(mprotect(at, PAGE, PROT_NONE));
	test_signal(SIGSEGV, at, peek(at));
	poke(at + PAGE, 8);
	test_sys(mprotect(at, PAGE, RW));
	test_eq(peek(at), 9);
	test_sys(mprotect(at, PAGE, PROT_NONE));
	test_reset(&pool, 0);
	test_signal(SIGSEGV, at, peek(at));
	test_sys(mprotect(at, PAGE, RW));
	test_eq(peek(at), 0);
	poke(at, 1);
	test_eq(peek(at), 1);
}

TEST("mremap cannot make a mapping longer")
{
	struct pool pool = pool_small(2);
	uint8_t *part = map_shared(pool.fd, 4 * PAGE, 0);

	test_ok(mremap(part, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
	test_ok(mremap(part, 4 * PAGE, 5 * PAGE, 0) == MAP_FAILED);
	test_ok(mremap(part, 0, 4 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
	test_ok(mremap(pool.claim, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
}

TEST("a mapping that mremap moved works as before, and so do guards and resets")
{
	struct pool pool = pool_small(2);
	size_t size = pool.geometry.out_map_size;
	uint8_t *to = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *from = pool.base;

	test_ok(to != MAP_FAILED);
	poke(area_at(&pool, 1, 0), 0x21);
	pool.base = mremap(from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	test_ok(pool.base == to);
	test_eq(peek(area_at(&pool, 1, 0)), 0x21);
	poke(area_at(&pool, 1, 1), 0x22);
	test_signal(SIGSEGV, area_at(&pool, 1, 0) + 4 * PAGE,
		    peek(area_at(&pool, 1, 0) + 4 * PAGE));
	test_reset(&pool, 1);
	test_eq(peek(area_at(&pool, 1, 0)), 0);
	test_eq(peek(area_at(&pool, 1, 1)), 0);
	test_resize(&pool, 1, 0, 0);
	test_signal(SIGSEGV, area_at(&pool, 1, 0), peek(area_at(&pool, 1, 0)));
}

TEST("after a munmap in the middle the rest works, and the middle can come back")
{
	struct pool pool = pool_small(3);
	uint8_t *at = area_at(&pool, 1, 0);

	for (uint32_t slot = 0; slot < 3; slot++)
		poke(area_at(&pool, slot, 0) + PAGE, (uint8_t)(slot + 1));
	test_sys(munmap(at, 3 * PAGE));
	test_signal(SIGSEGV, at + PAGE, peek(at + PAGE));
	test_eq(peek(area_at(&pool, 0, 0) + PAGE), 1);
	test_eq(peek(area_at(&pool, 2, 0) + PAGE), 3);
	poke(at + 3 * PAGE, 7);
	test_ok(mmap(at, 3 * PAGE, RW, MAP_SHARED | MAP_FIXED, pool.fd,
		     (off_t)slab_offset(&pool, 1, 0)) == at);
	test_eq(peek(at + PAGE), 2);
	test_reset(&pool, 1);
	test_bytes(at, 0, 4 * PAGE);
}

TEST("no madvise() of slot memory does harm")
{
	static const int advices[] = {
		MADV_NORMAL,
		MADV_RANDOM,
		MADV_SEQUENTIAL,
		MADV_WILLNEED,
		MADV_DONTNEED,
		MADV_FREE,
		MADV_REMOVE,
		MADV_MERGEABLE,
		MADV_UNMERGEABLE,
		MADV_HUGEPAGE,
		MADV_NOHUGEPAGE,
		MADV_DONTDUMP,
		MADV_DODUMP,
		MADV_DONTFORK,
		MADV_WIPEONFORK,
		MADV_KEEPONFORK,
		MADV_COLD,
		MADV_PAGEOUT,
		22 /* POPULATE_READ */,
		23 /* POPULATE_WRITE */,
		24 /* DONTNEED_LOCKED */,
		25 /* COLLAPSE */,
		100 /* HWPOISON */,
		101 /* SOFT_OFFLINE */,
		102 /* GUARD_INSTALL */,
		103 /* GUARD_REMOVE */,
	};
	struct pool pool = pool_small(2);
	uint32_t image = image_filled(&pool, 1, 0x61, 4);
	uint8_t *at = area_at(&pool, 1, 0);

	test_rebind(&pool, 1, image);
	for (size_t i = 0; i < ARRAY_SIZE(advices); i++) {
		poke(at, 0x62);
		test_eq(peek(at + PAGE), 0x61);
		madvise(at, 4 * PAGE, advices[i]);
		madvise(pool.base, pool.geometry.out_map_size, advices[i]);
		if (peek(at) != 0x62 || peek(at + PAGE) != 0x61 || peek(at + 2 * PAGE) != 0x61)
			test_fail("lost by advice %d", advices[i]);
		test_signal(SIGSEGV, at + 4 * PAGE, peek(at + 4 * PAGE));
		test_reset(&pool, 1);
		if (peek(at) != 0x61)
			test_fail("not reset after advice %d", advices[i]);
	}
}

TEST("mlock(), msync(), mincore() and mbind() of slot memory do no harm")
{
	struct pool pool = pool_small(2);
	size_t size = pool.geometry.out_map_size;
	unsigned char resident[256];
	uint8_t *at = area_at(&pool, 0, 0);

	poke(at, 0x31);
	mlock(pool.base, size);
	mlock2(pool.base, size, MLOCK_ONFAULT);
	munlock(pool.base, size);
	mlockall(MCL_CURRENT | MCL_FUTURE);
	munlockall();
	msync(pool.base, size, MS_SYNC);
	msync(pool.base, size, MS_ASYNC | MS_INVALIDATE);
	mincore(pool.base, size, resident);
	syscall(SYS_mbind, pool.base, size, 2, &(unsigned long){ 1 }, 2, 0);
	syscall(SYS_remap_file_pages, at, PAGE, 0, (size - PAGE) / PAGE, 0);
	test_ok(mmap(pool.base, size, RW, MAP_SHARED | MAP_FIXED | MAP_POPULATE | MAP_LOCKED,
		     pool.fd, 0) == pool.base);
	test_eq(peek(at), 0x31);
	test_reset(&pool, 0);
	test_eq(peek(at), 0);
}

TEST("read, write, lseek, truncate and the like fail on the device and change nothing")
{
	struct pool pool = pool_small(1);
	char byte = 1;

	poke(area_at(&pool, 0, 0), 5);
	test_sys_err(-EINVAL, read(pool.fd, &byte, 1));
	test_sys_err(-EINVAL, write(pool.fd, &byte, 1));
	test_sys_err(-ESPIPE, pread(pool.fd, &byte, 1, 0));
	test_sys_err(-ESPIPE, lseek(pool.fd, 0, SEEK_END));
	test_sys_err(-EINVAL, ftruncate(pool.fd, 0));
	test_ok(fallocate(pool.fd, 3, 0, PAGE) == -1);
	posix_fadvise(pool.fd, 0, 0, POSIX_FADV_DONTNEED);
	posix_fadvise(pool.fd, 0, 0, POSIX_FADV_WILLNEED);
	fsync(pool.fd);
	sync_file_range(pool.fd, 0, 0, 7);
	test_eq(peek(area_at(&pool, 0, 0)), 5);
	test_sys_err(-EINVAL, open(GUARDSLOT_DEVICE, O_RDWR | O_DIRECT | O_CLOEXEC));
}

TEST("a forked child has no mapping")
{
	struct pool pool = pool_small(1);

	poke(area_at(&pool, 0, 0), 1);
	in_child({
		test_signal(SIGSEGV, area_at(&pool, 0, 0), peek(area_at(&pool, 0, 0)));
		test_signal(SIGSEGV, area_at(&pool, 0, 0), poke(area_at(&pool, 0, 0), 2));
		test_signal(SIGSEGV, pool.claim, peek(pool.claim));
	});
	test_eq(peek(area_at(&pool, 0, 0)), 1);
}

TEST("a forked child has no slab even if the parent asks for it: MADV_DOFORK fails")
{
	struct pool pool = pool_small(1);

	poke(area_at(&pool, 0, 0), 1);
	test_sys_err(-EINVAL, madvise(pool.base, pool.geometry.out_map_size, MADV_DOFORK));
	in_child({ test_signal(SIGSEGV, area_at(&pool, 0, 0), peek(area_at(&pool, 0, 0))); });
}

TEST("claim words: one for each slot, zero at first, the same in every mapping")
{
	struct pool pool = pool_small(200);
	uint8_t *second =
		map_shared(pool.fd, pool.geometry.out_claim_size, pool.geometry.out_claim_offset);

	for (uint32_t slot = 0; slot < 200; slot++) {
		test_eq(atomic_load(claim_word(&pool, slot)), GUARDSLOT_ACTIVE);
		atomic_store(claim_word(&pool, slot), slot + 100);
	}
	for (uint32_t slot = 0; slot < 200; slot++) {
		struct guardslot_query query;

		test_eq(*(uint32_t *)(second + slot * pool.claim_stride), slot + 100);
		test_query(&pool, slot, &query);
		test_eq(query.out_state, slot + 100);
	}
}

TEST("claim words: a mapping of any part shows that part")
{
	struct pool pool = pool_of_claims(4);
	uint32_t first = (uint32_t)(2 * PAGE / pool.claim_stride);
	uint8_t *part = map_shared(pool.fd, PAGE, pool.geometry.out_claim_offset + 2 * PAGE);

	atomic_store(claim_word(&pool, first), 71);
	atomic_store(claim_word(&pool, first + 3), 72);
	test_eq(*(uint32_t *)part, 71);
	test_eq(*(uint32_t *)(part + 3 * pool.claim_stride), 72);
}

TEST("claim words: advice does not take them away, and no child inherits them")
{
	struct pool pool = pool_of_claims(4);
	uint64_t size = pool.geometry.out_claim_size;
	uint32_t slot = (uint32_t)(2 * PAGE / pool.claim_stride);

	atomic_store(claim_word(&pool, slot), 73);
	test_sys(madvise(pool.claim, size, MADV_DONTNEED));
	test_eq(atomic_load(claim_word(&pool, slot)), 73);
	test_sys(madvise(pool.claim + 2 * PAGE, PAGE, MADV_DONTNEED));
	atomic_store(claim_word(&pool, slot + 1), 74);
	test_eq(atomic_load(claim_word(&pool, slot)), 73);
	test_eq(madvise(pool.claim, size, MADV_DOFORK), -1);
	test_eq(errno, EINVAL);
	in_child({ test_signal(SIGSEGV, pool.claim, peek(pool.claim)); });
}

TEST_MAIN()
