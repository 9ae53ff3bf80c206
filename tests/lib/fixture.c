// SPDX-License-Identifier: MIT
/* Finds the binaries in the folder data beside that of the running program. */
#include "fixture.h"

#include <dirent.h>

/* The path of something in tests/data; the running program is .../tests/FOLDER/NAME. */
static void data_path(char path[static 512], const char *name)
{
	ssize_t length = readlink("/proc/self/exe", path, 400);

	test_ok(length > 0);
	path[length] = '\0';
	snprintf(strrchr(path, '/') + 1, 100, "../data/%s", name);
}

struct binary fixture_load(const char *name)
{
	char path[512], file[640];

	data_path(path, name);
	snprintf(file, sizeof(file), "%s.wasm", path);
	return binary_load(file);
}

int folder_each(const char *folder, void (*test)(const char *path))
{
	char path[512], file[800];
	struct dirent **entries;
	int count, found = 0;

	data_path(path, folder);
	count = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		const char *dot = strrchr(entries[i]->d_name, '.');

		if (dot && !strcmp(dot, ".wasm")) {
			snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
			test(file);
			found++;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return found;
}
