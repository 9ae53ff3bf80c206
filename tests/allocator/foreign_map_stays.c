// SPDX-License-Identifier: MIT
// A memory whose image cannot be mapped takes no map of another thread with it when it goes.
/*
 * mremap() unmaps what is at the address before the kernel has memory for the new map. Here it
 * fails then, and what another thread maps meanwhile is there when it returns.
 */
#include "allocator_test.h"

#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "file.h"

#define IMAGE (UINT64_C(1) << 20)

static unsigned char content[IMAGE];
static struct shim_allocator *allocator;
static struct shim_module *module;
static bool fails, is_taken;
static volatile unsigned char *foreign;

void *__wrap_mremap(void *address, size_t old, size_t length, int flags, ...);

void *__wrap_mremap(void *address, size_t old, size_t length, int flags, ...)
{
	const int fixed = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
	va_list args;
	char *to;

	va_start(args, flags);
	to = va_arg(args, char *);
	va_end(args);
	if (!fails || !(flags & MREMAP_FIXED))
		return (void *)syscall(SYS_mremap, address, old, length, flags, to);
	test_sys(munmap(to, length));
	if (is_taken) {
		foreign = mmap(to + length / 2, PAGE, PROT_READ | PROT_WRITE, fixed, -1, 0);
		*foreign = 7;
	}
	errno = ENOMEM;
	return MAP_FAILED;
}

static void start(void)
{
	struct shim_memory_plan memory = { .minimum = IMAGE / WASM_PAGE };
	struct shim_data_segment data = {
		.offset = { .op = SHIM_CONST_I32 },
		.bytes = content,
		.length = IMAGE,
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 1,
		.defined_memories = &memory,
		.data_count = 1,
		.data = &data,
	};

	memset(content, 1, IMAGE);
	module = module_create(&desc);
	must(shim_allocator_create_for(module, kind_get(), 3, &allocator));
	shim_allocator_deallocate(allocator, instance_new(allocator, module));
	fails = true;
}

static void end(void)
{
	struct shim_instance *instance;

	fails = false;
	instance = instance_new(allocator, module);
	memory_is(instance, 0, 1);
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a hole that another thread has mapped a page in")
{
	unsigned long before;

	start();
	before = get_number("/proc/self/status", "VmSize");
	is_taken = true;
	test_err(-ENOMEM, allocate_error(allocator, module));
	test_eq(*foreign, 7);
	/* All else of the memory was given back. */
	test_ok(get_number("/proc/self/status", "VmSize") < before + (64 << 10));
	end();
}

TEST("a hole that nobody has taken, which is given back with the memory")
{
	unsigned long before;

	start();
	before = get_number("/proc/self/status", "VmSize");
	for (int i = 0; i < 10; i++)
		test_err(-ENOMEM, allocate_error(allocator, module));
	test_ok(get_number("/proc/self/status", "VmSize") < before + (64 << 10));
	end();
}

TEST_MAIN()
