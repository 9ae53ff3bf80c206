// SPDX-License-Identifier: MIT
// The library's descriptors: how many, which numbers, and what if the program closes and reuses them.
#include "slot_test.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "child.h"

#define SECRET "another file's bytes"
#define NUMBERS 16
/* The highest number that is looked at. */
#define MOST 4095

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model model;
static uint32_t image;

static void start(void)
{
	config = config_default();
	pool = pool_create(&config);
	image = image_noise(pool, &config, 1, 3, &model);
}

static unsigned int open_count(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd <= MOST; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* close_range() is newer than some C libraries. */
static void close_from(int first, int last)
{
	for (int fd = first; fd <= last; fd++)
		close(fd);
}

/* ---- how many ----------------------------------------------------------------------- */

TEST("an image takes no descriptor")
{
	unsigned int none = open_count(), before;

	start();
	before = open_count();
	for (unsigned int i = 0; i < 50; i++)
		image_noise(pool, &config, 1, i, &model);
	must(shim_image_snapshot(pool, 1, 0, &image));
	test_eq(open_count(), before);
	pool_destroy(pool);
	test_eq(open_count(), none);
}

/* Allows no descriptor more. */
static void descriptors_end(void)
{
	struct rlimit limit = { 3, 3 };

	for (int fd = 3; fd <= MOST; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			limit.rlim_cur = (rlim_t)fd + 1;
	limit.rlim_max = limit.rlim_cur;
	test_sys(setrlimit(RLIMIT_NOFILE, &limit));
	while (dup(0) >= 0)
		;
	test_eq(errno, EMFILE);
}

TEST("images can be made and used with no descriptor left")
{
	start();
	descriptors_end();
	operations_work(pool, &config);
}

TEST("a pool can be made and used with no descriptor left, except on the device")
{
	struct shim_pool *made;

	config = config_default();
	descriptors_end();
	if (config.backend == SHIM_BACKEND_DEVICE)
		must_fail(-EMFILE, "/dev/guardslot: Too many open files",
			  shim_pool_create(&config, &made));
	else
		operations_work_anew();
}

TEST("an image of a source that cannot be read is an error then, too")
{
	struct shim_image_area areas[2] = { { .length = 3 * PAGE, .limit = 4 * PAGE } };
	unsigned char *map;

	start();
	descriptors_end();
	map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	test_ok(map != MAP_FAILED);
	test_sys(mprotect(map + 2 * PAGE, PAGE, PROT_NONE));
	areas[0].source = map;
	test_err(-EFAULT, shim_image_create(pool, 1, areas, 2, &image));
	areas[0].source = (void *)8;
	test_err(-EFAULT, shim_image_create(pool, 1, areas, 2, &image));
	areas[0].source = map + 1;
	areas[0].length = 2 * PAGE - 1;
	must(shim_image_create(pool, 1, areas, 2, &image));
}

/* ---- which -------------------------------------------------------------------------- */

TEST("none is 0, 1 or 2 where the program closed those")
{
	in_child({
		close_from(0, 2);
		start();
		operations_work(pool, &config);
		for (int fd = 0; fd < 3; fd++)
			if (fcntl(fd, F_GETFD) >= 0)
				_exit(1);
	});
}

TEST("none is left to a program that is executed")
{
	start();
	for (int fd = 3; fd < 100; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && !(flags & FD_CLOEXEC)) {
			char link[64], name[256] = "";

			snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
			test_ok(readlink(link, name, sizeof(name) - 1) >= 0);
			test_ok(!strstr(name, "shim") && !strstr(name, "guardslot") &&
				!strstr(name, "pagemap"));
		}
	}
}

/* ---- closed and used again ------------------------------------------------------------ */

static struct stat others[NUMBERS];

/* What a program does that becomes a daemon; TAP needs the standard streams. */
static void numbers_reuse(const char *path)
{
	close_from(3, MOST);
	for (int i = 0; i < NUMBERS; i++) {
		int fd = path ? open(path, O_RDWR | O_CLOEXEC) : memfd_create("other", 0);

		if (fd < 0 && path)
			fd = open(path, O_RDONLY | O_CLOEXEC);
		test_eq(fd, 3 + i);
		if (!path) {
			test_sys(ftruncate(fd, 1 << 20));
			test_eq(pwrite(fd, SECRET, sizeof(SECRET), 0), sizeof(SECRET));
		}
		test_sys(fstat(fd, &others[i]));
	}
}

static void others_are_there(bool are_secret)
{
	char text[sizeof(SECRET)];
	struct stat now;

	for (int i = 0; i < NUMBERS; i++) {
		test_sys(fstat(3 + i, &now));
		test_eq(now.st_ino, others[i].st_ino);
		test_eq(now.st_dev, others[i].st_dev);
		test_eq(now.st_size, others[i].st_size);
		if (!are_secret)
			continue;
		test_eq(pread(3 + i, text, sizeof(text), 0), sizeof(text));
		test_str(text, SECRET);
	}
}

/* On the device nothing can be done without the file; an error says so. */
static bool says_closed(int error)
{
	test_err(-EBADF, error);
	test_ok(strstr(shim_error(), "the program closed descriptor"));
	return true;
}

static void nothing_foreign_is_shown(bool are_secret)
{
	static const uint32_t zero, one = 1;
	struct shim_slot_info info = { .size = sizeof(info) };
	bool is_device = config.backend == SHIM_BACKEND_DEVICE;

	if (is_device) {
		says_closed(shim_slot_reset(pool, &zero, 1, NULL));
		says_closed(shim_slot_rebind(pool, &one, 1, image, NULL));
		says_closed(shim_slot_query(pool, 0, &info));
		says_closed(shim_image_snapshot(pool, 1, 0, &image));
		says_closed(shim_slot_purge(pool, &zero, 1, NULL));
	} else {
		reset(pool, 0);
		model_check(pool, 0, &model);
		rebind(pool, 1, image);
		model_check(pool, 1, &model);
		operations_work(pool, &config);
	}
	pool_destroy(pool);
	others_are_there(are_secret);
}

TEST("numbers that are other files now: never their bytes, never closed")
{
	start();
	rebind(pool, 0, image);
	dirty_all(pool, 0, 9);
	numbers_reuse(NULL);
	nothing_foreign_is_shown(true);
}

TEST("numbers that are the pagemap of another process")
{
	char path[64];
	pid_t child;

	start();
	rebind(pool, 0, image);
	dirty_all(pool, 0, 9);
	child = fork();
	test_sys(child);
	if (child == 0)
		for (;;)
			pause();
	snprintf(path, sizeof(path), "/proc/%d/pagemap", child);
	numbers_reuse(path);
	nothing_foreign_is_shown(false);
	test_sys(kill(child, SIGKILL));
	test_eq(waitpid(child, NULL, 0), child);
}

TEST("numbers that are another pool's file now")
{
	struct shim_pool *first, *other;
	uint32_t zero = 0;
	struct model none;
	int error;

	start();
	none = model_none(&config);
	first = pool;
	dirty_all(first, 0, 9);
	close_from(3, MOST);
	other = pool_create(&config);
	dirty_all(other, 0, 8);
	error = shim_slot_reset(first, &zero, 1, NULL);
	if (config.backend == SHIM_BACKEND_DEVICE) {
		says_closed(error);
	} else {
		must(error);
		model_check(first, 0, &none);
	}
	/* Neither that nor the end of the first pool does anything to the other. */
	pool_destroy(first);
	test_eq(area_at(other, 0, 0)[77], noise(77, 8));
	reset(other, 0);
	model_check(other, 0, &none);
}

TEST("numbers that are closed")
{
	start();
	rebind(pool, 0, image);
	dirty_all(pool, 0, 9);
	close_from(3, MOST);
	if (config.backend == SHIM_BACKEND_DEVICE) {
		uint32_t zero = 0;

		says_closed(shim_slot_reset(pool, &zero, 1, NULL));
		return;
	}
	reset(pool, 0);
	model_check(pool, 0, &model);
	operations_work(pool, &config);
}

TEST_MAIN()
