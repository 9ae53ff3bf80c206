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
#define BROADCAST "guardslot_tlb/broadcast"
#define MAX_PROCESSORS 64

/* One for each processor, of BROADCAST. */
static int counters[MAX_PROCESSORS];
static long processors;

/* One more function whose calls are the event. */
static bool add_function(const char *event, const char *name)
{
	char text[128];

	snprintf(text, sizeof(text), "p:%s %s", event, name);
	return !try_write_file(TRACING "kprobe_events", text);
}

static void add_functions(const char *event, const char *const *names, size_t count)
{
	size_t added = 0;

	for (size_t i = 0; i < count; i++)
		added += add_function(event, names[i]);
	test_note("%s: %zu functions of %zu", event, added, count);
	test_ok(added > 0);
}

static void add_events(void)
{
	static const char *const flush[] = { ARCH_TLB_FUNCTIONS };
	static const char *const broadcast[] = { ARCH_TLB_BROADCAST_FUNCTIONS };

	add_functions(FLUSH, flush, ARRAY_SIZE(flush));
	add_functions(BROADCAST, broadcast, ARRAY_SIZE(broadcast));
}

void tlb_watch(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT };

	if (tracepoint_id(FLUSH) < 0)
		add_events();
	attr.config = (uint64_t)tracepoint_id(BROADCAST);
	processors = sysconf(_SC_NPROCESSORS_ONLN);
	test_ok(processors <= MAX_PROCESSORS);
	for (int i = 0; i < processors; i++) {
		counters[i] = perf_open(&attr, -1, i);
		test_success(counters[i]);
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
