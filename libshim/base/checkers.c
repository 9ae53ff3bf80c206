// SPDX-License-Identifier: MIT
/*
 * The interfaces of the tools that check memory.
 *
 * A function of a sanitizer's runtime is a weak symbol: it is NULL in a program that was
 * not built with that sanitizer.
 */
#include <stddef.h>

#include "base/checkers.h"

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#endif

#ifndef RUNNING_ON_VALGRIND
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_MAKE_MEM_NOACCESS(start, length) ((void)(start), (void)(length))
#define VALGRIND_MAKE_MEM_DEFINED(start, length) ((void)(start), (void)(length))
#endif

#define WEAK __attribute__((weak))

extern WEAK void __asan_poison_memory_region(const volatile void *start, size_t length);
extern WEAK void __asan_unpoison_memory_region(const volatile void *start, size_t length);
extern WEAK void __msan_unpoison(const volatile void *start, size_t length);
extern WEAK void __tsan_acquire(void *object);
extern WEAK void __tsan_release(void *object);

bool shim_checkers_watch_memory(void)
{
	return __asan_poison_memory_region || __msan_unpoison || RUNNING_ON_VALGRIND;
}

bool shim_checkers_watch_threads(void)
{
	return __tsan_acquire && __tsan_release;
}

void shim_checkers_deny(void *start, uint64_t length)
{
	if (__asan_poison_memory_region)
		__asan_poison_memory_region(start, length);
	VALGRIND_MAKE_MEM_NOACCESS(start, length);
}

void shim_checkers_allow(void *start, uint64_t length)
{
	if (__asan_unpoison_memory_region)
		__asan_unpoison_memory_region(start, length);
	shim_checkers_define(start, length);
}

void shim_checkers_define(void *start, uint64_t length)
{
	if (__msan_unpoison)
		__msan_unpoison(start, length);
	VALGRIND_MAKE_MEM_DEFINED(start, length);
}

void shim_checkers_acquire(void *object)
{
	if (__tsan_acquire)
		__tsan_acquire(object);
}

void shim_checkers_release(void *object)
{
	if (__tsan_release)
		__tsan_release(object);
}
