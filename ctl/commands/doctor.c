// SPDX-License-Identifier: MIT
/*
 * doctor: what works here, and what to do about the rest. A check opens the device or
 * reads the limit, and does not infer the answer from other facts; it makes and changes
 * nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <guardslot.h>

#include "base/array.h"
#include "base/cgroup.h"
#include "base/fail.h"
#include "commands/command.h"
#include "commands/doctor.h"
#include "netlink/family.h"
#include "output/size.h"
#include "output/table.h"

/* A slot of a 64-bit runtime: 4 GiB of memory and 2 GiB of guard. */
#define USUAL_SLOT (UINT64_C(6) << 30)
#define MODULE_FOLDER "/sys/module/guardslot"

void doctor_report(struct doctor *doctor, const char *check, enum level level, const char *format,
		   ...)
{
	static const char *const names[] = { [GOOD] = "ok", [NOTE] = "note", [BAD] = "bad" };
	char finding[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(finding, sizeof(finding), format, args);
	va_end(args);
	table_text(doctor->table, check);
	table_text(doctor->table, names[level]);
	table_text(doctor->table, finding);
	if (level == BAD)
		doctor->failed = true;
}

/* The first line of a file, or NULL. */
static const char *first_line(const char *path)
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
		doctor_report(doctor, "kernel", BAD, "a 32-bit program: the module is 64-bit only");
	else if (sscanf(name.release, "%u.%u", &major, &minor) != 2)
		doctor_report(doctor, "kernel", NOTE, "cannot tell the version of %s",
			      name.release);
	else if (major < 6 || (major == 6 && minor < 1))
		doctor_report(doctor, "kernel", BAD,
			      "Linux %s is too old for the module: boot 6.1 or later",
			      name.release);
	else
		doctor_report(doctor, "kernel", GOOD, "Linux %s", name.release);
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
		found = strncmp(line, "guardslot.ko", 12) == 0 || strstr(line, "/guardslot.ko");
	if (file)
		fclose(file);
	return found;
}

/* Secure Boot locks the kernel down, or the kernel was told to take signed modules only. */
static bool wants_signature(void)
{
	const char *line = first_line("/sys/kernel/security/lockdown");

	if (line && (strstr(line, "[integrity]") || strstr(line, "[confidentiality]")))
		return true;
	line = first_line("/sys/module/module/parameters/sig_enforce");
	return line && *line == 'Y';
}

static bool has_headers(const char *release)
{
	char path[256];

	snprintf(path, sizeof(path), "/lib/modules/%s/build/Makefile", release);
	return access(path, F_OK) == 0;
}

static void report_not_loaded(struct doctor *doctor)
{
	struct utsname name;

	uname(&name);
	if (is_installed() && wants_signature())
		doctor_report(
			doctor, "module", BAD,
			"not loaded, and this kernel takes signed modules only (Secure Boot): sign "
			"it with a key that mokutil --import made known, then modprobe guardslot");
	else if (is_installed())
		doctor_report(doctor, "module", BAD, "module not loaded: modprobe guardslot");
	else if (!has_headers(name.release))
		doctor_report(
			doctor, "module", BAD,
			"not installed, and the headers of this kernel are not either: install "
			"linux-headers-%s and guardslot-dkms",
			name.release);
	else
		doctor_report(doctor, "module", BAD,
			      "not installed for this kernel: install guardslot-dkms");
}

static void check_module(struct doctor *doctor)
{
	const char *version;

	doctor->loaded = access(MODULE_FOLDER, F_OK) == 0;
	if (!doctor->loaded) {
		report_not_loaded(doctor);
		return;
	}
	version = first_line(MODULE_FOLDER "/version");
	doctor_report(doctor, "module", GOOD, "loaded, version %s", version ? version : "unknown");
}

static void check_parameter(struct doctor *doctor, const char *name)
{
	char path[128], size[32];
	const char *value;
	uint64_t pages;

	snprintf(path, sizeof(path), MODULE_FOLDER "/parameters/%s", name);
	value = first_line(path);
	if (!value)
		return; /* an older module */
	pages = strtoull(value, NULL, 10);
	if (pages)
		doctor_report(doctor, name, GOOD, "%s of memory",
			      size_text(pages * (uint64_t)getpagesize(), size, sizeof(size)));
	else
		doctor_report(doctor, name, GOOD, "no cap");
}

/* The device may not be opened by this user. */
static void report_refused(struct doctor *doctor, const struct stat *state)
{
	struct group *group = getgrgid(state->st_gid);

	if (!(state->st_mode & 060))
		doctor_report(doctor, "device", BAD,
			      "permission denied: the mode is %o: chmod 660 %s",
			      state->st_mode & 07777, GUARDSLOT_DEVICE);
	else if (state->st_gid == 0)
		doctor_report(
			doctor, "device", BAD,
			"permission denied: it is root's: install the udev rule, or chgrp it");
	else if (group)
		doctor_report(doctor, "device", BAD,
			      "permission denied: adduser YOU %s, and log in again",
			      group->gr_name);
	else
		doctor_report(doctor, "device", BAD, "permission denied: join its group %u",
			      state->st_gid);
}

/* Whether the node has the number that the module has, where that can be read. */
static bool is_own_number(const struct stat *state)
{
	const char *line = first_line("/sys/class/misc/guardslot/dev");
	unsigned int major, minor;

	if (!line || sscanf(line, "%u:%u", &major, &minor) != 2)
		return true;
	return state->st_rdev == makedev(major, minor);
}

/* It was opened, by whatever driver: asks who that is. */
static void check_identity(struct doctor *doctor, int fd)
{
	struct guardslot_info info = { .size = sizeof(info) };
	bool answers = ioctl(fd, GUARDSLOT_IOC_INFO, &info) == 0;

	doctor->loaded |= answers;
	if (!answers)
		doctor_report(doctor, "device", BAD,
			      "what %s opens is not guardslot's: rm it, and modprobe guardslot",
			      GUARDSLOT_DEVICE);
	else if (info.out_abi_version < GUARDSLOT_ABI_VERSION)
		doctor_report(
			doctor, "device", BAD,
			"the module's ABI is %u, older than the library's %d: load a newer module",
			info.out_abi_version, GUARDSLOT_ABI_VERSION);
	else
		doctor_report(doctor, "device", GOOD, "%s can be opened", GUARDSLOT_DEVICE);
}

static void check_device(struct doctor *doctor)
{
	struct stat state;
	int fd;

	if (stat(GUARDSLOT_DEVICE, &state) != 0) {
		doctor_report(doctor, "device", BAD, "no %s: %s", GUARDSLOT_DEVICE,
			      doctor->loaded ? "is this a container? give it the device" :
					       "it comes with the module");
		return;
	}
	if (!S_ISCHR(state.st_mode)) {
		doctor_report(doctor, "device", BAD, "%s is a file: rm it, and modprobe guardslot",
			      GUARDSLOT_DEVICE);
		return;
	}
	if (!is_own_number(&state)) {
		doctor_report(
			doctor, "device", BAD,
			"%s has number %u:%u, not the module's: rm it, rmmod and modprobe guardslot",
			GUARDSLOT_DEVICE, major(state.st_rdev), minor(state.st_rdev));
		return;
	}
	fd = open(GUARDSLOT_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		check_identity(doctor, fd);
		close(fd);
	} else if (errno == EPERM) {
		doctor_report(
			doctor, "device", BAD,
			"refused by a cgroup: DeviceAllow=%s rw for a service, --device for a "
			"container",
			GUARDSLOT_DEVICE);
	} else if (errno == EACCES) {
		report_refused(doctor, &state);
	} else if (errno == ENXIO || errno == ENODEV) {
		doctor_report(doctor, "device", BAD, "nothing behind %s: modprobe guardslot",
			      GUARDSLOT_DEVICE);
	} else {
		doctor_report(doctor, "device", BAD, "cannot open %s: %m", GUARDSLOT_DEVICE);
	}
}

/* ---- library ------------------------------------------------------------------- */

/* Whether the library can use the device, as it finds out itself; a pool is not made. */
static bool try_device(char *why, size_t size)
{
	int fd = open(GUARDSLOT_DEVICE, O_RDWR | O_CLOEXEC);
	struct guardslot_info info = { .size = sizeof(info) };
	bool usable = false;

	if (fd < 0) {
		snprintf(why, size, "%s: %m", GUARDSLOT_DEVICE);
		return false;
	}
	if (ioctl(fd, GUARDSLOT_IOC_INFO, &info))
		snprintf(why, size, "%s: %m", GUARDSLOT_DEVICE);
	else if (info.out_abi_version < GUARDSLOT_ABI_VERSION)
		snprintf(why, size, "the module's ABI %u is older than the library's %d",
			 info.out_abi_version, GUARDSLOT_ABI_VERSION);
	else
		usable = true;
	close(fd);
	return usable;
}

/* The library's choice, and its reason when that is not the device. */
static void check_backend(struct doctor *doctor)
{
	const char *asked = getenv("GUARDSLOT_BACKEND");
	char why[512] = "";

	if (asked && strcmp(asked, "mmap") == 0)
		doctor_report(doctor, "backend", NOTE,
			      "libshim takes mmap, as GUARDSLOT_BACKEND says");
	else if (try_device(why, sizeof(why)))
		doctor_report(doctor, "backend", GOOD, "libshim takes the device");
	else if (asked && strcmp(asked, "device") == 0)
		doctor_report(doctor, "backend", BAD, "GUARDSLOT_BACKEND says device, and: %s",
			      why);
	else
		doctor_report(doctor, "backend", NOTE, "libshim takes mmap, because: %s", why);
}

/* The kernel loads the module for whoever asks for its family. */
static bool may_ask(const struct doctor *doctor)
{
	return doctor->loaded && family_try() == 0;
}

static void check_netlink(struct doctor *doctor)
{
	if (may_ask(doctor))
		doctor_report(doctor, "netlink", GOOD, "guardslotctl can ask the module");
	else if (!doctor->loaded)
		doctor_report(doctor, "netlink", NOTE, "comes with the module");
	else
		doctor_report(doctor, "netlink", NOTE,
			      "not here: guardslotctl works in the initial network "
			      "namespace only");
}

/* ---- limits -------------------------------------------------------------------- */

static void check_address_space(struct doctor *doctor)
{
	struct rlimit limit;
	char size[32];

	if (getrlimit(RLIMIT_AS, &limit))
		return;
	if (limit.rlim_cur == RLIM_INFINITY)
		doctor_report(doctor, "address space", GOOD, "no limit (ulimit -v)");
	else
		doctor_report(doctor, "address space", NOTE,
			      "limit %s, room for %" PRIu64 " slots of 6 GiB: ulimit -v unlimited",
			      size_text(limit.rlim_cur, size, sizeof(size)),
			      (uint64_t)limit.rlim_cur / USUAL_SLOT);
}

static void check_overcommit(struct doctor *doctor)
{
	const char *mode = first_line("/proc/sys/vm/overcommit_memory");

	if (!mode)
		return;
	if (*mode == '2')
		doctor_report(doctor, "overcommit", NOTE,
			      "strict: on the mmap backend all that limits allow counts against "
			      "CommitLimit: sysctl vm.overcommit_memory=0");
	else
		doctor_report(doctor, "overcommit", GOOD, "vm.overcommit_memory is %s", mode);
}

static void check_cgroup(struct doctor *doctor)
{
	char limit[32], used[32];
	struct cgroup_memory memory;

	if (!cgroup_memory_read(&memory)) {
		doctor_report(doctor, "memory cgroup", GOOD, "no limit");
		return;
	}
	doctor_report(doctor, "memory cgroup", memory.used > memory.limit / 10 * 9 ? NOTE : GOOD,
		      "limit %s, used %s; pages of slots and images count",
		      size_text(memory.limit, limit, sizeof(limit)),
		      size_text(memory.used, used, sizeof(used)));
}

static void check_map_count(struct doctor *doctor)
{
	const char *value = first_line("/proc/sys/vm/max_map_count");
	uint64_t count = value ? strtoull(value, NULL, 10) : 0;

	if (!count)
		return;
	doctor_report(doctor, "mappings", count < 65530 ? NOTE : GOOD,
		      "vm.max_map_count is %" PRIu64
		      "; the device needs 2 a pool, mmap 2 or more a slot%s",
		      count, count < 65530 ? ": sysctl vm.max_map_count=1048576" : "");
}

int command_doctor(int argc, char **argv)
{
	static const struct column columns[] = { { "check", COLUMN_WORD },
						 { "state", COLUMN_WORD },
						 { "finding", COLUMN_PROSE } };
	static const struct layout layout = { "doctor", columns, ARRAY_SIZE(columns), NULL };
	struct style style = command_style(argc, argv);
	struct doctor doctor = { .table = table_new(&layout, &style) };

	check_kernel(&doctor);
	check_module(&doctor);
	check_parameter(&doctor, "max_pages");
	check_parameter(&doctor, "max_user_pages");
	check_device(&doctor);
	check_backend(&doctor);
	check_netlink(&doctor);
	check_address_space(&doctor);
	check_overcommit(&doctor);
	check_cgroup(&doctor);
	check_map_count(&doctor);
	if (may_ask(&doctor))
		doctor_pools(&doctor);
	table_print(doctor.table, stdout);
	table_free(doctor.table);
	return doctor.failed ? EXIT_FAILED : EXIT_DONE;
}
