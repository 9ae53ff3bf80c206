// SPDX-License-Identifier: MIT
// A file that changes while a module is made of it is an error; so is one that cannot be read.
#include "module_test.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "format.h"

#define DATA (2 << 20)

/* What happens before the nth call of pread() from now on, or in it; counts them. */
static long reads;
static long hit_at = -1;
static void (*hit)(void);
static int hit_error;
static size_t most = SIZE_MAX; /* bytes a call reads */

static int file;
static uint8_t *module_bytes;
static size_t module_length;

ssize_t __wrap_pread(int fd, void *to, size_t length, off_t offset);

ssize_t __wrap_pread(int fd, void *to, size_t length, off_t offset)
{
	if (reads++ == hit_at) {
		if (hit)
			hit();
		if (hit_error) {
			errno = hit_error;
			return -1;
		}
	}
	return syscall(SYS_pread64, fd, to, length < most ? length : most, offset);
}

/* Two sections of which each has bytes at its end that are wrong, if they change. */
static void module_make(void)
{
	static const uint8_t
		head
			[] = {
				0x00, 'a',  's',  'm',	1,    0,    0,
				0,    5,    3,	  1,	0,    40, /* a memory of 40 pages */
				11,   0x89, 0x80, 0x80, 0x01, 1,    0,
				0x41, 0,    0x0b, 0x80, 0x80, 0x80, 0x01,
			};

	module_length = sizeof(head) + DATA;
	free(module_bytes);
	module_bytes = malloc(module_length);
	memcpy(module_bytes, head, sizeof(head));
	memset(module_bytes + sizeof(head), 0x5a, DATA);
}

/* The module, written a while ago. */
static void file_make(void)
{
	struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

	if (!module_bytes)
		module_make();
	file = test_sys(memfd_create("module", MFD_CLOEXEC));
	test_eq(write(file, module_bytes, module_length), module_length);
	test_sys(futimens(file, times));
	reads = 0;
}

static int file_open(void)
{
	struct shim_module *module = NULL;
	int error = shim_module_open_fd(file, &module);

	test_eq(!module, error != 0);
	if (!error)
		test_mem(shim_module_defined_image(module, 0)->bytes, module_bytes + 27, DATA);
	shim_module_destroy(module);
	close(file);
	return error;
}

/* The number of reads without a change; many, as each change is tried before each of them. */
static long reads_count(void)
{
	hit_at = -1;
	file_make();
	must(file_open());
	test_ok(reads > 10);
	return reads;
}

static void changes_are_noticed(void (*change)(void))
{
	long count = reads_count();

	hit = change;
	for (long at = 0; at < count; at++) {
		file_make();
		hit_at = at;
		test_context("before read %ld of %ld", at, count);
		test_err(-EAGAIN, file_open());
		test_ok(strstr(shim_error(), ": changed while it was read"));
	}
}

static void cut_all(void)
{
	test_sys(ftruncate(file, 0));
}

static void cut_end(void)
{
	test_sys(ftruncate(file, (off_t)module_length - 1));
}

static void append(void)
{
	test_sys(ftruncate(file, (off_t)module_length + 1));
}

static void overwrite(void)
{
	memset(module_bytes, 0xff, module_length);
	test_eq(pwrite(file, module_bytes, module_length, 0), module_length);
	module_make();
}

static void overwrite_by_component(void)
{
	test_eq(pwrite(file, "\x0d\0\1\0", 4, 4), 4);
}

/* Another file, of the same length and the same time, gets the number. */
static int number;

static void replace(void)
{
	struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	int other = test_sys(memfd_create("other", MFD_CLOEXEC));

	test_eq(write(other, module_bytes, module_length), module_length);
	test_sys(futimens(other, times));
	test_sys(dup2(other, number ? number : file));
	close(other);
}

TEST("closed by the program, which opens another file under its number")
{
	changes_are_noticed(replace);
}

TEST("the same of a path: the number stays the program's")
{
	long count = reads_count();

	hit = replace;
	for (long at = 0; at < count; at++) {
		struct shim_module *module;

		file_make();
		number = test_sys(dup(file));
		close(number);
		hit_at = at;
		test_err(-EAGAIN, shim_module_open(format("/proc/self/fd/%d", file), &module));
		test_sys(fcntl(number, F_GETFD));
		close(number);
		close(file);
	}
}

TEST("cut to nothing")
{
	changes_are_noticed(cut_all);
}

TEST("cut by a byte")
{
	changes_are_noticed(cut_end);
}

TEST("longer by a byte")
{
	changes_are_noticed(append);
}

TEST("written all over")
{
	changes_are_noticed(overwrite);
}

TEST("made into what is not supported")
{
	hit = overwrite_by_component;
	hit_at = 0;
	file_make();
	test_err(-EAGAIN, file_open());
	test_ok(strstr(shim_error(), ": changed while it was read"));
}

/* As through a map, or in the same tick of the file system's clock. */
static void overwrite_unnoticed(void)
{
	struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

	module_bytes[12] = 50;
	memset(module_bytes + 27, 0xff, DATA);
	test_eq(pwrite(file, module_bytes, module_length, 0), module_length);
	test_sys(futimens(file, times));
	module_bytes[12] = 40;
	memset(module_bytes + 27, 0x5a, DATA);
}

TEST("written so that no time tells: bytes are old or new, and all is checked")
{
	long count = reads_count();

	hit = overwrite_unnoticed;
	for (long at = 0; at < count; at++) {
		struct shim_module *module;
		const unsigned char *bytes;
		uint64_t minimum;

		file_make();
		hit_at = at;
		must(shim_module_open_fd(file, &module));
		minimum = shim_module_desc(module)->defined_memories[0].minimum;
		bytes = shim_module_defined_image(module, 0)->bytes;
		test_eq(minimum, at ? 40 : 50);
		for (size_t i = 0; i < DATA; i++)
			if (bytes[i] != 0x5a && bytes[i] != 0xff)
				test_fail("byte 0x%zx is 0x%02x", i, bytes[i]);
		shim_module_destroy(module);
		close(file);
	}
}

TEST("a new name and a new mode are no change")
{
	file_make();
	test_sys(fchmod(file, 0400));
	must(file_open());
}

TEST("reads that fail have their cause and their byte in the message")
{
	long count = reads_count();
	char prefix[64], reason[64];

	hit_error = EIO;
	snprintf(reason, sizeof(reason), " cannot be read: %s", strerror(EIO));
	for (long at = 0; at < count; at++) {
		file_make();
		snprintf(prefix, sizeof(prefix), "descriptor %d: ", file);
		hit_at = at;
		test_err(-EIO, file_open());
		test_ok(strncmp(shim_error(), prefix, strlen(prefix)) == 0);
		test_ok(strstr(shim_error(), reason));
	}
	test_str(shim_error() + strlen(prefix),
		 format("data[0]: byte 0x%zx%s", (module_length - 27) / 65536 * 65536 - 65536 + 27,
			reason));
}

TEST("reads that a signal interrupts, and short ones, go on")
{
	long count = reads_count();

	hit_error = EINTR;
	for (long at = 0; at < count; at++) {
		file_make();
		hit_at = at;
		must(file_open());
	}
	hit_at = -1;
	most = 1000;
	file_make();
	must(file_open());
}

TEST_MAIN()
