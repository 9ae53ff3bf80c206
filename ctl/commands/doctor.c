// SPDX-License-Identifier: MIT
/*
 * doctor: what works here, and what to do about the rest. Each check asks the
 * thing itself: it opens the device, makes a pool, reads the limit.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <libshim.h>

#include "base/cgroup.h"
#include "commands/command.h"
#include "base/fail.h"
#include "netlink/family.h"
#include "output/size.h"
#include "output/table.h"

/* A slot of a 64-bit runtime: 4 GiB of memory and 2 GiB of guard. */
#define USUAL_SLOT (UINT64_C(6) << 30)
#define MODULE_FOLDER "/sys/module/guardslot"

struct doctor {
	struct table *table;
	bool failed;
};

/* Levels, as the table has them. */
#define GOOD "ok"
#define NOTE "note" /* works, but not as well as it could */
#define BAD "bad"

static void tell(struct doctor *doctor, const char *check, const char *level, const char *format,
		 ...) __attribute__((format(printf, 4, 5)));

static void tell(struct doctor *doctor, const char *check, const char *level, const char *format,
		 ...)
{
	char words[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	table_text(doctor->table, check);
	table_text(doctor->table, level);
	table_text(doctor->table, words);
	if (strcmp(level, BAD) == 0)
		doctor->failed = true;
}

/* The first line of a file, or NULL. */
static const char *line_of(const char *path)
{
	static char line[256];
	FILE *file = fopen(path, "re");

	if (!file)
		return NULL;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return line;
}

/* ---- kernel, module, device ---------------------------------------------------- */

static void check_kernel(struct doctor *doctor)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	uname(&name);
	if (sizeof(void *) < 8)
		tell(doctor, "kernel", BAD, "a 32-bit program: the module is 64-bit only");
	else if (sscanf(name.release, "%u.%u", &major, &minor) != 2)
		tell(doctor, "kernel", NOTE, "cannot tell the version of %s", name.release);
	else if (major < 6 || (major == 6 && minor < 1))
		tell(doctor, "kernel", BAD, "Linux %s is too old for the module: boot 6.1 or later",
		     name.release);
	else
		tell(doctor, "kernel", GOOD, "Linux %s", name.release);
}

/* Whether the module is in what modprobe knows for this kernel. */
static bool is_installed(void)
{
	char path[256], line[1024];
	struct utsname name;
	bool found = false;
	FILE *file;

	uname(&name);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", name.release);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, "/guardslot.ko") != NULL;
	if (file)
		fclose(file);
	return found;
}

static bool check_module(struct doctor *doctor)
{
	const char *version;

	if (access(MODULE_FOLDER, F_OK) != 0) {
		if (is_installed())
			tell(doctor, "module", BAD, "module not loaded: modprobe guardslot");
		else
			tell(doctor, "module", BAD,
			     "not installed for this kernel: install "
			     "guardslot-dkms and the kernel's headers");
		return false;
	}
	version = line_of(MODULE_FOLDER "/version");
	tell(doctor, "module", GOOD, "loaded, version %s", version ? version : "unknown");
	return true;
}

static void check_parameter(struct doctor *doctor, const char *name)
{
	char path[128], words[32];
	const char *value;
	uint64_t pages;

	snprintf(path, sizeof(path), MODULE_FOLDER "/parameters/%s", name);
	value = line_of(path);
	if (!value)
		return; /* an older module */
	pages = strtoull(value, NULL, 10);
	if (pages)
		tell(doctor, name, GOOD, "%s of memory",
		     size_words(pages * (uint64_t)getpagesize(), words, sizeof(words)));
	else
		tell(doctor, name, GOOD, "no cap");
}

/* Why the device cannot be opened, and what to do. */
static void tell_refused(struct doctor *doctor, const struct stat *state)
{
	struct group *group = getgrgid(state->st_gid);

	if (!(state->st_mode & 060))
		tell(doctor, "device", BAD, "permission denied: the mode is %o: chmod 660 %s",
		     state->st_mode & 07777, GUARDSLOT_DEVICE);
	else if (state->st_gid == 0)
		tell(doctor, "device", BAD,
		     "permission denied: it is root's: install the udev rule, or chgrp it");
	else if (group)
		tell(doctor, "device", BAD, "permission denied: adduser YOU %s, and log in again",
		     group->gr_name);
	else
		tell(doctor, "device", BAD, "permission denied: join its group %u", state->st_gid);
}

static void check_device(struct doctor *doctor, bool loaded)
{
	struct stat state;
	int fd;

	if (stat(GUARDSLOT_DEVICE, &state) != 0) {
		tell(doctor, "device", BAD, "no %s: %s", GUARDSLOT_DEVICE,
		     loaded ? "is this a container? give it the device" :
			      "it comes with the module");
		return;
	}
	fd = open(GUARDSLOT_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		tell(doctor, "device", GOOD, "%s can be opened", GUARDSLOT_DEVICE);
	else if (errno == EACCES)
		tell_refused(doctor, &state);
	else if (errno == ENXIO || errno == ENODEV)
		tell(doctor, "device", BAD, "nothing behind %s: modprobe guardslot",
		     GUARDSLOT_DEVICE);
	else
		tell(doctor, "device", BAD, "cannot open %s: %m", GUARDSLOT_DEVICE);
	if (fd >= 0)
		close(fd);
}

/* ---- library ------------------------------------------------------------------- */

static int try_backend(uint32_t backend, enum shim_backend *got)
{
	struct shim_pool_config config = {
		.size = sizeof(config),
		.backend = backend,
		.slots = 1,
		.area_count = 1,
		.areas = { { .reserve = 1 << 16, .max = 1 << 16, .initial = 1 << 16 } },
	};
	struct shim_pool *pool;
	int error = shim_pool_create(&config, &pool);

	if (error)
		return error;
	*got = shim_pool_backend(pool);
	shim_pool_destroy(pool);
	return 0;
}

/* libshim itself chooses, and says why not the device. */
static void check_backend(struct doctor *doctor)
{
	char why[512] = "";
	enum shim_backend got;

	if (try_backend(SHIM_BACKEND_DEVICE, &got))
		snprintf(why, sizeof(why), "%s", shim_error());
	if (try_backend(SHIM_BACKEND_BEST, &got))
		tell(doctor, "backend", BAD, "libshim finds none: %s", shim_error());
	else if (got == SHIM_BACKEND_DEVICE)
		tell(doctor, "backend", GOOD, "libshim takes the device");
	else
		tell(doctor, "backend", NOTE, "libshim takes mmap, because: %s", why);
}

static void check_netlink(struct doctor *doctor, bool loaded)
{
	int error = family_try();

	if (!error)
		tell(doctor, "netlink", GOOD, "guardslotctl can ask the module");
	else if (!loaded)
		tell(doctor, "netlink", NOTE, "comes with the module");
	else
		tell(doctor, "netlink", NOTE,
		     "not here: guardslotctl works in the initial network "
		     "namespace only");
}

/* ---- limits -------------------------------------------------------------------- */

static void check_address_space(struct doctor *doctor)
{
	struct rlimit limit;
	char words[32];

	if (getrlimit(RLIMIT_AS, &limit))
		return;
	if (limit.rlim_cur == RLIM_INFINITY)
		tell(doctor, "address space", GOOD, "no limit (ulimit -v)");
	else
		tell(doctor, "address space", NOTE,
		     "limit %s, room for %" PRIu64 " slots of 6 GiB: ulimit -v unlimited",
		     size_words(limit.rlim_cur, words, sizeof(words)),
		     (uint64_t)limit.rlim_cur / USUAL_SLOT);
}

static void check_overcommit(struct doctor *doctor)
{
	const char *mode = line_of("/proc/sys/vm/overcommit_memory");

	if (!mode)
		return;
	if (*mode == '2')
		tell(doctor, "overcommit", NOTE,
		     "strict: on the mmap backend all that limits allow counts against "
		     "CommitLimit: sysctl vm.overcommit_memory=0");
	else
		tell(doctor, "overcommit", GOOD, "vm.overcommit_memory is %s", mode);
}

static void check_cgroup(struct doctor *doctor)
{
	char limit[32], used[32];
	struct cgroup_memory memory;

	if (!cgroup_memory_read(&memory)) {
		tell(doctor, "memory cgroup", GOOD, "no limit");
		return;
	}
	tell(doctor, "memory cgroup", memory.used > memory.limit / 10 * 9 ? NOTE : GOOD,
	     "limit %s, used %s; pages of slots and images count",
	     size_words(memory.limit, limit, sizeof(limit)),
	     size_words(memory.used, used, sizeof(used)));
}

static void check_map_count(struct doctor *doctor)
{
	const char *value = line_of("/proc/sys/vm/max_map_count");
	uint64_t count = value ? strtoull(value, NULL, 10) : 0;

	if (!count)
		return;
	tell(doctor, "mappings", count < 65530 ? NOTE : GOOD,
	     "vm.max_map_count is %" PRIu64 "; the device needs 2 a pool, mmap 2 or more a slot%s",
	     count, count < 65530 ? ": sysctl vm.max_map_count=1048576" : "");
}

int command_doctor(int argc, char **argv)
{
	static const struct column columns[] = { { "check", COLUMN_TEXT },
						 { "state", COLUMN_TEXT },
						 { "finding", COLUMN_TEXT } };
	struct doctor doctor = { .table = table_new(columns, 3) };
	bool loaded;

	command_no_arguments(argc, argv);
	check_kernel(&doctor);
	loaded = check_module(&doctor);
	check_parameter(&doctor, "max_pages");
	check_parameter(&doctor, "max_user_pages");
	check_device(&doctor, loaded);
	check_backend(&doctor);
	check_netlink(&doctor, loaded);
	check_address_space(&doctor);
	check_overcommit(&doctor);
	check_cgroup(&doctor);
	check_map_count(&doctor);
	table_print(doctor.table);
	table_free(doctor.table);
	return doctor.failed ? EXIT_FAILED : EXIT_DONE;
}
