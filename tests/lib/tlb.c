// SPDX-License-Identifier: MIT
/*
 * Counts TLB flushes: with a tracepoint and /proc/interrupts, or with probes of functions
 * of the kernel (kprobes).
 */
#include "tlb.h"

#include <sys/ioctl.h>

#include "arch.h"
#include "file.h"
#include "interrupts.h"
#include "perf.h"

#ifdef ARCH_TRACE_TLB_FLUSH

void tlb_watch(void)
{
}

int tlb_counter_open(void)
{
	int fd = counter_open(ARCH_TRACE_TLB_FLUSH, false);

	test_sys(ioctl(fd, PERF_EVENT_IOC_SET_FILTER, ARCH_TRACE_TLB_FILTER));
	return fd;
}

long tlb_broadcasts(void)
{
	return interrupts(ARCH_IRQ_TLB_SHOOTDOWN);
}

#else

#define FLUSH "guardslot_tlb/flush"
#define MAX_PROCESSORS 64

/* One for each processor, of the event BROADCAST. */
static int counters[MAX_PROCESSORS];
static long processors;

static bool add_probe(const char *event, const char *function, const char *at)
{
	char text[128];

	snprintf(text, sizeof(text), "p:%s %s%s", event, function, at);
	return !try_write_file(TRACING "kprobe_events", text);
}

/* One more function whose calls are the event. */
static bool add_function(const char *event, const char *name)
{
	return add_probe(event, name, "") || add_probe(event, name, ARCH_PAST_ENTRY);
}

static void add_functions(const char *event, const char *const *names, size_t count)
{
	size_t added = 0;

	for (size_t i = 0; i < count; i++)
		added += add_function(event, names[i]);
	test_note("%s: %zu functions of %zu", event, added, count);
	test_ok(added > 0);
}

static void add_flush_functions(void)
{
	static const char *const functions[] = { ARCH_TLB_FUNCTIONS };

	if (tracepoint_id(FLUSH) < 0)
		add_functions(FLUSH, functions, ARRAY_SIZE(functions));
}

#ifdef ARCH_TRACE_TLB_BROADCAST

#define BROADCAST ARCH_TRACE_TLB_BROADCAST
#define BROADCAST_FILTER ARCH_TRACE_TLB_BROADCAST_FILTER

static void add_broadcast_functions(void)
{
}

#else

#define BROADCAST "guardslot_tlb/broadcast"
/* All. */
#define BROADCAST_FILTER "common_pid >= 0"

static void add_broadcast_functions(void)
{
	static const char *const functions[] = { ARCH_TLB_BROADCAST_FUNCTIONS };

	if (tracepoint_id(BROADCAST) < 0)
		add_functions(BROADCAST, functions, ARRAY_SIZE(functions));
}

#endif

void tlb_watch(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT };

	add_flush_functions();
	add_broadcast_functions();
	attr.config = (uint64_t)tracepoint_id(BROADCAST);
	processors = sysconf(_SC_NPROCESSORS_ONLN);
	test_ok(processors <= MAX_PROCESSORS);
	for (int i = 0; i < processors; i++) {
		counters[i] = perf_open(&attr, -1, i);
		test_success(counters[i]);
		test_sys(ioctl(counters[i], PERF_EVENT_IOC_SET_FILTER, BROADCAST_FILTER));
	}
}

int tlb_counter_open(void)
{
	return counter_open(FLUSH, false);
}

long tlb_broadcasts(void)
{
	long sum = 0;

	test_ok(processors > 0);
	for (int i = 0; i < processors; i++)
		sum += (long)counter_read(counters[i]);
	return sum;
}

#endif /* ARCH_TRACE_TLB_FLUSH */
