// SPDX-License-Identifier: MIT
/* The files of fault injection in debugfs and /proc, as a thread sets them. */
#include "test.h"

#include "file.h"
#include "injection.h"

#define FAULTS_DIR "/sys/kernel/debug/"

static int nth_fd = -1;

static void set_up(const char *what, const char *knob, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), FAULTS_DIR "%s/%s", what, knob);
	write_file(path, value);
}

/* Only what is called from an address in the range fails: all, or nothing. */
static void allow(const char *what, bool on)
{
	set_up(what, "verbose", "0");
	set_up(what, "probability", "0");
	set_up(what, "reject-start", "0");
	set_up(what, "reject-end", on ? "0" : "0xffffffffffffffff");
}

void injection_start(enum kind kind)
{
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	test_sys(nth_fd);
	allow("failslab", kind == ALLOCATIONS);
	allow("fail_page_alloc", kind == ALLOCATIONS);
	allow("fail_usercopy", kind == COPIES);
	set_up("failslab", "ignore-gfp-wait", "N");
	set_up("failslab", "cache-filter", "N");
	set_up("fail_page_alloc", "ignore-gfp-wait", "N");
	set_up("fail_page_alloc", "ignore-gfp-highmem", "N");
	set_up("fail_page_alloc", "min-order", "0");
}

void injection_arm(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	test_eq(pwrite(nth_fd, text, (size_t)length, 0), length);
}

/* The copy to user space that reads the count can fail too: then it was still set. */
bool injection_disarm(void)
{
	char text[16] = "";
	ssize_t length = pread(nth_fd, text, sizeof(text) - 1, 0);

	if (pwrite(nth_fd, "0", 1, 0) < 0)
		test_eq(pwrite(nth_fd, "0", 1, 0), 1);
	return length > 0 && strtoul(text, NULL, 10) == 0;
}
