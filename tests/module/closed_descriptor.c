// SPDX-License-Identifier: MIT
// Whenever a program closes the file of an image and uses its number again, no image is another's.
/*
 * As a thread that becomes a daemon does, while another makes a module. What is written to the
 * number in that moment cannot be helped; what is mapped or missing is.
 */
#include "module_test.h"

#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define IMAGE (UINT64_C(1) << 20)
#define MOST_NUMBERS 32

static unsigned char content[IMAGE];
static int other = -1;		 /* the file of the program */
static long calls, swap_at = -1; /* before which call the number gets the other file */

static void swap(void)
{
	char path[32], target[32];

	for (int fd = 0; fd < MOST_NUMBERS; fd++) {
		ssize_t length;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		length = readlink(path, target, sizeof(target) - 1);
		target[length < 0 ? 0 : length] = '\0';
		if (strstr(target, "shim-image"))
			test_sys(dup2(other, fd));
	}
}

static void count(void)
{
	if (calls++ == swap_at)
		swap();
}

int __real_fstat(int fd, struct stat *stat);
int __wrap_fstat(int fd, struct stat *stat);
int __wrap_ftruncate(int fd, off_t length);
int __wrap_fcntl(int fd, int command, ...);
void *__wrap_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *buffer, size_t length, off_t offset);

int __wrap_fstat(int fd, struct stat *stat)
{
	count();
	return __real_fstat(fd, stat);
}

int __wrap_ftruncate(int fd, off_t length)
{
	count();
	return (int)syscall(SYS_ftruncate, fd, length);
}

int __wrap_fcntl(int fd, int command, ...)
{
	va_list args;
	long arg;

	va_start(args, command);
	arg = va_arg(args, long);
	va_end(args);
	count();
	return (int)syscall(SYS_fcntl, fd, command, arg);
}

void *__wrap_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	count();
	return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

ssize_t __wrap_pwrite(int fd, const void *buffer, size_t length, off_t offset)
{
	count();
	return syscall(SYS_pwrite64, fd, buffer, length, offset);
}

static int create(struct shim_module **out)
{
	struct shim_memory_plan memory = { .minimum = IMAGE / SHIM_WASM_PAGE };
	struct shim_const_instr offsets[2] = {
		{ .op = SHIM_CONST_I32 },
		{ .op = SHIM_CONST_I32, .bits = IMAGE / 2 },
	};
	struct shim_data_segment data[2] = {
		{ .offset = offsets[0], .bytes = content, .length = IMAGE / 2 },
		{ .offset = offsets[1], .bytes = content, .length = IMAGE / 2 },
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 1,
		.defined_memories = &memory,
		.data_count = 2,
		.data = data,
	};

	return shim_module_create(&desc, out);
}

/* What the program does to its file afterwards must not be seen. */
static void image_is_right(const struct shim_module *module)
{
	const struct shim_static_image *image = shim_module_defined_image(module, 0);

	test_eq(image->length, IMAGE);
	test_mem(image->bytes, content, IMAGE / 2);
	test_mem((const unsigned char *)image->bytes + IMAGE / 2, content, IMAGE / 2);
}

TEST("before each call that is made of the number")
{
	static unsigned char zeroes[2 * IMAGE];
	bool swapped = true;

	memset(content, 1, IMAGE);
	for (long at = 0; swapped; at++) {
		struct shim_module *module = NULL;
		int error;

		test_context("before call %ld", at);
		other = test_sys((int)syscall(SYS_memfd_create, "other", MFD_CLOEXEC));
		test_sys((int)syscall(SYS_ftruncate, other, 2 * IMAGE));
		calls = 0;
		swap_at = at;
		error = create(&module);
		swapped = calls > at;
		swap_at = -1;
		if (error)
			test_err(-EBADF, error);
		test_eq(syscall(SYS_pwrite64, other, zeroes, sizeof(zeroes), 0), sizeof(zeroes));
		if (!error)
			image_is_right(module);
		shim_module_destroy(module);
		for (int fd = 3; fd < MOST_NUMBERS; fd++)
			close(fd);
		test_ok(at > 5 || swapped);
	}
}

TEST_MAIN()
