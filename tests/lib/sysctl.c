// SPDX-License-Identifier: MIT
/* Changes settings of the kernel, and changes them back. */
#include "sysctl.h"

#include <pthread.h>
#include <sys/mman.h>

#include "file.h"

#define MAX_SETTINGS 8

/* What there was before, in memory that the test shares with the program that started it. */
struct shared {
	unsigned int changed;
	struct setting {
		char path[128];
		char before[128];
	} settings[MAX_SETTINGS];
};

static struct shared *shared;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool sysctl_is_ours(void)
{
	return getenv("GUARDSLOT_GUEST");
}

static bool is_noted(const char *path)
{
	for (unsigned int i = 0; i < shared->changed; i++)
		if (!strcmp(shared->settings[i].path, path))
			return true;
	return false;
}

static void note(const char *path)
{
	struct setting *setting = &shared->settings[shared->changed];

	test_ok(shared->changed < MAX_SETTINGS);
	test_ok(strlen(path) < sizeof(setting->path));
	snprintf(setting->path, sizeof(setting->path), "%s", path);
	read_file(path, setting->before, sizeof(setting->before));
	shared->changed++;
}

void sysctl_set(const char *path, const char *value)
{
	test_ok(sysctl_is_ours());
	pthread_mutex_lock(&lock);
	if (!is_noted(path))
		note(path);
	pthread_mutex_unlock(&lock);
	write_file(path, value);
}

void sysctl_set_number(const char *path, unsigned long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", value);
	sysctl_set(path, text);
}

/* The last one first, as a later one may be checked against one before. */
static void settings_restore(void)
{
	while (shared->changed) {
		struct setting *setting = &shared->settings[--shared->changed];

		try_write_file(setting->path, setting->before);
	}
}

/* Before any test starts. */
__attribute__((constructor)) static void settings_share(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		abort();
	tap_after_each(settings_restore);
}
