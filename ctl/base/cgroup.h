/* SPDX-License-Identifier: MIT */
#ifndef CTL_CGROUP_H
#define CTL_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of this process's cgroup, or of the one above it that has the lowest limit. */
struct cgroup_memory {
	uint64_t limit;
	uint64_t used;
};

/* False when no limit can be read. */
bool cgroup_memory_read(struct cgroup_memory *memory);

#endif /* CTL_CGROUP_H */
