/* SPDX-License-Identifier: MIT */
/*
 * A thread that notices what keeps the processor or the mmap lock for long.
 *
 * The guest's clock counts instructions, one a nanosecond, on one processor. A thread of
 * real-time priority wakes up again and again, and maps and unmaps a page: the largest time
 * by which it is late is that for which something kept the processor, and the longest
 * mmap() that for which something held the mmap lock.
 */
#ifndef TESTS_WATCH_H
#define TESTS_WATCH_H

#include <stdint.h>

#include "pool.h"

#define GIB (1ull << 30)

/*
 * Runs @work, whose sections are watched, up to three times: what the kernel does now and then
 * is in one of the tries, what the work does in all. None may take a million instructions.
 */
void test_no_long_section(void (*work)(void));

/* One section: what runs between the two is watched. */
void watch_begin(void);
void watch_end(const char *what);

/* The same, where watch_run() is run by a task that @start makes, and @join waits for. */
void watch_begin_by(void (*start)(void));
void watch_end_by(void (*join)(void), const char *what);
void watch_run(void);

#define watched(what, ...)       \
	do {                     \
		watch_begin();   \
		__VA_ARGS__;     \
		watch_end(what); \
	} while (0)

/* One area of @size bytes a slot. */
struct pool pool_large(uint32_t slots, uint64_t size, uint64_t initial);

#endif /* TESTS_WATCH_H */
