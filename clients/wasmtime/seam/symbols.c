// SPDX-License-Identifier: MIT
/*
 * The C library's symbols, all in this file, so that a program which is linked with the
 * static library gets all of them or none.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "guardslot-wasmtime.h"
#include "seam/pool.h"
#include "seam/real.h"
#include "seam/slot.h"

#define EXPORT __attribute__((visibility("default")))

/* A mapping that is shorter is no pool. */
#define LEAST_POOL (64ull << 20)
#define RESERVATION_FLAGS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

/* From linux/pidfd.h and linux/fs.h, which older headers do not have. */
#define PIDFD_SELF_PROCESS (-10000)
#define PAGEMAP_SCAN_REQUEST 0xc0606610ul

struct pagemap_scan {
	uint64_t size, flags, start, end;
};

static struct seam_pool *pool_of(const void *address)
{
	struct seam_pool *pool = seam_pool_find(address);

	return pool && !seam_inside ? pool : NULL;
}

/* Of a pool without slots: a child's. */
static bool is_plain(const struct seam_pool *pool)
{
	return !pool->shim;
}

/* What a function of the seam says, for the caller of libc; SEAM_PLAIN is not for here. */
static int answer(int error)
{
	if (!error)
		return 0;
	errno = -error;
	return -1;
}

/* ---- mmap(), munmap() ----------------------------------------------------------------- */

static void *map(void *address, size_t length, int prot, int flags, int fd, off_t offset)
{
	struct seam_pool *pool = address && flags & MAP_FIXED ? pool_of(address) : NULL;
	void *made = NULL;
	int error;

	if (pool && !is_plain(pool)) {
		seam_inside++;
		error = seam_slot_map(pool, address, length, prot, flags, fd, offset);
		seam_inside--;
		if (error != SEAM_PLAIN)
			return answer(error) ? MAP_FAILED : address;
	}
	if (!address && prot == PROT_NONE && flags == RESERVATION_FLAGS && length >= LEAST_POOL &&
	    !seam_inside) {
		seam_inside++;
		made = seam_pool_create(length);
		seam_inside--;
	}
	if (made)
		return made;
	return (void *)real_result(
		(long)real_mmap(address, length, prot, flags, fd, (uint64_t)offset));
}

EXPORT void *mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset)
{
	return map(address, length, prot, flags, fd, offset);
}

#ifdef __GLIBC__
EXPORT void *mmap64(void *address, size_t length, int prot, int flags, int fd, off64_t offset)
{
	return map(address, length, prot, flags, fd, offset);
}
#endif

EXPORT int munmap(void *address, size_t length)
{
	struct seam_pool *pool = pool_of(address);
	int error = SEAM_PLAIN;

	if (pool) {
		seam_inside++;
		if (atomic_load(&pool->start) == (uintptr_t)address &&
		    atomic_load(&pool->length) == length) {
			seam_pool_destroy(pool);
			error = 0;
		} else if (!is_plain(pool)) {
			error = seam_slot_leave_all(pool, address, length, "it is unmapped");
		}
		seam_inside--;
	}
	if (error != SEAM_PLAIN)
		return answer(error);
	return (int)real_result(real_munmap(address, length));
}

EXPORT void *mremap(void *address, size_t old_length, size_t length, int flags, ...)
{
	struct seam_pool *pool = pool_of(address);
	void *to = NULL;
	int error = SEAM_PLAIN;
	va_list arguments;

	va_start(arguments, flags);
	if (flags & MREMAP_FIXED)
		to = va_arg(arguments, void *);
	va_end(arguments);
	if (pool && !is_plain(pool)) {
		seam_inside++;
		error = seam_slot_leave_all(pool, address, old_length, "it is moved");
		seam_inside--;
	}
	if (error != SEAM_PLAIN)
		return answer(error) ? MAP_FAILED : NULL;
	return (void *)real_result(real_call(SYS_mremap, (long)address, (long)old_length,
					     (long)length, flags, (long)to, 0));
}

/* ---- mprotect(), madvise() ------------------------------------------------------------ */

EXPORT int mprotect(void *address, size_t length, int prot)
{
	struct seam_pool *pool = pool_of(address);
	int error = SEAM_PLAIN;

	if (pool && !is_plain(pool)) {
		seam_inside++;
		error = seam_slot_protect(pool, address, length, prot);
		seam_inside--;
	}
	if (error != SEAM_PLAIN)
		return answer(error);
	return (int)real_result(real_mprotect(address, length, prot));
}

static bool is_reset(const struct iovec *ranges, size_t count, int advice)
{
	return advice == MADV_DONTNEED && !seam_inside && seam_decommit_is_ours(ranges, count);
}

EXPORT int madvise(void *address, size_t length, int advice)
{
	struct iovec range = { .iov_base = address, .iov_len = length };
	int error;

	if (!is_reset(&range, 1, advice))
		return (int)real_result(real_madvise(address, length, advice));
	seam_inside++;
	error = seam_decommit(&range, 1);
	seam_inside--;
	return answer(error);
}

/* Of this process, with ranges of ours among them: the bytes that were advised. */
static long process_madvise_ours(const struct iovec *ranges, size_t count)
{
	size_t total = 0;
	int error;

	seam_inside++;
	error = seam_decommit(ranges, count);
	seam_inside--;
	if (error)
		return answer(error);
	for (size_t i = 0; i < count; i++)
		total += ranges[i].iov_len;
	return (long)total;
}

/* ---- syscall(), ioctl() ----------------------------------------------------------------- */

/* 0, or an error for the caller: what the kernel is to see is plain memory. */
static int leave(void *address, size_t length, const char *reason)
{
	struct seam_pool *pool = pool_of(address);
	int error;

	if (!pool || is_plain(pool))
		return 0;
	seam_inside++;
	error = seam_slot_leave_all(pool, address, length, reason);
	seam_inside--;
	return error == SEAM_PLAIN ? 0 : error;
}

EXPORT long syscall(long number, ...)
{
	long a[6];
	va_list arguments;
	int error;

	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(arguments, long);
	va_end(arguments);
#ifdef SYS_process_madvise
	if (number == SYS_process_madvise && (int)a[0] == PIDFD_SELF_PROCESS &&
	    is_reset((const struct iovec *)a[1], (size_t)a[2], (int)a[3]))
		return process_madvise_ours((const struct iovec *)a[1], (size_t)a[2]);
#endif
#ifdef SYS_pkey_mprotect
	if (number == SYS_pkey_mprotect) {
		error = leave((void *)a[0], (size_t)a[1], "it has a protection key");
		if (error)
			return answer(error);
	}
#endif
	return real_result(real_call(number, a[0], a[1], a[2], a[3], a[4], a[5]));
}

static int scan_leave(const struct pagemap_scan *scan)
{
	struct seam_pool *pool = pool_of((void *)(uintptr_t)scan->start);
	int error;

	if (!pool || is_plain(pool) || scan->end <= scan->start)
		return 0;
	seam_inside++;
	error = seam_slot_leave(pool, (void *)(uintptr_t)scan->start, scan->end - scan->start,
				"it is scanned (pagemap_scan, linear_memory_keep_resident)");
	seam_inside--;
	return error == SEAM_PLAIN ? 0 : error;
}

#ifdef __GLIBC__
EXPORT int ioctl(int fd, unsigned long request, ...)
#else
EXPORT int ioctl(int fd, int request, ...)
#endif
{
	va_list arguments;
	void *argument;
	int error;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if ((uint32_t)request == PAGEMAP_SCAN_REQUEST && argument) {
		error = scan_leave(argument);
		if (error)
			return answer(error);
	}
	return (int)real_result(real_call(SYS_ioctl, fd, (long)request, (long)argument, 0, 0, 0));
}

/* ---- the check ------------------------------------------------------------------------- */

static uint32_t plain_slots(struct seam_pool *pool)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < pool->slot_count; i++) {
		seam_slot_lock(&pool->slots[i]);
		count += !pool->slots[i].end;
		seam_slot_unlock(&pool->slots[i]);
	}
	return count;
}

/* Before the first slot there is a guard, which is said to be slot 0's. */
static void query(struct seam_pool *pool, const void *address, struct guardslot_wasmtime_info *out)
{
	const unsigned char *at = address;
	uint64_t offset = at < pool->first ? 0 : (uint64_t)(at - pool->first);

	out->slot = (uint32_t)(offset / pool->stride);
	out->slots = pool->slot_count;
	out->stride = pool->stride;
	out->plain_slots = plain_slots(pool);
	out->reset_calls = atomic_load(&pool->reset_calls);
	out->resets = atomic_load(&pool->resets);
	out->rebinds = atomic_load(&pool->rebinds);
	out->resizes = atomic_load(&pool->resizes);
	pthread_mutex_lock(&pool->images.lock);
	out->images = pool->images.count;
	pthread_mutex_unlock(&pool->images.lock);
	seam_slot_lock(&pool->slots[out->slot]);
	if (pool->slots[out->slot].end > offset % pool->stride)
		out->backend = pool->backend == SHIM_BACKEND_DEVICE ? GUARDSLOT_WASMTIME_DEVICE :
								      GUARDSLOT_WASMTIME_MMAP;
	seam_slot_unlock(&pool->slots[out->slot]);
}

int guardslot_wasmtime_query(const void *address, struct guardslot_wasmtime_info *info)
{
	struct seam_pool *pool = seam_pool_find(address);
	struct guardslot_wasmtime_info known = { .size = sizeof(known) };

	if (!info)
		return -EFAULT;
	if (info->size < sizeof(known))
		return -EINVAL;
	if (!pool)
		return -ENOENT;
	query(pool, address, &known);
	known.size = info->size;
	memcpy(info, &known, sizeof(known));
	return 0;
}
