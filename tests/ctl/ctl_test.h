/* SPDX-License-Identifier: MIT */
/*
 * What the tests of guardslotctl share: running it in a shell, pools to look at,
 * pseudo-terminals, and reading and writing files.
 */
#ifndef CTL_TEST_H
#define CTL_TEST_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"
#include "guardslot.h"
#include "libshim.h"

#define NOBODY 65534
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct output {
	int code;
	char out[16384];
	char err[4096];
};

static inline void read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;
	size_t length = 0;

	test_sys(fd);
	while ((got = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)got;
	test_ok(length < size - 1);
	text[length] = '\0';
	close(fd);
}

static inline void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	test_sys(fd);
	test_eq(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Pseudo-terminals: the guest's first process does not mount them. */
static inline void pts_mount(void)
{
	mkdir("/dev/pts", 0755);
	if (access("/dev/pts/ptmx", F_OK))
		test_sys(mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=666"));
}

/* The words are a shell's; uid is who runs it. */
static inline void ctl_as(struct output *output, unsigned int uid, const char *words)
{
	char command[512], out[32] = "/tmp/ctl-out-XXXXXX", err[32] = "/tmp/ctl-err-XXXXXX";
	int fds[2] = { mkstemp(out), mkstemp(err) };
	int status;
	pid_t child;

	test_ok(fds[0] >= 0 && fds[1] >= 0);
	snprintf(command, sizeof(command), "exec guardslotctl %s", words);
	child = fork();
	if (child == 0) {
		dup2(fds[0], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		if (uid && (setgid(uid) || setuid(uid)))
			_exit(126);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	test_sys(waitpid(child, &status, 0));
	output->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	read_text(out, output->out, sizeof(output->out));
	read_text(err, output->err, sizeof(output->err));
	close(fds[0]);
	close(fds[1]);
	unlink(out);
	unlink(err);
}

static inline void ctl(struct output *output, const char *words)
{
	ctl_as(output, 0, words);
}

/* It must fail, with nothing but this line. */
static inline void ctl_fails_as(unsigned int uid, const char *words, int code, const char *line)
{
	struct output output;
	char expected[512];

	ctl_as(&output, uid, words);
	snprintf(expected, sizeof(expected), "guardslotctl: %s\n", line);
	test_str(output.err, expected);
	test_str(output.out, "");
	test_eq(output.code, code);
}

static inline struct shim_pool *pool_new(const struct shim_pool_config *config)
{
	struct shim_pool *pool;

	if (shim_pool_create(config, &pool))
		test_fail("pool: %s", shim_error());
	return pool;
}

/* Slots of one area of 64 KiB. */
static inline struct shim_pool *pool_plain(uint32_t slots)
{
	struct shim_pool_config config = {
		.size = sizeof(config),
		.backend = SHIM_BACKEND_DEVICE,
		.slots = slots,
		.area_count = 1,
		.areas = { { .reserve = 65536, .guard = 65536, .max = 65536, .initial = 65536 } },
	};

	return pool_new(&config);
}

/* The id of the newest pool that this process opened, as list has it. */
static inline unsigned int pool_id(void)
{
	unsigned int pool, pid, found = 0;
	struct output output;

	ctl(&output, "list");
	test_eq(output.code, 0);
	for (char *line = strtok(output.out, "\n"); line; line = strtok(NULL, "\n"))
		if (sscanf(line, "%u\t%u\t", &pool, &pid) == 2 && pid == (unsigned int)getpid())
			found = pool;
	test_ok(found > 0);
	return found;
}

#endif /* CTL_TEST_H */
