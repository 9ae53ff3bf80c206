// SPDX-License-Identifier: MIT
// Instances come and go in a process with few descriptors, locked memory or refused system calls.
#include "allocator_test.h"

#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "seccomp.h"
#include "vmas.h"

#define MODULES 60
/* More than an allocator takes, and far less than one for each module. */
#define DESCRIPTORS 16

static struct shim_module *modules[MODULES];

static void modules_make(void)
{
	for (unsigned int i = 0; i < MODULES; i++) {
		char text[16];

		snprintf(text, sizeof(text), "module %u", i);
		modules[i] = module_text(1, 16 + i, text);
	}
}

static void text_is_there(const struct shim_instance *instance, unsigned int module)
{
	char text[16];

	snprintf(text, sizeof(text), "module %u", module);
	text_is(instance, 16 + module, text);
}

/* Many modules, each with an instance, and each a second time. */
static void instances_work(void)
{
	struct shim_allocator_config config = config_small();
	struct shim_instance *instances[MODULES];
	struct shim_allocator *allocator;

	config.instances = MODULES;
	config.max_unused_warm = MODULES;
	allocator = allocator_create(&config);
	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < MODULES; i++) {
			instances[i] = instance_new(allocator, modules[i]);
			text_is_there(instances[i], i);
		}
		for (unsigned int i = 0; i < MODULES; i++) {
			text_is_there(instances[i], i);
			must(shim_memory_grow(instances[i], 0, 1, NULL));
			memory_fill(instances[i], 0, 5);
			shim_allocator_deallocate(allocator, instances[i]);
		}
		shim_allocator_flush(allocator);
	}
	test_eq(info_of(allocator).poisoned, 0);
	must(shim_allocator_purge_module(allocator, modules[0]));
	must(shim_allocator_destroy(allocator));
}

TEST("more modules than descriptors")
{
	const struct rlimit limit = { DESCRIPTORS, DESCRIPTORS };

	modules_make();
	test_sys(setrlimit(RLIMIT_NOFILE, &limit));
	instances_work();
}

TEST("mlockall() before")
{
	modules_make();
	test_sys(mlockall(MCL_CURRENT | MCL_FUTURE));
	instances_work();
}

TEST("mlockall() while instances are there")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_instance *instance;

	modules_make();
	instance = instance_new(allocator, modules[0]);
	must(shim_memory_grow(instance, 0, 1, NULL));
	test_sys(mlockall(MCL_CURRENT));
	for (unsigned int i = 1; i < 5; i++) {
		memory_fill(instance, 0, 7);
		shim_allocator_deallocate(allocator, instance);
		instance = instance_new(allocator, modules[i % 2]);
		text_is_there(instance, i % 2);
		must(shim_memory_grow(instance, 0, 1, NULL));
	}
	shim_allocator_deallocate(allocator, instance);
	test_eq(info_of(allocator).poisoned, 0);
}

TEST("without memfd_create()")
{
	modules_make();
	seccomp_refuse(SYS_memfd_create, EPERM);
	instances_work();
}

TEST("memory that can be executed is refused, and the message says why")
{
	struct shim_allocator_config config = config_small();
	struct shim_allocator *allocator;

	test_ok(personality(READ_IMPLIES_EXEC) >= 0);
	test_err(-EPERM, shim_allocator_create(&config, &allocator));
	test_ok(strstr(shim_error(), "READ_IMPLIES_EXEC"));
}

static void vma_check(const struct vma *vma, void *data)
{
	unsigned int *seen = data;

	++*seen;
	if (strncmp(vma->access, "---", 3) == 0)
		test_ok(vma_has(vma, "dd"));
	else
		test_eq(vma_has(vma, "dd"), is_device());
}

/* gdb dumps memory without access, too, unless it is marked. */
TEST("what is reserved and not accessible is marked as not to be dumped")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_instance *instance;
	unsigned int seen = 0;
	uint64_t start;

	modules_make();
	instance = instance_new(allocator, modules[0]);
	must(shim_memory_grow(instance, 0, 1, NULL));
	start = (uintptr_t)memory_at(instance, 0);
	vma_walk(start, start + 3 * WASM_PAGE, vma_check, &seen);
	test_ok(seen >= (is_device() ? 1 : 2));
}

TEST_MAIN()
