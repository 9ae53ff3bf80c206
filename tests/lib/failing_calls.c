// SPDX-License-Identifier: MIT
/* Wrappers of the system calls, and the countdown to the one that fails. */
#include "test.h"

#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "failing_calls.h"

/* From Linux 6.13. */
#ifndef MADV_GUARD_REMOVE
#define MADV_GUARD_REMOVE 103
#endif

static long calls_countdown = -1; /* calls until one fails; negative: none does */
static long calls_to_fail;	  /* from then on */
static bool calls_failed;
static const char *calls_name; /* of those that fail; NULL: all */
static int calls_error = ENOMEM;
/* mremap() to a given address fails when it has unmapped what was there. */
static bool calls_unmap;
/* Where to say what another thread has mapped there then; NULL: nothing. */
static volatile unsigned char **calls_foreign;

static bool call_fails(const char *name)
{
	if (calls_name && strcmp(name, calls_name) != 0)
		return false;
	if (calls_countdown < 0 || calls_countdown-- > 0)
		return false;
	if (calls_to_fail >= NEEDY_CALLS || --calls_to_fail > 0)
		calls_countdown = 0;
	calls_failed = true;
	errno = calls_error;
	return true;
}

void calls_choose(const char *name, int error)
{
	calls_name = name;
	calls_error = error;
}

void calls_invade(volatile unsigned char **page)
{
	calls_unmap = page;
	calls_foreign = page;
}

void calls_arm(long nth, long count)
{
	calls_countdown = nth;
	calls_to_fail = count;
	calls_failed = false;
}

bool calls_disarm(void)
{
	calls_countdown = -1;
	return calls_failed;
}

bool calls_fail_alone(void)
{
	return calls_to_fail < NEEDY_CALLS;
}

long calls_pause(void)
{
	long countdown = calls_countdown;

	calls_countdown = -1;
	return countdown;
}

void calls_resume(long countdown)
{
	calls_countdown = countdown;
}

unsigned int calls_sweep(const struct calls_sweep *sweep)
{
	/* For any other error the kernel changes nothing first. */
	unsigned int modes = calls_error == ENOMEM ? 4 : 2;
	unsigned int failures = 0, errors = 0;

	for (unsigned int mode = 0; mode < modes; mode++) {
		bool failed = true;

		calls_unmap = mode & 2;

		for (long nth = 0; failed; nth++) {
			int error;

			sweep->start();
			calls_arm(nth, mode & 1 ? NEEDY_CALLS : 1);
			error = sweep->operation();
			failed = calls_disarm();
			failures += failed;
			errors += error != 0;
			sweep->finish(error);
		}
	}
	test_note("%u calls failed, %u errors", failures, errors);
	test_ok(failures > 0);
	return errors;
}

/* ---- the calls ----------------------------------------------------------------- */

void *__wrap_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);
void *__wrap_mremap(void *address, size_t old, size_t length, int flags, ...);
int __wrap_mprotect(void *address, size_t length, int protection);
int __wrap_madvise(void *address, size_t length, int advice);
int __wrap_memfd_create(const char *name, unsigned int flags);
int __wrap_ftruncate(int fd, off_t length);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t length);
ssize_t __wrap_pwrite(int fd, const void *buffer, size_t count, off_t offset);
int __wrap_ioctl(int fd, unsigned long number, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_munmap(void *address, size_t length);
int __wrap_munlock(const void *address, size_t length);
int __wrap_fstat(int fd, struct stat *stat);
int __real_fstat(int fd, struct stat *stat);
int __wrap_getrlimit(int resource, struct rlimit *limit);

void *__wrap_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	if (call_fails("mmap"))
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

static void map_foreign(void *at)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

	*calls_foreign =
		(unsigned char *)syscall(SYS_mmap, at, PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
	**calls_foreign = 7;
}

void *__wrap_mremap(void *address, size_t old, size_t length, int flags, ...)
{
	va_list args;
	void *to;

	va_start(args, flags);
	to = va_arg(args, void *);
	va_end(args);
	if (call_fails("mremap")) {
		if (calls_unmap && flags & MREMAP_FIXED) {
			syscall(SYS_munmap, to, length);
			if (calls_foreign)
				map_foreign((char *)to + length / 2 / PAGE * PAGE);
		}
		errno = calls_error;
		return MAP_FAILED;
	}
	return (void *)syscall(SYS_mremap, address, old, length, flags, to);
}

/*
 * Taking access away needs no memory, so it fails once and not forever. A call that
 * fails may have changed the first of several maps.
 */
int __wrap_mprotect(void *address, size_t length, int protection)
{
	if ((protection == PROT_NONE && calls_to_fail >= NEEDY_CALLS) || !call_fails("mprotect"))
		return (int)syscall(SYS_mprotect, address, length, protection);
	syscall(SYS_mprotect, address, PAGE, protection);
	errno = calls_error;
	return -1;
}

/* Nor does dropping pages need memory. */
int __wrap_madvise(void *address, size_t length, int advice)
{
	if ((advice == MADV_DONTNEED || advice == MADV_GUARD_REMOVE) &&
	    calls_to_fail == NEEDY_CALLS)
		return (int)syscall(SYS_madvise, address, length, advice);
	return call_fails("madvise") ? -1 : (int)syscall(SYS_madvise, address, length, advice);
}

/* These need none either. */
static bool easy_call_fails(const char *name)
{
	return calls_to_fail < NEEDY_CALLS && call_fails(name);
}

int __wrap_munmap(void *address, size_t length)
{
	return easy_call_fails("munmap") ? -1 : (int)syscall(SYS_munmap, address, length);
}

int __wrap_munlock(const void *address, size_t length)
{
	return easy_call_fails("munlock") ? -1 : (int)syscall(SYS_munlock, address, length);
}

int __wrap_fstat(int fd, struct stat *stat)
{
	return easy_call_fails("fstat") ? -1 : __real_fstat(fd, stat);
}

int __wrap_getrlimit(int resource, struct rlimit *limit)
{
	return easy_call_fails("getrlimit") ? -1 : prlimit(0, resource, NULL, limit);
}

int __wrap_memfd_create(const char *name, unsigned int flags)
{
	return call_fails("memfd_create") ? -1 : (int)syscall(SYS_memfd_create, name, flags);
}

int __wrap_ftruncate(int fd, off_t length)
{
	return call_fails("ftruncate") ? -1 : (int)syscall(SYS_ftruncate, fd, length);
}

int __wrap_fallocate(int fd, int mode, off_t offset, off_t length)
{
	return call_fails("fallocate") ? -1 : (int)syscall(SYS_fallocate, fd, mode, offset, length);
}

ssize_t __wrap_pwrite(int fd, const void *buffer, size_t count, off_t offset)
{
	return call_fails("pwrite") ? -1 : syscall(SYS_pwrite64, fd, buffer, count, offset);
}

int __wrap_ioctl(int fd, unsigned long number, ...)
{
	va_list args;
	void *arg;

	va_start(args, number);
	arg = va_arg(args, void *);
	va_end(args);
	return call_fails("ioctl") ? -1 : (int)syscall(SYS_ioctl, fd, number, arg);
}

int __wrap_fcntl(int fd, int command, ...)
{
	va_list args;
	long arg;

	va_start(args, command);
	arg = va_arg(args, long);
	va_end(args);
	return call_fails("fcntl") ? -1 : (int)syscall(SYS_fcntl, fd, command, arg);
}
