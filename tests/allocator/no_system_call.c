// SPDX-License-Identifier: MIT
// A warm instance is made without a system call; on the device a batch of them ends with one.
#include "allocator_test.h"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define INSTANCES 8

/* What the child under trace calls where counting ends. */
#define END SYS_getuid

/* Where counting begins: the child stops itself, before that it runs freely. */
static void begin(void)
{
	syscall(SYS_kill, getpid(), SIGSTOP);
}

static void stopped_by(pid_t child, int signal)
{
	int status;

	test_sys(waitpid(child, &status, 0));
	test_ok(WIFSTOPPED(status));
	if (WSTOPSIG(status) != signal)
		test_fail("the child got signal %d", WSTOPSIG(status));
}

/* Restarts the child until its next system call; its number. */
static long call_next(pid_t child)
{
	struct __ptrace_syscall_info info;

	do {
		test_sys(ptrace(PTRACE_SYSCALL, child, NULL, NULL));
		stopped_by(child, SIGTRAP | 0x80);
		test_sys(ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof(info), &info));
	} while (info.op != PTRACE_SYSCALL_INFO_ENTRY);
	return (long)info.entry.nr;
}

/* The system calls that body makes between begin() and END, in a child. */
static int calls_of(void (*body)(void))
{
	pid_t child = fork();
	int status, calls = 0;
	long number;

	test_sys(child);
	if (!child) {
		test_sys(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		body();
		_exit(0);
	}
	stopped_by(child, SIGSTOP);
	test_sys(ptrace(PTRACE_SETOPTIONS, child, NULL,
			(void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)));
	while ((number = call_next(child)) != END) {
		test_note("system call %ld", number);
		calls++;
	}
	test_sys(ptrace(PTRACE_CONT, child, NULL, NULL));
	test_sys(waitpid(child, &status, 0));
	test_eq(status, 0);
	return calls;
}

static uint32_t batch;
static struct shim_instance *instances[200];

static struct shim_allocator *warm_allocator(struct shim_module *module)
{
	struct shim_allocator_config config = config_small();
	struct shim_allocator *allocator;

	config.instances = ARRAY_SIZE(instances);
	config.reset_batch = batch;
	allocator = allocator_create(&config);
	for (unsigned int i = 0; i < ARRAY_SIZE(instances); i++) {
		instances[i] = instance_new(allocator, module);
		memory_fill(instances[i], 0, 1);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(instances); i++)
		shim_allocator_deallocate(allocator, instances[i]);
	shim_allocator_flush(allocator);
	return allocator;
}

static void allocate_warm(void)
{
	struct shim_module *module = module_load("instance/instance");
	struct shim_allocator *allocator = warm_allocator(module);

	begin();
	for (int i = 0; i < INSTANCES; i++)
		instances[i] = instance_new(allocator, module);
	syscall(END);
	for (int i = 0; i < INSTANCES; i++)
		text_is(instances[i], 16, "hello world");
}

TEST_WHEN(is_pooling, "eight warm instances are made by none")
{
	for (batch = 0; batch < 65; batch += 64)
		test_eq(calls_of(allocate_warm), 0);
}

static void deallocate_warm(void)
{
	struct shim_module *module = module_load("instance/instance");
	struct shim_allocator *allocator = warm_allocator(module);

	for (int i = 0; i < INSTANCES; i++) {
		instances[i] = instance_new(allocator, module);
		memory_at(instances[i], 0)[0] = 1;
	}
	begin();
	for (int i = 0; i < INSTANCES; i++)
		shim_allocator_deallocate(allocator, instances[i]);
	syscall(END);
}

TEST_WHEN(is_device, "eight instances end by eight, or by one in a batch of eight")
{
	batch = 0;
	test_eq(calls_of(deallocate_warm), INSTANCES);
	batch = INSTANCES;
	test_eq(calls_of(deallocate_warm), 1);
}

static void nothing(void)
{
	begin();
	syscall(SYS_getpid);
	syscall(SYS_getpid);
	syscall(END);
}

TEST("the count is right: two are two")
{
	test_eq(calls_of(nothing), 2);
}

TEST_MAIN()
