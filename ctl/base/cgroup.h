/* SPDX-License-Identifier: MIT */
#ifndef CTL_CGROUP_H
#define CTL_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes, of the cgroup above us or ours that has the lowest limit. */
struct cgroup_memory {
	uint64_t limit;
	uint64_t used;
};

/* False when there is no limit that can be seen from here. */
bool cgroup_memory_read(struct cgroup_memory *memory);

#endif /* CTL_CGROUP_H */
