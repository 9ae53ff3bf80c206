// SPDX-License-Identifier: MIT
/* Counters of tracepoints and of software events, opened by perf_event_open(). */
#include "perf.h"

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "file.h"

long tracepoint_id(const char *name)
{
	char path[256], text[32];

	snprintf(path, sizeof(path), TRACING "events/%s/id", name);
	if (try_read_file(path, text, sizeof(text)))
		return -1;
	return strtol(text, NULL, 10);
}

/* "	field:u64 pool;	offset:8;	size:8;	signed:0;" */
struct trace_field trace_field(const char *tracepoint, const char *field)
{
	struct trace_field found = { 0 };
	char path[256], text[4096], declared[64];
	const char *line;

	snprintf(path, sizeof(path), TRACING "events/%s/format", tracepoint);
	read_file(path, text, sizeof(text));
	snprintf(declared, sizeof(declared), " %s;\toffset:", field);
	line = strstr(text, declared);
	if (!line ||
	    sscanf(line + strlen(declared), "%u;\tsize:%u", &found.offset, &found.size) != 2)
		test_fail("%s has no field %s: %s", tracepoint, field, text);
	return found;
}

uint64_t trace_value(const void *data, struct trace_field field)
{
	uint64_t value = 0;

	test_ok(field.size <= sizeof(value));
	/* All architectures of the tests are little endian. */
	memcpy(&value, (const uint8_t *)data + field.offset, field.size);
	return value;
}

int perf_open(struct perf_event_attr *attr, pid_t thread, int cpu)
{
	int fd;

	attr->size = sizeof(*attr);
	fd = (int)syscall(SYS_perf_event_open, attr, thread, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int counter_open(const char *name, bool task_only)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT };
	long id = tracepoint_id(name);
	int fd;

	if (id < 0)
		test_fail("this kernel has no tracepoint %s", name);
	attr.config = (uint64_t)id;
	fd = perf_open(&attr, 0, -1);
	if (fd < 0)
		test_fail("perf_event_open(%s): %s", name, strerror(-fd));
	/* TRACE_FLAG_HARDIRQ and TRACE_FLAG_SOFTIRQ */
	if (task_only)
		test_sys(ioctl(fd, PERF_EVENT_IOC_SET_FILTER, "!(common_flags & 24)"));
	return fd;
}

int software_counter_open(uint64_t config)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .config = config };
	int fd = perf_open(&attr, 0, -1);

	if (fd < 0)
		test_fail("perf_event_open(software %lu): %s", (unsigned long)config,
			  strerror(-fd));
	return fd;
}

uint64_t counter_read(int fd)
{
	uint64_t value = 0;

	test_eq(read(fd, &value, sizeof(value)), sizeof(value));
	return value;
}

long faults(void)
{
	struct rusage usage;

	test_sys(getrusage(RUSAGE_THREAD, &usage));
	return usage.ru_minflt + usage.ru_majflt;
}
