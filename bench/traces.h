/* SPDX-License-Identifier: MIT */
/* What bench/traces/traces.txt says: which pages runs of the demo's programs wrote. */
#ifndef BENCH_TRACES_H
#define BENCH_TRACES_H

#include "bench.h"

#define TRACE_NAME 32

/* Of one program. @image: pages with initial content; @pages: all that any run wrote. */
struct trace {
	char name[TRACE_NAME];
	uint32_t image;
	struct page_set pages;
	struct page_set *sets;
	uint32_t set_count;
	uint32_t *runs; /* the number of the set that each wrote */
	uint32_t run_count;
};

/* Reads the next program from *text, and moves it on; false at the end. */
bool trace_read(const char **text, struct trace *trace);
void trace_free(struct trace *trace);

/* The text, ended by a NUL byte. */
extern const char traces_text[];

#endif /* BENCH_TRACES_H */
