// SPDX-License-Identifier: MIT
/* Changes settings of the kernel, and changes them back. */
#include "sysctl.h"

#include "file.h"

static struct setting {
	const char *path;
	char before[128];
} settings[8];
static unsigned int changed;
static pid_t changer;

bool sysctl_is_ours(void)
{
	return getenv("GUARDSLOT_GUEST");
}

void sysctl_set(const char *path, const char *value)
{
	struct setting *setting = &settings[changed];

	test_ok(sysctl_is_ours());
	test_ok(changed < ARRAY_SIZE(settings));
	setting->path = path;
	read_file(path, setting->before, sizeof(setting->before));
	write_file(path, value);
	changer = getpid();
	changed++;
}

/* A child of the test ends earlier, and leaves them alone. */
__attribute__((destructor)) static void settings_restore(void)
{
	if (getpid() != changer)
		return;
	while (changed--)
		try_write_file(settings[changed].path, settings[changed].before);
}
