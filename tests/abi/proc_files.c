// SPDX-License-Identifier: MIT
// The files of /proc of a process with slots can be read, and clear_refs leaves every byte.
#include "test.h"

#include "abi.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

TEST("all files of /proc about the process can be read, and clear_refs changes no byte")
{
	static const char *const files[] = {
		"maps",	  "smaps", "smaps_rollup", "numa_maps", "pagemap",
		"status", "statm", "auxv",	   "io",	"stack",
	};
	struct pool pool = pool_small(2);
	char path[64], buffer[8192];

	test_rebind(&pool, 0, image_filled(&pool, 1, 1, 4));
	memset(area_at(&pool, 1, 0), 1, 4 * PAGE);
	test_eq(peek(area_at(&pool, 0, 0)), 1);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		off_t at = 0;
		ssize_t got;
		int fd;

		snprintf(path, sizeof(path), "/proc/self/%s", files[i]);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		if (strcmp(files[i], "pagemap") == 0)
			at = (off_t)((uintptr_t)pool.base / PAGE * 8);
		got = pread(fd, buffer, sizeof(buffer), at);
		if (got < 0 && errno != EINVAL)
			test_fail("%s: %s", path, strerror(errno));
		close(fd);
	}
	for (int bit = 1; bit <= 5; bit++) {
		int fd = open("/proc/self/clear_refs", O_WRONLY);

		if (fd >= 0) {
			snprintf(buffer, sizeof(buffer), "%d", bit);
			test_ok(write(fd, buffer, 1) == 1 || errno == EINVAL);
			close(fd);
		}
	}
	test_bytes(area_at(&pool, 1, 0), 1, 4 * PAGE);
	poke(area_at(&pool, 0, 0), 2);
	test_eq(peek(area_at(&pool, 0, 0)), 2);
}

TEST_MAIN()
