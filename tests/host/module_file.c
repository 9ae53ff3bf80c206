// SPDX-License-Identifier: MIT
// A module is read from a file as from memory, and an error names the file.
#include "module_test.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "format.h"

static char path[64];

static void path_make(const char *name)
{
	snprintf(path, sizeof(path), "/tmp/%s-%d", name, getpid());
}

static void file_write(const struct binary *binary)
{
	int fd = test_sys(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));

	test_eq(write(fd, binary->bytes, binary->length), binary->length);
	close(fd);
}

/* A section that the reader skips makes it longer than what is read at once. */
static struct binary module_long(size_t more)
{
	struct binary text = binary_write("5: 01 00 03"), all;
	uint8_t head[16] = { 0 };
	size_t length = 0;

	head[length++] = 0; /* a custom section */
	for (size_t rest = more + 1;; rest >>= 7) {
		head[length++] = (uint8_t)((rest & 0x7f) | (rest >> 7 ? 0x80 : 0));
		if (!(rest >> 7))
			break;
	}
	head[length++] = 0; /* its name is "" */
	all = binary_new(text.length + length + more);
	memcpy(all.bytes, text.bytes, text.length);
	memcpy(all.bytes + text.length, head, length);
	memset(all.bytes + text.length + length, 0, more);
	binary_free(&text);
	return all;
}

static void read_is_right(void)
{
	const struct shim_module_desc *desc;
	struct shim_module *module;

	must(shim_module_open(path, &module));
	desc = shim_module_desc(module);
	test_eq(desc->defined_memory_count, 1);
	test_eq(desc->defined_memories[0].minimum, 3);
	shim_module_destroy(module);
}

TEST("files of any length")
{
	/* Around the lengths to which the room for them grows. */
	static const int lengths[] = { 0, 100, 65536 - 12, 65536, 131072, 3000000 };

	path_make("module");
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		for (int more = lengths[i]; more < lengths[i] + 3; more++) {
			struct binary binary = module_long((size_t)more);

			file_write(&binary);
			read_is_right();
			binary_free(&binary);
		}
	unlink(path);
}

static void *feed(void *bytes)
{
	const struct binary *binary = bytes;
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	for (size_t done = 0; done < binary->length; done += 1000) {
		size_t left = binary->length - done;

		if (write(fd, binary->bytes + done, left < 1000 ? left : 1000) < 0)
			break;
	}
	close(fd);
	return NULL;
}

TEST("a pipe, which has no length")
{
	struct binary binary = module_long(100000);
	pthread_t thread;

	path_make("pipe");
	test_sys(mkfifo(path, 0600));
	test_eq(pthread_create(&thread, NULL, feed, &binary), 0);
	read_is_right();
	pthread_join(thread, NULL);
	unlink(path);
	binary_free(&binary);
}

static void fails(int expected, const char *message)
{
	struct shim_module *module = NULL;

	must_fail(expected, message, shim_module_open(path, &module));
	test_ok(!module);
}

TEST("a file that is too long is not read")
{
	struct shim_module *module;
	int fd;

	path_make("long");
	fd = test_sys(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	test_sys(ftruncate(fd, (1l << 30) + 1));
	close(fd);
	must_fail(-EFBIG, format("%s: File too large", path), shim_module_open(path, &module));
	unlink(path);
}

TEST("what cannot be read, and what is no module")
{
	static const char message[] = "/dev/null: header, byte 0x0: ";
	struct shim_module *module;
	struct rlimit before, none;

	must_fail(-EFAULT, "path is NULL", shim_module_open(NULL, &module));
	must_fail(-EFAULT, "out is NULL", shim_module_open("/", NULL));
	snprintf(path, sizeof(path), "/no/such/file");
	fails(-ENOENT, "/no/such/file: No such file or directory");
	snprintf(path, sizeof(path), "/tmp");
	fails(-EISDIR, "/tmp: Is a directory");
	snprintf(path, sizeof(path), "/dev/null");
	test_err(-EINVAL, shim_module_open(path, &module));
	test_ok(strncmp(shim_error(), message, strlen(message)) == 0);
	/* No descriptor is left open by any of them, and none for the next. */
	test_sys(getrlimit(RLIMIT_NOFILE, &before));
	none = (struct rlimit){ 3, before.rlim_max };
	test_sys(setrlimit(RLIMIT_NOFILE, &none));
	fails(-EMFILE, format("/dev/null: %s", strerror(EMFILE)));
	/* What looks for leaks at the end needs some. */
	test_sys(setrlimit(RLIMIT_NOFILE, &before));
}

TEST_MAIN()
