// SPDX-License-Identifier: MIT
// An image's file has the content, takes no memory for zero pages, and cannot be written once sealed.
#include "test.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "mmap/image_file.h"

static struct shim_image_file file;
static unsigned char *bytes;

/* Two parts: pages 10 to 1010 of area 0, pages 0 to 3 of area 2. */
static void start(void)
{
	const struct shim_image_part parts[SHIM_MAX_AREAS] = {
		[0] = { .start = 10 * PAGE, .end = 1010 * PAGE },
		[2] = { .start = 0, .end = 3 * PAGE },
	};

	test_success(shim_image_file_init(&file, PAGE, parts));
	bytes = calloc(1000, PAGE);
	test_ok(bytes);
}

static uint64_t pages_in_memory(void)
{
	struct stat stat;

	test_sys(fstat(file.memfd.file.fd, &stat));
	return (uint64_t)stat.st_blocks * 512 / PAGE;
}

TEST("zero pages are holes, the others are where they were written")
{
	start();
	for (uint64_t page = 0; page < 1000; page += 50)
		bytes[page * PAGE + page] = 1;
	test_success(shim_image_file_write(&file, 0, 10 * PAGE, bytes, 1000 * PAGE));
	test_eq(pages_in_memory(), 20);
	for (uint64_t page = 0; page < 1000; page++) {
		const unsigned char *at = shim_image_file_page(&file, 0, (10 + page) * PAGE);

		test_eq(at != NULL, page % 50 == 0);
		if (at)
			test_mem(at, bytes + page * PAGE, PAGE);
	}
	test_ok(!shim_image_file_page(&file, 0, 9 * PAGE));
	test_ok(!shim_image_file_page(&file, 0, 1010 * PAGE));
	test_ok(!shim_image_file_page(&file, 1, 0));
	shim_image_file_uninit(&file);
}

TEST("bytes that start and end inside a page")
{
	start();
	memset(bytes, 7, 2 * PAGE);
	test_success(shim_image_file_write(&file, 2, 100, bytes, 2 * PAGE));
	test_bytes(shim_image_file_page(&file, 2, 0), 0, 100);
	test_bytes(shim_image_file_page(&file, 2, 0) + 100, 7, 2 * PAGE);
	test_bytes(shim_image_file_page(&file, 2, 2 * PAGE) + 100, 0, PAGE - 100);
	shim_image_file_uninit(&file);
}

TEST("zero pages at the ends are cut off")
{
	start();
	bytes[300 * PAGE] = 1;
	bytes[500 * PAGE] = 2;
	test_success(shim_image_file_write(&file, 0, 10 * PAGE, bytes, 1000 * PAGE));
	test_success(shim_image_file_seal(&file));
	test_eq(file.parts[0].start, 310 * PAGE);
	test_eq(file.parts[0].end, 511 * PAGE);
	test_eq(file.parts[2].start, file.parts[2].end);
	test_eq(*shim_image_file_page(&file, 0, 310 * PAGE), 1);
	test_eq(*shim_image_file_page(&file, 0, 510 * PAGE), 2);
	shim_image_file_uninit(&file);
}

TEST("a sealed file cannot be written or resized, and no descriptor of it is open")
{
	int fd;

	start();
	memset(bytes, 7, PAGE);
	test_success(shim_image_file_write(&file, 2, 0, bytes, PAGE));
	fd = dup(file.memfd.file.fd);
	test_sys(fd);
	test_success(shim_image_file_seal(&file));
	test_eq(file.memfd.file.fd, -1);
	test_sys_err(-EPERM, pwrite(fd, "x", 1, 0));
	test_sys_err(-EPERM, ftruncate(fd, 0));
	test_sys_err(-EPERM, fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	test_sys(close(fd));
	shim_image_file_uninit(&file);
}

TEST("each map of a part is private")
{
	unsigned char *maps[2];

	start();
	memset(bytes, 7, 2 * PAGE);
	test_success(shim_image_file_write(&file, 2, 0, bytes, 2 * PAGE));
	test_success(shim_image_file_seal(&file));
	for (unsigned int i = 0; i < 2; i++) {
		maps[i] = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		test_ok(maps[i] != MAP_FAILED);
		test_success(shim_image_file_map(&file, 2, maps[i], 0, 4 * PAGE));
		test_signal(SIGSEGV, maps[i], *(volatile unsigned char *)maps[i]);
		test_sys(mprotect(maps[i], 4 * PAGE, PROT_READ | PROT_WRITE));
		test_bytes(maps[i], 7, 2 * PAGE);
		test_bytes(maps[i] + 2 * PAGE, 0, 2 * PAGE);
		memset(maps[i], 9, PAGE);
	}
	test_eq(*shim_image_file_page(&file, 2, 0), 7);
	shim_image_file_uninit(&file);
}

/* As compaction has it for a moment, and a pipe until it is read. */
TEST("a file is sealed while something else has a page of it")
{
	int pipes[2], fd;
	loff_t offset;

	start();
	memset(bytes, 7, PAGE);
	test_success(shim_image_file_write(&file, 2, 0, bytes, PAGE));
	test_sys(pipe(pipes));
	fd = dup(file.memfd.file.fd);
	test_sys(fd);
	offset = (loff_t)file.parts[2].offset;
	test_sys(splice(fd, &offset, pipes[1], NULL, PAGE, 0));
	test_success(shim_image_file_seal(&file));
	test_sys_err(-EPERM, pwrite(fd, "x", 1, 0));
	test_sys_err(-EPERM,
		     fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)PAGE));
	shim_image_file_uninit(&file);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

TEST("content that is all zero needs no file")
{
	start();
	test_success(shim_image_file_write(&file, 0, 10 * PAGE, bytes, 1000 * PAGE));
	test_success(shim_image_file_seal(&file));
	test_eq(file.memfd.file.fd, -1);
	test_ok(!file.content);
	test_eq(file.parts[0].start, file.parts[0].end);
	test_ok(!shim_image_file_page(&file, 0, 10 * PAGE));
	shim_image_file_uninit(&file);
}

TEST("a source that cannot be read is an error, not a crash")
{
	unsigned char *map;

	start();
	map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	test_ok(map != MAP_FAILED);
	test_sys(munmap(map + 2 * PAGE, PAGE));
	test_err(-EFAULT, shim_image_file_write(&file, 2, 0, map, 3 * PAGE));
	test_err(-EFAULT, shim_image_file_write(&file, 2, 0, NULL, 1));
	shim_image_file_uninit(&file);
}

TEST_MAIN()
