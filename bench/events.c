// SPDX-License-Identifier: MIT
/* Counters of the kernel's events by perf, and the interrupts of /proc/interrupts. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arch.h"
#include "bench.h"
#include "events.h"

#define TRACING "/sys/kernel/tracing/"

const char *const event_names[EVENTS] = {
	[EVENT_FAULTS] = "faults",
	[EVENT_SYSCALLS] = "syscalls",
	[EVENT_TLB_FLUSHES] = "tlb_flushes",
	[EVENT_MMAP_LOCK] = "mmap_lock",
};

static void read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got;

	if (fd < 0)
		die("cannot open %s: %m", path);
	while ((got = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)got;
	text[length] = '\0';
	close(fd);
}

static int counter_open(uint32_t type, uint64_t config)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = type,
		.config = config,
		.disabled = 1,
		.inherit = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		die("perf_event_open: %m");
	return fd;
}

static int tracepoint_open(const char *name)
{
	char path[256], id[32];

	snprintf(path, sizeof(path), TRACING "events/%s/id", name);
	read_text(path, id, sizeof(id));
	return counter_open(PERF_TYPE_TRACEPOINT, strtoul(id, NULL, 10));
}

#ifdef ARCH_TRACE_TLB_FLUSH

static int tlb_flushes_open(void)
{
	int fd = tracepoint_open(ARCH_TRACE_TLB_FLUSH);

	/* But those at a switch of tasks, which are the scheduler's. */
	if (ioctl(fd, PERF_EVENT_IOC_SET_FILTER, ARCH_TRACE_TLB_FILTER))
		die("cannot filter " ARCH_TRACE_TLB_FLUSH ": %m");
	return fd;
}

#else

#define PROBE "guardslot_bench/flush"

/* Those that the kernel has; without any there is no such event to open. */
static void add_probes(void)
{
	static const char *const functions[] = { ARCH_TLB_FUNCTIONS };
	int fd = open(TRACING "kprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		dprintf(fd, "p:" PROBE " %s", functions[i]);
	close(fd);
}

static int tlb_flushes_open(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, add_probes);
	return tracepoint_open(PROBE);
}

#endif

void events_open(struct events *events)
{
	memset(events, 0, sizeof(*events));
	events->fds[EVENT_FAULTS] = counter_open(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS);
	events->fds[EVENT_SYSCALLS] = tracepoint_open("raw_syscalls/sys_enter");
	events->fds[EVENT_TLB_FLUSHES] = tlb_flushes_open();
	events->fds[EVENT_MMAP_LOCK] = tracepoint_open("mmap_lock/mmap_lock_start_locking");
}

void events_close(struct events *events)
{
	for (int i = 0; i < EVENTS; i++)
		close(events->fds[i]);
}

void events_start(struct events *events)
{
	for (int i = 0; i < EVENTS; i++)
		ioctl(events->fds[i], PERF_EVENT_IOC_RESET, 0);
	events->shootdowns -= events_shootdowns();
	prctl(PR_TASK_PERF_EVENTS_ENABLE);
}

void events_stop(struct events *events)
{
	prctl(PR_TASK_PERF_EVENTS_DISABLE);
	events->shootdowns += events_shootdowns();
	for (int i = 0; i < EVENTS; i++) {
		uint64_t count;

		if (read(events->fds[i], &count, sizeof(count)) != sizeof(count))
			die("cannot read the count of %s: %m", event_names[i]);
		/* The call that stops is counted itself. */
		events->counts[i] += count - (i == EVENT_SYSCALLS);
	}
}

void events_warm(struct events *events)
{
	events_start(events);
	events_stop(events);
	memset(events->counts, 0, sizeof(events->counts));
}

/* A row of /proc/interrupts: of one processor, or the sum of all where it is ALL. */
#define ALL UINT32_MAX

static uint64_t row_read(const char *row, uint32_t processor)
{
	uint64_t sum = 0;
	char *end;

	for (uint32_t column = 0;; column++, row = end) {
		unsigned long count = strtoul(row, &end, 10);

		if (end == row)
			return sum;
		if (processor == ALL || processor == column)
			sum += count;
	}
}

static uint64_t rows_read(const char *const *names, uint32_t processor)
{
	char text[16384];
	uint64_t sum = 0;

	read_text("/proc/interrupts", text, sizeof(text));
	for (; *names; names++) {
		const char *at = strstr(text, *names);

		if (at)
			sum += row_read(at + strlen(*names), processor);
	}
	return sum;
}

uint64_t events_interrupts(uint32_t processor)
{
	static const char *const names[] = { ARCH_IRQ_BY_OTHERS, NULL };

	return rows_read(names, processor);
}

#ifdef ARCH_IRQ_TLB_SHOOTDOWN

static const char *const shootdowns[] = { ARCH_IRQ_TLB_SHOOTDOWN, NULL };

bool events_have_shootdowns(void)
{
	return true;
}

uint64_t events_shootdowns_of(uint32_t processor)
{
	return rows_read(shootdowns, processor);
}

#else

bool events_have_shootdowns(void)
{
	return false;
}

uint64_t events_shootdowns_of(uint32_t processor)
{
	(void)processor;
	return 0;
}

#endif

uint64_t events_shootdowns(void)
{
	return events_shootdowns_of(ALL);
}
