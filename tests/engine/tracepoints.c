// SPDX-License-Identifier: MIT
// Each thing that the engine does to a slot has a tracepoint that names pool, slot and pages.
/*
 * It is seen in a trace and through perf.
 */
#include "test.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "abi.h"
#include "child.h"
#include "fdinfo.h"
#include "file.h"
#include "image.h"
#include "memory.h"
#include "perf.h"
#include "pool.h"

#define INSTANCE TRACING "instances/guardslot_test/"
#define PAGES 16

/* A trace buffer of its own, so that it has no events of other tests. */
static void trace_start(void)
{
	rmdir(INSTANCE);
	test_sys(mkdir(INSTANCE, 0700));
	write_file(INSTANCE "events/guardslot/enable", "1");
}

/* Ends the trace. The lines of all events, without what stands before them. */
static const char *trace_end(void)
{
	static char text[1 << 18], events[1 << 18];
	char *line, *rest = text, *to = events;

	write_file(INSTANCE "events/guardslot/enable", "0");
	read_file(INSTANCE "trace", text, sizeof(text));
	test_sys(rmdir(INSTANCE));
	while ((line = strsep(&rest, "\n"))) {
		char *event = strstr(line, ": guardslot_");

		if (event)
			to += sprintf(to, "%s\n", event + 2);
	}
	*to = '\0';
	return events;
}

/* How many lines there are that are just this. */
static int trace_count(const char *events, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int trace_count(const char *events, const char *format, ...)
{
	char line[256];
	va_list args;
	int count = 0;
	size_t length;

	va_start(args, format);
	length = (size_t)vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	line[length++] = '\n';
	line[length] = '\0';
	for (const char *at = events; (at = strstr(at, line)); at++)
		count += at == events || at[-1] == '\n';
	return count;
}

static int count_lines(const char *events)
{
	int count = 0;

	for (const char *at = events; (at = strchr(at, '\n')); at++)
		count++;
	return count;
}

#define test_traced(expected, events, ...)                                   \
	do {                                                                 \
		if (trace_count(events, __VA_ARGS__) != (expected)) {        \
			test_note("%s", events);                             \
			test_eq(trace_count(events, __VA_ARGS__), expected); \
		}                                                            \
	} while (0)

TEST("a fault names slot, offset and kind")
{
	struct pool pool = pool_plain(4, PAGES, 0);
	unsigned long id = fdinfo(&pool, "guardslot_pool");
	const char *events;

	test_rebind(&pool, 2, image_keyed(&pool, 1, 100, PAGES));
	trace_start();
	peek(area_at(&pool, 2, 0) + 3 * PAGE);
	poke(area_at(&pool, 2, 0) + 5 * PAGE, 1);
	poke(area_at(&pool, 1, 0), 1);
	events = trace_end();
	/* 0x100: VM_FAULT_NOPAGE, the handler has mapped it */
	test_traced(1, events, "guardslot_fault: pool=%lu slot=2 offset=%#zx read result=0x100", id,
		    3 * PAGE);
	test_traced(1, events, "guardslot_fault: pool=%lu slot=2 offset=%#zx write result=0x100",
		    id, 5 * PAGE);
	test_traced(1, events, "guardslot_fault: pool=%lu slot=1 offset=0x0 write result=0x100",
		    id);
	test_eq(count_lines(events), 3);
}

TEST("a fault over the cap is traced with its result")
{
	struct guardslot_create geometry = plain_geometry(1, PAGES);
	unsigned long id;
	struct pool pool;
	const char *events;
	uint8_t *at;

	geometry.max_resident = PAGE;
	pool = pool_map(&geometry);
	id = fdinfo(&pool, "guardslot_pool");
	at = area_at(&pool, 0, 0);
	poke(at, 1);
	trace_start();
	test_signal(SIGBUS, at + PAGE, poke(at + PAGE, 1));
	events = trace_end();
	/* 0x2: VM_FAULT_SIGBUS */
	test_traced(1, events, "guardslot_fault: pool=%lu slot=0 offset=%#zx write result=0x2", id,
		    PAGE);
}

TEST("a guard hit names slot and address, and is no fault")
{
	struct pool pool = pool_small(3);
	unsigned long id = fdinfo(&pool, "guardslot_pool");
	uint8_t *limit = area_at(&pool, 1, 0) + 4 * PAGE;
	uint8_t *guard = area_at(&pool, 2, 0) + 21 * PAGE + 5;
	const char *events;

	trace_start();
	test_signal(SIGSEGV, limit, poke(limit, 1));
	test_signal(SIGSEGV, guard, peek(guard));
	events = trace_end();
	test_traced(1, events, "guardslot_guard_hit: pool=%lu slot=1 address=0x%lx", id,
		    (unsigned long)(uintptr_t)limit);
	test_traced(1, events, "guardslot_guard_hit: pool=%lu slot=2 address=0x%lx", id,
		    (unsigned long)(uintptr_t)guard);
	test_eq(count_lines(events), 2);
}

TEST("resets and purges name each slot and its pages")
{
	struct pool pool = pool_plain(4, PAGES, 0);
	unsigned long id = fdinfo(&pool, "guardslot_pool");
	const uint32_t slots[] = { 3, 1 };
	struct guardslot_reset reset = { .slots = (uintptr_t)slots, .count = 2 };
	const char *events;

	write_pages(area_at(&pool, 1, 0), 5, 1);
	write_pages(area_at(&pool, 3, 0), 2, 1);
	trace_start();
	test_reset_cmd(&pool, &reset);
	test_purge(&pool, 3);
	events = trace_end();
	test_traced(1, events, "guardslot_reset: pool=%lu slot=3 pages=2", id);
	test_traced(1, events, "guardslot_reset: pool=%lu slot=1 pages=5", id);
	test_traced(1, events, "guardslot_purge: pool=%lu slot=3 pages=2", id);
	test_eq(count_lines(events), 3);
}

TEST("what is taken because memory is short is traced as such")
{
	struct pool pool = pool_plain(2, PAGES, 0);
	unsigned long id = fdinfo(&pool, "guardslot_pool");
	struct guardslot_query query;
	const char *events;

	write_pages(area_at(&pool, 0, 0), 7, 1);
	write_pages(area_at(&pool, 1, 0), 9, 1);
	test_reset(&pool, 1);
	atomic_store(claim_word(&pool, 1), GUARDSLOT_IDLE);
	trace_start();
	write_file("/proc/sys/vm/drop_caches", "2");
	events = trace_end();
	test_traced(1, events, "guardslot_reclaim: pool=%lu slot=1 pages=9", id);
	test_traced(0, events, "guardslot_reclaim: pool=%lu slot=0 pages=7", id);
	test_query(&pool, 1, &query);
	test_eq(query.out_reclaims, 1);
	test_eq(query.out_purges, 0);
}

TEST("when switched off, nothing is traced")
{
	struct pool pool = pool_plain(1, PAGES, 0);
	const char *events;

	trace_start();
	write_file(INSTANCE "events/guardslot/enable", "0");
	write_pages(area_at(&pool, 0, 0), PAGES, 1);
	test_reset(&pool, 0);
	test_purge(&pool, 0);
	events = trace_end();
	test_eq(count_lines(events), 0);
}

TEST("perf counts the events of a thread, and filters by slot")
{
	struct pool pool = pool_plain(4, PAGES, 0);
	int fault = counter_open("guardslot/guardslot_fault", false);
	int reset = counter_open("guardslot/guardslot_reset", false);
	int purge = counter_open("guardslot/guardslot_purge", false);
	int of_slot = counter_open("guardslot/guardslot_reset", false);

	test_sys(ioctl(of_slot, PERF_EVENT_IOC_SET_FILTER, "slot == 2 && pages > 3"));
	for (uint32_t slot = 0; slot < 4; slot++)
		write_pages(area_at(&pool, slot, 0), 1 + 2 * slot, 1);
	for (uint32_t round = 0; round < 10; round++)
		for (uint32_t slot = 0; slot < 4; slot++)
			test_reset(&pool, slot);
	test_purge(&pool, 0);
	/* Another process has its own counts. */
	in_child(test_reset(&pool, 2));
	test_eq(counter_read(fault), 1 + 3 + 5 + 7);
	test_eq(counter_read(reset), 40);
	test_eq(counter_read(purge), 1);
	test_eq(counter_read(of_slot), 10);
}

#define RESET "guardslot/guardslot_reset"

TEST("perf samples carry the fields")
{
	struct pool pool = pool_plain(4, PAGES, 0);
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.config = (uint64_t)tracepoint_id(RESET),
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_RAW,
		.wakeup_events = 1,
	};
	struct sample {
		struct perf_event_header header;
		uint32_t raw_size;
		uint8_t data[64];
	} sample = { 0 };
	struct perf_event_mmap_page *page;
	uint64_t length;
	int fd;

	write_pages(area_at(&pool, 3, 0), 5, 1);
	fd = perf_open(&attr, 0, -1);
	test_success(fd);
	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	test_ok(page != MAP_FAILED);
	test_reset(&pool, 3);
	length = *(volatile __u64 *)&page->data_head;
	test_ok(length > offsetof(struct sample, data) && length <= sizeof(sample));
	memcpy(&sample, (uint8_t *)page + page->data_offset, length);
	test_eq(sample.header.type, PERF_RECORD_SAMPLE);
	test_eq(trace_value(sample.data, trace_field(RESET, "pool")),
		fdinfo(&pool, "guardslot_pool"));
	test_eq(trace_value(sample.data, trace_field(RESET, "slot")), 3);
	test_eq(trace_value(sample.data, trace_field(RESET, "pages")), 5);
}

TEST_MAIN()
