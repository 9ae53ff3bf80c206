// SPDX-License-Identifier: MIT
/*
 * The memory cgroup that this program is in, version 2 or 1.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cgroup.h"

/* Version 1 says "no limit" with a number near 2^63. */
#define NO_LIMIT (UINT64_C(1) << 62)

struct version {
	const char *root;
	const char *limit;
	const char *used;
};

static const struct version unified = { "/sys/fs/cgroup", "memory.max", "memory.current" };
static const struct version hybrid = { "/sys/fs/cgroup/memory", "memory.limit_in_bytes",
				       "memory.usage_in_bytes" };

static bool number_read(const char *root, const char *path, const char *file, uint64_t *number)
{
	char name[4608];
	bool found;
	FILE *in;

	snprintf(name, sizeof(name), "%s%s/%s", root, path, file);
	in = fopen(name, "re");
	if (!in)
		return false;
	/* "max", which is no limit, is no number. */
	found = fscanf(in, "%" SCNu64, number) == 1 && *number < NO_LIMIT;
	fclose(in);
	return found;
}

/* The path of this process's cgroup, and the version of its tree. */
static const struct version *path_read(char *path, size_t size)
{
	FILE *in = fopen("/proc/self/cgroup", "re");
	const struct version *version = NULL;
	char line[4200];

	while (in && fgets(line, sizeof(line), in)) {
		char *controllers = strchr(line, ':');
		char *where = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!where)
			continue;
		*where++ = '\0';
		where[strcspn(where, "\n")] = '\0';
		if (strcmp(controllers + 1, "memory") == 0)
			version = &hybrid;
		else if (controllers[1] == '\0' && !version)
			version = &unified;
		else
			continue;
		snprintf(path, size, "%s", where);
		if (version == &hybrid)
			break;
	}
	if (in)
		fclose(in);
	return version;
}

bool cgroup_memory_read(struct cgroup_memory *memory)
{
	char path[4096];
	const struct version *version = path_read(path, sizeof(path));
	bool found = false;
	uint64_t limit;

	memory->limit = UINT64_MAX;
	memory->used = 0;
	while (version) {
		char *slash;

		if (number_read(version->root, path, version->limit, &limit) &&
		    limit < memory->limit) {
			memory->limit = limit;
			number_read(version->root, path, version->used, &memory->used);
			found = true;
		}
		slash = strrchr(path, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	return found;
}
