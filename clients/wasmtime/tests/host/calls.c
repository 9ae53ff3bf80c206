// SPDX-License-Identifier: MIT
/*
 * What the memory calls of the process take: the linker leads those of Wasmtime here, before
 * they come to the seam. A program's floor is what is left of an instance on slots without
 * them, as there are no page faults then.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "counter.h"

void calls_time(bool is_on);
uint64_t calls_taken(void);

static bool is_timed;
static uint64_t taken;

/* Of one thread. */
void calls_time(bool is_on)
{
	is_timed = is_on;
	taken = 0;
}

uint64_t calls_taken(void)
{
	return taken;
}

static uint64_t enter(void)
{
	return is_timed ? counter_clock() : 0;
}

static void leave(uint64_t start)
{
	if (is_timed)
		taken += counter_clock() - start;
}

/* NOLINTBEGIN: the names are the linker's. */
void *__real_mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *address, size_t length);
int __wrap_munmap(void *address, size_t length);
int __real_mprotect(void *address, size_t length, int protection);
int __wrap_mprotect(void *address, size_t length, int protection);
int __real_madvise(void *address, size_t length, int advice);
int __wrap_madvise(void *address, size_t length, int advice);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

void *__wrap_mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	uint64_t start = enter();
	void *result = __real_mmap64(address, length, protection, flags, fd, offset);

	leave(start);
	return result;
}

int __wrap_munmap(void *address, size_t length)
{
	uint64_t start = enter();
	int result = __real_munmap(address, length);

	leave(start);
	return result;
}

int __wrap_mprotect(void *address, size_t length, int protection)
{
	uint64_t start = enter();
	int result = __real_mprotect(address, length, protection);

	leave(start);
	return result;
}

int __wrap_madvise(void *address, size_t length, int advice)
{
	uint64_t start = enter();
	int result = __real_madvise(address, length, advice);

	leave(start);
	return result;
}

/* process_madvise() among others; none takes more than six arguments. */
long __wrap_syscall(long number, ...)
{
	uint64_t start = enter();
	long words[6], result;
	va_list arguments;

	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		words[i] = va_arg(arguments, long);
	va_end(arguments);
	result = __real_syscall(number, words[0], words[1], words[2], words[3], words[4], words[5]);
	leave(start);
	return result;
}
/* NOLINTEND */
