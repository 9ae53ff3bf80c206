// SPDX-License-Identifier: MIT
/* Wrappers of malloc() and its like, and the countdown to the one that fails. */
#include "failing_malloc.h"

#include <errno.h>
#include <stddef.h>

static __thread bool counting;
static long countdown; /* until one fails; negative: none does */
static bool failed;
static long held;

void mallocs_count(long nth)
{
	countdown = nth;
	failed = false;
	held = 0;
	counting = true;
}

bool mallocs_work(void)
{
	countdown = -1;
	return failed;
}

long mallocs_held(void)
{
	counting = false;
	return held;
}

static bool fails(void)
{
	if (!counting || countdown < 0 || countdown-- > 0)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

/*
 * What the C library allocates, counted once: in a static program its own calls come here
 * as well, and musl's calloc() calls malloc().
 */
#define COUNTED(call)                        \
	({                                   \
		bool _counts = counting;     \
		void *_memory;               \
		counting = false;            \
		_memory = (call);            \
		counting = _counts;          \
		held += counting && _memory; \
		_memory;                     \
	})

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *memory);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *memory);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : COUNTED(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : COUNTED(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
	if (fails())
		return NULL;
	return memory ? __real_realloc(memory, size) : COUNTED(__real_malloc(size));
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : COUNTED(__real_aligned_alloc(alignment, size));
}

void __wrap_free(void *memory)
{
	held -= counting && memory;
	__real_free(memory);
}
