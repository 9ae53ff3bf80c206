// SPDX-License-Identifier: MIT
#include "test.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "allocator.h"
#include "seam/real.h"
#include "random.h"

#define NORESERVE (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

/* ---- the calls ---------------------------------------------------------------------- */

static void *call_mmap(struct pool *pool, void *start, uint64_t length, int prot, int flags, int fd,
		       uint64_t offset)
{
	void *at = pool->is_real ? real_mmap(start, length, prot, flags, fd, offset) :
				   mmap(start, length, prot, flags, fd, (off_t)offset);

	if (at == MAP_FAILED || real_is_error(at))
		test_fail("mmap of %" PRIu64 " bytes: %m", length);
	return at;
}

static void call_mprotect(struct pool *pool, void *start, uint64_t length, int prot)
{
	if (pool->is_real)
		test_success(real_mprotect(start, length, prot));
	else
		test_sys(mprotect(start, length, prot));
}

static void call_madvise(struct pool *pool, void *start, uint64_t length)
{
	if (pool->is_real)
		test_success(real_madvise(start, length, MADV_DONTNEED));
	else
		test_sys(madvise(start, length, MADV_DONTNEED));
}

/* ---- pools ---------------------------------------------------------------------------- */

struct pool *pool_make_as(uint32_t count, bool is_real, uint64_t reserve, uint64_t guard)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (test_argc > 1)
		setenv("GUARDSLOT_BACKEND", test_argv[1], 1);
	pool->is_real = is_real;
	pool->count = count;
	pool->max = reserve;
	pool->length = guard + count * (reserve + guard);
	pool->slots = calloc(count, sizeof(*pool->slots));
	pool->start = call_mmap(pool, NULL, pool->length, PROT_NONE, NORESERVE, -1, 0);
	for (uint32_t i = 0; i < count; i++)
		pool->slots[i].base = pool->start + guard + i * (reserve + guard);
	return pool;
}

struct pool *pool_make(uint32_t count, bool is_real)
{
	return pool_make_as(count, is_real, RESERVE, GUARD);
}

void pool_drop(struct pool *pool)
{
	if (pool->is_real)
		test_success(real_munmap(pool->start, pool->length));
	else
		test_sys(munmap(pool->start, pool->length));
	free(pool->slots);
	free(pool);
}

/* ---- slots: MemoryImageSlot ------------------------------------------------------------- */

static void unknown_erase(struct pool *pool, struct slot *slot)
{
	if (!slot->is_unknown)
		return;
	call_mmap(pool, slot->base, pool->max, PROT_NONE, NORESERVE | MAP_FIXED, -1, 0);
	*slot = (struct slot){ .base = slot->base };
}

static void image_remove(struct pool *pool, struct slot *slot)
{
	if (!slot->image)
		return;
	call_mmap(pool, slot->base + slot->image->offset, slot->image->length,
		  PROT_READ | PROT_WRITE, NORESERVE | MAP_FIXED, -1, 0);
	slot->image = NULL;
}

void slot_instantiate(struct pool *pool, uint32_t index, const struct memory *memory)
{
	struct slot *slot = &pool->slots[index];
	const struct memory *image = memory->fd < 0 ? NULL : memory;

	unknown_erase(pool, slot);
	if (slot->image != image)
		image_remove(pool, slot);
	if (slot->accessible < memory->min) {
		call_mprotect(pool, slot->base + slot->accessible, memory->min - slot->accessible,
			      PROT_READ | PROT_WRITE);
		slot->accessible = memory->min;
	}
	if (slot->accessible > memory->min && !memory->never_lowers) {
		call_mprotect(pool, slot->base + memory->min, slot->accessible - memory->min,
			      PROT_NONE);
		slot->accessible = memory->min;
	}
	if (image && slot->image != image)
		call_mmap(pool, slot->base + image->offset, image->length, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_FIXED, image->fd, image->file_offset);
	slot->image = image;
}

void slot_grow(struct pool *pool, uint32_t index, uint64_t bytes)
{
	struct slot *slot = &pool->slots[index];

	if (bytes <= slot->accessible)
		return;
	call_mprotect(pool, slot->base + slot->accessible, bytes - slot->accessible,
		      PROT_READ | PROT_WRITE);
	slot->accessible = bytes;
}

void slot_drop(struct pool *pool, uint32_t index)
{
	struct slot *slot = &pool->slots[index];

	if (slot->accessible)
		call_madvise(pool, slot->base, slot->accessible);
}

/* The kernel does it one by one where it has no PIDFD_SELF yet. */
static void vector_reset(struct pool *pool, const struct iovec *ranges, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++) {
		total += ranges[i].iov_len;
		if (pool->is_real && ranges[i].iov_len)
			call_madvise(pool, ranges[i].iov_base, ranges[i].iov_len);
	}
	if (!pool->is_real && total)
		test_eq(syscall(SYS_process_madvise, -10000, ranges, count, MADV_DONTNEED, 0),
			total);
}

void slots_drop(struct pool *pool, const uint32_t *slots, uint32_t count)
{
	static unsigned char table[64];
	struct iovec *ranges = calloc(2 * count + 1, sizeof(*ranges));

	for (uint32_t i = 0; i < count; i++) {
		struct slot *slot = &pool->slots[slots[i]];

		ranges[2 * i] = (struct iovec){ slot->base, slot->accessible };
		ranges[2 * i + 1] = (struct iovec){ table, 0 };
	}
	vector_reset(pool, ranges, 2 * count);
	free(ranges);
}

void slot_lose(struct pool *pool, uint32_t index)
{
	pool->slots[index].is_unknown = true;
}

void slot_purge(struct pool *pool, uint32_t index)
{
	unknown_erase(pool, &pool->slots[index]);
	image_remove(pool, &pool->slots[index]);
}

/* ---- images ----------------------------------------------------------------------------- */

void image_fill(unsigned char *bytes, uint64_t length, uint64_t seed)
{
	for (uint64_t at = 0; at < length; at += sizeof(seed)) {
		uint64_t left = length - at;

		random_next(&seed);
		memcpy(bytes + at, &seed, left < sizeof(seed) ? left : sizeof(seed));
	}
}

int image_file(uint64_t length, uint64_t seed)
{
	int fd = (int)test_sys(memfd_create("wasm-memory-image", MFD_CLOEXEC | MFD_ALLOW_SEALING));
	unsigned char *bytes = malloc(length);

	image_fill(bytes, length, seed);
	test_eq(write(fd, bytes, length), length);
	free(bytes);
	test_sys(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL));
	return fd;
}

/* ---- what is seen ----------------------------------------------------------------------- */

struct guardslot_wasmtime_info slot_info(const struct pool *pool, uint32_t slot)
{
	struct guardslot_wasmtime_info info = { .size = sizeof(info) };

	test_success(guardslot_wasmtime_query(pool->slots[slot].base, &info));
	test_eq(info.slot, slot);
	return info;
}

bool slot_is_on_slots(const struct pool *pool, uint32_t slot)
{
	return slot_info(pool, slot).backend != GUARDSLOT_WASMTIME_PLAIN;
}

static int pipes[2];

static void pipes_make(void)
{
	test_sys(pipe(pipes));
}

/* Of several threads one may read the byte of another. */
bool is_readable(const void *address)
{
	static pthread_once_t made = PTHREAD_ONCE_INIT;

	test_eq(pthread_once(&made, pipes_make), 0);
	if (write(pipes[1], address, 1) == 1) {
		char byte;

		test_eq(read(pipes[0], &byte, 1), 1);
		return true;
	}
	test_eq(errno, EFAULT);
	return false;
}

void slots_are_equal(struct pool *a, struct pool *b, uint32_t index)
{
	struct slot *one = &a->slots[index];
	struct slot *two = &b->slots[index];

	test_eq(one->accessible, two->accessible);
	if (one->accessible) {
		if (memcmp(one->base, two->base, one->accessible))
			test_mem(one->base, two->base, one->accessible);
		test_ok(is_readable(one->base + one->accessible - 1));
	}
	test_ok(!is_readable(one->base + one->accessible));
	test_ok(!is_readable(one->base + a->max - 1));
}
