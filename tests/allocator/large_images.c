// SPDX-License-Identifier: MIT
// No write of an instance gets into an image that others share, however large it is.
#include "allocator_test.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "perf.h"
#include "seccomp.h"

/* More than what is copied for each instance. */
#define IMAGE (UINT64_C(16) << 20)
#define PAGES (IMAGE / WASM_PAGE + 1)

static unsigned char content[IMAGE];
static struct shim_allocator *allocator;
static struct shim_module *module;

static void start(uint64_t element_offset)
{
	struct shim_memory_plan memory = { .minimum = PAGES };
	struct shim_table_plan table = { .type = SHIM_TYPE_FUNCREF, .minimum = 1 };
	struct shim_element element = { .op = SHIM_CONST_REF_NULL, .index = SHIM_TYPE_FUNCREF };
	struct shim_element_segment elements = {
		.type = SHIM_TYPE_FUNCREF,
		.offset = { .op = SHIM_CONST_I32, .bits = element_offset },
		.count = 1,
		.elements = &element,
	};
	struct shim_data_segment data = {
		.offset = { .op = SHIM_CONST_I32 },
		.bytes = content,
		.length = IMAGE,
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 1,
		.defined_memories = &memory,
		.defined_table_count = 1,
		.defined_tables = &table,
		.data_count = 1,
		.data = &data,
		.element_count = 1,
		.elements = &elements,
	};

	for (uint64_t i = 0; i < IMAGE; i++)
		content[i] = (unsigned char)(1 + (i ^ i >> 12) % 251);
	module = module_create(&desc);
	must(shim_allocator_create_for(module, kind_get(), 3, &allocator));
}

static void end(void)
{
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

static void is_new(const struct shim_instance *instance)
{
	const unsigned char *memory = (const unsigned char *)memory_at(instance, 0);

	test_mem(memory, content, IMAGE);
	test_bytes(memory + IMAGE, 0, memory_length(instance, 0) - IMAGE);
}

static void image_is_intact(void)
{
	test_mem(shim_module_defined_image(module, 0)->bytes, content, IMAGE);
	test_mem(shim_module_desc(module)->data[0].bytes, content, IMAGE);
}

TEST("tenants one after another, each of which writes and grows all of its memory")
{
	start(0);
	for (int round = 0; round < 4; round++) {
		struct shim_instance *instance = instance_new(allocator, module);

		is_new(instance);
		memory_fill(instance, 0, 0xfe);
		must(shim_memory_grow(instance, 0, 1, NULL));
		memory_fill(instance, 0, 0xfd);
		shim_allocator_deallocate(allocator, instance);
		image_is_intact();
	}
	end();
}

TEST("tenants at the same time")
{
	struct shim_instance *instances[3];

	start(0);
	for (int i = 0; i < 3; i++)
		instances[i] = instance_new(allocator, module);
	memory_fill(instances[0], 0, 0xfe);
	is_new(instances[1]);
	memory_at(instances[1], 0)[IMAGE / 2] = 0;
	is_new(instances[2]);
	memory_is(instances[0], 0, 0xfe);
	image_is_intact();
	for (int i = 0; i < 3; i++)
		shim_allocator_deallocate(allocator, instances[i]);
	end();
}

static bool is_on_demand(void)
{
	return kind_get() == SHIM_ALLOCATOR_ON_DEMAND;
}

TEST_WHEN(is_on_demand, "a child that writes to an instance of its parent")
{
	struct shim_instance *instance;
	pid_t child;
	int status;

	start(0);
	instance = instance_new(allocator, module);
	memory_at(instance, 0)[1] = 0;
	child = test_sys(fork());
	if (!child) {
		test_eq(memory_at(instance, 0)[1], 0);
		memory_fill(instance, 0, 0xfe);
		shim_allocator_deallocate(allocator, instance);
		instance = instance_new(allocator, module);
		is_new(instance);
		image_is_intact();
		_exit(0);
	}
	test_eq(test_sys(waitpid(child, &status, 0)), child);
	test_eq(status, 0);
	test_eq(memory_at(instance, 0)[1], 0);
	memory_at(instance, 0)[1] = content[1];
	is_new(instance);
	shim_allocator_deallocate(allocator, instance);
	image_is_intact();
	end();
}

TEST("a failed initialization leaves zeroes, and the image as it is")
{
	struct shim_instance *instance;

	start(1); /* the table has one element */
	instance = instance_allocate(allocator, module);
	test_err(-ERANGE, shim_allocator_initialize(allocator, instance, 1));
	memory_is(instance, 0, 0);
	image_is_intact();
	shim_allocator_deallocate(allocator, instance);
	end();
}

/* A copy of the image would touch each of its pages. */
TEST("a new instance touches next to none of its pages")
{
	struct shim_instance *instance;
	long before;

	start(0);
	shim_allocator_deallocate(allocator, instance_new(allocator, module));
	before = faults();
	instance = instance_new(allocator, module);
	test_ok(faults() - before < 200);
	is_new(instance);
	shim_allocator_deallocate(allocator, instance);
	end();
}

TEST("where the process can have no file instances get copies")
{
	struct shim_instance *instance;
	struct rlimit limit;

	test_sys(getrlimit(RLIMIT_FSIZE, &limit));
	limit.rlim_cur = 100000; /* less than the image, more than what a test says */
	test_sys(setrlimit(RLIMIT_FSIZE, &limit));
	start(0);
	for (int round = 0; round < 2; round++) {
		instance = instance_new(allocator, module);
		is_new(instance);
		memory_fill(instance, 0, 0xfe);
		shim_allocator_deallocate(allocator, instance);
		image_is_intact();
	}
	end();
}

TEST_WHEN(is_on_demand, "where a filter refuses mremap() by now instances get copies")
{
	struct shim_instance *instance;

	start(0);
	seccomp_refuse(SYS_mremap, EPERM);
	for (int round = 0; round < 2; round++) {
		instance = instance_new(allocator, module);
		is_new(instance);
		memory_fill(instance, 0, 0xfe);
		shim_allocator_deallocate(allocator, instance);
		image_is_intact();
	}
	end();
}

TEST_MAIN()
