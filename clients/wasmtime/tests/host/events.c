// SPDX-License-Identifier: MIT
/*
 * What a thread has the kernel do to others of its process: how often it takes the mmap lock,
 * and flushes the TLBs of other processors. Of x86, with tracepoints.
 */
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SHOOT_DOWNS, MMAP_LOCKS, FAULTS, EVENTS };

int events_open(int fds[EVENTS]);
void events_read_close(const int fds[EVENTS], uint64_t sums[EVENTS]);

static int open_one(const char *name, const char *filter)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr) };
	unsigned long long id;
	char path[128];
	FILE *file;
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/tracing/events/%s/id", name);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%llu", &id) != 1)
		return -1;
	fclose(file);
	attr.config = id;
	fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd >= 0 && filter && ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_faults(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_PAGE_FAULTS,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

/* Of the calling thread, from now on; -1: this kernel cannot. */
int events_open(int fds[EVENTS])
{
	/* TLB_REMOTE_SEND_IPI: a flush on other processors. */
	fds[SHOOT_DOWNS] = open_one("tlb/tlb_flush", "reason == 4");
	fds[MMAP_LOCKS] = open_one("mmap_lock/mmap_lock_start_locking", NULL);
	fds[FAULTS] = open_faults();
	return fds[FAULTS] < 0 || fds[SHOOT_DOWNS] < 0 || fds[MMAP_LOCKS] < 0 ? -1 : 0;
}

void events_read_close(const int fds[EVENTS], uint64_t sums[EVENTS])
{
	for (int i = 0; i < EVENTS; i++) {
		if (read(fds[i], &sums[i], sizeof(sums[i])) != sizeof(sums[i]))
			sums[i] = UINT64_MAX;
		close(fds[i]);
	}
}
