// SPDX-License-Identifier: MIT
// An allocator's threads are its own: named, deaf to signals, where the config puts them, and
// gone with it, in a fork too.
#include "allocator_test.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "child.h"

static struct shim_allocator *allocator;
static struct shim_module *module;

static void start(uint32_t threads, uint32_t instances)
{
	struct shim_allocator_config config = config_small();

	config.instances = instances;
	config.reset_mode = SHIM_RESET_THREADS;
	config.reset_threads = threads;
	allocator = allocator_create(&config);
	module = module_memory(1, 1);
}

static void finish(void)
{
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

static void instances_use(uint32_t count)
{
	struct shim_instance *had[50];

	for (uint32_t i = 0; i < count; i++) {
		had[i] = instance_new(allocator, module);
		memory_is(had[i], 0, 0);
		memory_fill(had[i], 0, 1);
	}
	for (uint32_t i = 0; i < count; i++)
		shim_allocator_deallocate(allocator, had[i]);
}

/* Reads a file of a thread of this process; false: the thread is gone. */
static bool task_read(const char *task, const char *name, char *text, size_t size)
{
	char path[300];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%s/%s", task, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, text, size - 1);
	close(fd);
	text[length > 0 ? length : 0] = 0;
	return length > 0;
}

/*
 * The threads of the library, each given to look; returns how many there are. One that was
 * joined may be there for a moment.
 */
static uint32_t tasks_walk(void (*look)(const char *task))
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;
	uint32_t count = 0;
	char name[32];

	test_ok(tasks);
	while ((entry = readdir(tasks))) {
		if (entry->d_name[0] == '.' ||
		    !task_read(entry->d_name, "comm", name, sizeof(name)) ||
		    strncmp(name, "shim-reset/", 11) != 0)
			continue;
		count++;
		if (look)
			look(entry->d_name);
	}
	closedir(tasks);
	return count;
}

TEST_WHEN(is_pooling, "the threads have names, and are gone when the allocator is")
{
	start(3, 4);
	test_until(tasks_walk(NULL) == 3);
	instances_use(4);
	finish();
	test_until(tasks_walk(NULL) == 0);
}

static void is_deaf(const char *task)
{
	char status[4000];
	const char *blocked;
	unsigned long long mask;

	test_ok(task_read(task, "status", status, sizeof(status)));
	blocked = strstr(status, "SigBlk:");
	test_ok(blocked);
	mask = strtoull(blocked + 7, NULL, 16);
	/* Not SIGKILL and SIGSTOP, nor the two or three that the C library keeps. */
	for (int signal = 1; signal < 64; signal++)
		if (signal != SIGKILL && signal != SIGSTOP && (signal < 32 || signal > 34))
			test_ok(mask & 1ull << (signal - 1));
}

TEST_WHEN(is_pooling, "the threads block all signals, and the caller what it did before")
{
	sigset_t before, after;

	test_eq(pthread_sigmask(SIG_SETMASK, NULL, &before), 0);
	start(2, 4);
	test_until(tasks_walk(NULL) == 2);
	tasks_walk(is_deaf);
	test_eq(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
	for (int signal = 1; signal < 32; signal++)
		test_eq(sigismember(&after, signal), sigismember(&before, signal));
	finish();
}

static cpu_set_t wanted;

static void is_placed(const char *task)
{
	cpu_set_t set;

	test_sys(sched_getaffinity(atoi(task), sizeof(set), &set));
	test_ok(CPU_EQUAL(&set, &wanted));
}

TEST_WHEN(is_pooling, "the threads run on the processors of the config")
{
	struct shim_allocator_config config = config_small();
	cpu_set_t all;
	int last = 0;

	test_sys(sched_getaffinity(0, sizeof(all), &all));
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all))
			last = cpu;
	CPU_ZERO(&wanted);
	CPU_SET(last, &wanted);
	config.reset_mode = SHIM_RESET_THREADS;
	config.reset_cpus = &wanted;
	config.reset_cpus_size = sizeof(wanted);
	module = module_memory(1, 1);
	allocator = allocator_create(&config);
	test_until(tasks_walk(NULL) == 1);
	tasks_walk(is_placed);
	finish();
	CPU_ZERO(&wanted);
	must_fail(-EINVAL, "reset_cpus of 128 bytes: Invalid argument",
		  shim_allocator_create(&config, &allocator));
	test_until(tasks_walk(NULL) == 0);
}

TEST("an allocator is destroyed while slots wait and are being reset")
{
	for (int round = 0; round < 20; round++) {
		start(1 + round % 3, 50);
		instances_use(50);
		finish();
	}
}

TEST_WHEN(is_pooling, "one with an instance in use is not destroyed, and goes on")
{
	struct shim_instance *instance;

	start(2, 50);
	instances_use(49);
	instance = instance_new(allocator, module);
	must_fail(-EBUSY, "1 instances are in use", shim_allocator_destroy(allocator));
	shim_allocator_deallocate(allocator, instance);
	test_until(info_of(allocator).waiting == 0);
	finish();
}

static atomic_bool is_over;

static void *churn(void *unused)
{
	while (!atomic_load(&is_over))
		instances_use(20);
	return unused;
}

/* The child destroys what it has of the parent's, and makes its own. */
static void child_run(void)
{
	test_err(-EPERM, allocate_error(allocator, module));
	test_err(-EPERM, shim_allocator_event(allocator));
	shim_allocator_flush(allocator);
	must(shim_allocator_destroy(allocator));
	start(2, 4);
	instances_use(4);
	test_until(info_of(allocator).waiting == 0);
	must(shim_allocator_destroy(allocator));
}

/*
 * A child that was forked while another thread had a lock of the address sanitizer's own
 * allocator waits for it when it starts a thread.
 */
static bool may_fork(void)
{
#ifdef __SANITIZE_ADDRESS__
	return false;
#else
	return is_pooling();
#endif
}

TEST_WHEN(may_fork, "a fork while threads reset: the child has none of it, the parent goes on")
{
	pthread_t thread;

	start(2, 25);
	atomic_store(&is_over, false);
	test_eq(pthread_create(&thread, NULL, churn, NULL), 0);
	for (int round = 0; round < thread_rounds(40); round++)
		in_child(child_run());
	atomic_store(&is_over, true);
	pthread_join(thread, NULL);
	test_until(info_of(allocator).waiting == 0);
	finish();
}

TEST_MAIN()
