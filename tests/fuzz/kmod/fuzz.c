// SPDX-License-Identifier: MIT
/*
 * The fuzzer of the device and the netlink family, in a guest.
 *
 *	fuzz_kmod SECONDS SEED [PROGRAMS]
 *
 * It makes programs, runs them, and makes more of those that ran something of the module as
 * none before. What is wrong the kernel says, and the guest ends; the programs of the last
 * moments are in the kernel's log. At the end it prints what was covered, and the programs
 * that it kept, which PROGRAMS, a file, gives to another run. With 0 seconds it runs these
 * once and no others.
 */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <guardslot_netlink.h>

#include "coverage.h"
#include "execute.h"
#include "program.h"
#include "results.h"

#define WORKERS 2
#define MAX_KEPT 4096
/* What has not run a program for so long hangs. */
#define HANGS 300

/* What the workers share. */
static struct {
	pthread_mutex_t lock;
	unsigned int kept;
	unsigned long done[WORKERS];
	struct program programs[MAX_KEPT];
} * shared;

static int log_fd;

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* The kernel's log takes a thousand bytes at a time. */
static void log_program(const struct program *program)
{
	static char text[PROGRAM_TEXT];
	char *rest = text, *step, line[512];

	program_print(program, text);
	while ((step = strsep(&rest, ";"))) {
		int length = snprintf(line, sizeof(line), "<7>fuzz: %s%s\n", step, rest ? ";" : "");

		if (write(log_fd, line, (size_t)length) < 0)
			warn("/dev/kmsg");
	}
}

static void keep(const struct program *program)
{
	pthread_mutex_lock(&shared->lock);
	if (shared->kept < MAX_KEPT)
		shared->programs[shared->kept++] = *program;
	pthread_mutex_unlock(&shared->lock);
}

static const struct program *pick(struct random *random)
{
	uint32_t kept = __atomic_load_n(&shared->kept, __ATOMIC_ACQUIRE);

	/* Later ones go further. */
	if (random_below(random, 2) && kept > 64)
		return &shared->programs[kept - 1 - random_below(random, 64)];
	return &shared->programs[random_below(random, kept)];
}

static void run_one(struct random *random)
{
	struct program program;

	if (!shared->kept || !random_below(random, 8)) {
		program_generate(random, &program);
	} else {
		program = *pick(random);
		program_mutate(random, &program, pick(random));
	}
	log_program(&program);
	if (execute(&program, !random_below(random, 3)))
		keep(&program);
}

static void work(unsigned int number, uint64_t seed)
{
	struct random random = { seed * 0x9e3779b97f4a7c15ULL + number + 1 };

	execute_init();
	for (;;) {
		run_one(&random);
		__atomic_fetch_add(&shared->done[number], 1, __ATOMIC_RELAXED);
	}
}

static pid_t start(unsigned int number, uint64_t seed)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0)
		work(number, seed);
	return child;
}

static unsigned long done(void)
{
	unsigned long sum = 0;

	for (unsigned int i = 0; i < WORKERS; i++)
		sum += __atomic_load_n(&shared->done[i], __ATOMIC_RELAXED);
	return sum;
}

static void report(void)
{
	printf("fuzz: %lu programs, %u kept, %u places\n", done(), shared->kept, coverage_count());
	fflush(stdout);
}

/* Those that ended are started anew. */
static void tend(pid_t *workers, uint64_t *seed)
{
	int status;
	pid_t child;

	while ((child = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned int i = 0; i < WORKERS; i++)
			if (workers[i] == child)
				workers[i] = start(i, (*seed += WORKERS));
}

static void fuzz(time_t seconds, uint64_t seed)
{
	unsigned long seen[WORKERS] = { 0 };
	time_t end = now() + seconds, said = now(), moved[WORKERS];
	pid_t workers[WORKERS];

	for (unsigned int i = 0; i < WORKERS; i++) {
		workers[i] = start(i, seed);
		moved[i] = now();
	}
	while (now() < end) {
		sleep(1);
		tend(workers, &seed);
		for (unsigned int i = 0; i < WORKERS; i++) {
			if (seen[i] != shared->done[i])
				moved[i] = now();
			seen[i] = shared->done[i];
			if (now() - moved[i] > HANGS)
				errx(1, "worker %u hangs", i);
		}
		if (now() - said >= 15) {
			report();
			said = now();
		}
	}
	for (unsigned int i = 0; i < WORKERS; i++) {
		kill(workers[i], SIGKILL);
		waitpid(workers[i], NULL, 0);
	}
}

/* Runs the programs of a file, a line each, and keeps them. */
static void run_file(const char *path)
{
	static char line[PROGRAM_TEXT];
	struct program program;
	FILE *file = fopen(path, "r");

	if (!file)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), file)) {
		if (!program_parse(line, &program))
			errx(1, "%s: not a program of this description", path);
		log_program(&program);
		if (execute(&program, false))
			keep(&program);
		shared->done[0]++;
	}
	fclose(file);
}

/* A worker of its own, as a program may end its process. */
static void run_first(const char *path)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		execute_init();
		run_file(path);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		errx(1, "%s: a program ended its process", path);
}

static void write_to(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		err(1, "%s", path);
	close(fd);
}

/* Allocations of all kinds may fail, and the kernel is not to say so. */
static void prepare_failures(void)
{
	write_to("/sys/kernel/debug/failslab/verbose", "0");
	write_to("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	write_to("/sys/kernel/debug/fail_page_alloc/verbose", "0");
	write_to("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	write_to("/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N");
	write_to("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	write_to("/sys/kernel/debug/fail_usercopy/verbose", "0");
}

static void find_family(void)
{
	struct nl_sock *sock = nl_socket_alloc();
	int family, group;

	if (!sock || genl_connect(sock))
		errx(1, "no netlink");
	family = genl_ctrl_resolve(sock, GUARDSLOT_FAMILY_NAME);
	group = genl_ctrl_resolve_grp(sock, GUARDSLOT_FAMILY_NAME, GUARDSLOT_MCGRP_EVENTS);
	if (family < 0 || group < 0)
		errx(1, "no netlink family");
	results_know("netlink_family", family);
	results_know("netlink_group", group);
	nl_socket_free(sock);
}

static void share(void)
{
	pthread_mutexattr_t attr;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		err(1, "memory for programs");
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->lock, &attr);
}

static void print_programs(void)
{
	static char text[PROGRAM_TEXT];

	for (unsigned int i = 0; i < shared->kept; i++) {
		program_print(&shared->programs[i], text);
		printf("program %s\n", text);
	}
}

int main(int count, char **arguments)
{
	if (count < 3 || count > 4)
		errx(2, "usage: fuzz_kmod SECONDS SEED [PROGRAMS]");
	log_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (log_fd < 0)
		err(1, "/dev/kmsg");
	write_to("/proc/sys/kernel/printk_devkmsg", "on\n");
	prepare_failures();
	find_family();
	coverage_init();
	share();
	if (count == 4)
		run_first(arguments[3]);
	if (atol(arguments[1]) > 0)
		fuzz(atol(arguments[1]), strtoull(arguments[2], NULL, 10));
	report();
	coverage_print();
	print_programs();
	return 0;
}
