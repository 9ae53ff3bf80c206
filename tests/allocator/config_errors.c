// SPDX-License-Identifier: MIT
// A wrong config is refused with a message that names the field and the limit.
#include "allocator_test.h"

static struct shim_allocator_config config;
static struct shim_allocator *allocator;

TEST("size and kind")
{
	config = config_small();
	config.size = 8;
	test_err(-EINVAL, shim_allocator_create(&config, &allocator));
	test_ok(strstr(shim_error(), "size 8 is under"));
	config = config_small();
	config.kind = 4;
	must_fail(-EINVAL, "kind 4 is over 3", shim_allocator_create(&config, &allocator));
	must_fail(-EFAULT, "config is NULL", shim_allocator_create(NULL, &allocator));
	must_fail(-EFAULT, "out is NULL", shim_allocator_create(&config, NULL));
	must(shim_allocator_destroy(NULL));
}

TEST("flags that are not known, and what is reserved")
{
	config = config_small();
	config.flags = SHIM_ALLOCATOR_LAZY_TABLES | 6;
	must_fail(-EOPNOTSUPP, "flags 0x6 are unknown", shim_allocator_create(&config, &allocator));
	config = config_small();
	config.reserved = 1;
	must_fail(-EINVAL, "reserved 1 is not 0", shim_allocator_create(&config, &allocator));
}

TEST("a longer config is taken if its tail is zero")
{
	struct {
		struct shim_allocator_config config;
		uint64_t tail;
	} longer = { .config = config_small() };

	longer.config.size = sizeof(longer);
	must(shim_allocator_create(&longer.config, &allocator));
	must(shim_allocator_destroy(allocator));
	longer.tail = 1;
	test_err(-E2BIG, shim_allocator_create(&longer.config, &allocator));
}

TEST("a config of the first version has resets by the caller")
{
	config = config_small();
	config.size = offsetof(struct shim_allocator_config, reset_mode);
	memset(&config.reset_mode, 0xff, sizeof(config) - config.size);
	must(shim_allocator_create(&config, &allocator));
	must(shim_allocator_destroy(allocator));
}

TEST("limits of a pool")
{
	config = config_small();
	if (!is_pooling()) {
		/* None of them counts. */
		config.instances = 0;
		config.max_memories = 100;
		config.reset_batch = 9999;
		must(shim_allocator_create(&config, &allocator));
		must(shim_allocator_destroy(allocator));
		return;
	}
	config.instances = 0;
	must_fail(-EINVAL, "instances: the limit cannot be 0",
		  shim_allocator_create(&config, &allocator));
	config = config_small();
	config.reset_batch = 1025;
	must_fail(-EINVAL, "reset_batch 1025 is over 1024",
		  shim_allocator_create(&config, &allocator));
	config = config_small();
	config.reset_mode = 3;
	must_fail(-EINVAL, "reset_mode 3 is over 2", shim_allocator_create(&config, &allocator));
	config = config_small();
	config.reset_waiting = 1;
	must_fail(-EINVAL, "reset_waiting 1 with reset_mode 0",
		  shim_allocator_create(&config, &allocator));
	config = config_small();
	config.max_memories = 14;
	must_fail(-EINVAL,
		  "max_memories 14: with the tables, the state and the stack 17 areas, over 16",
		  shim_allocator_create(&config, &allocator));
	config.stack_size = 0;
	must(shim_allocator_create(&config, &allocator));
	must(shim_allocator_destroy(allocator));
	config.max_memories = UINT32_MAX;
	config.max_tables = 0;
	must_fail(-EINVAL, "max_memories 4294967295: with the state 4294967296 areas, over 16",
		  shim_allocator_create(&config, &allocator));
}

TEST_WHEN(is_pooling, "sizes over 64 bits or over the address space")
{
	config = config_small();
	config.max_memory_size = UINT64_MAX;
	must_fail(-EOVERFLOW, "the sizes of an instance are over 64 bits",
		  shim_allocator_create(&config, &allocator));
	config = config_small();
	config.memory_reserve = UINT64_C(1) << 57;
	test_err(-EOVERFLOW, shim_allocator_create(&config, &allocator));
	config = config_small();
	config.memory_guard = UINT64_MAX - PAGE;
	test_err(-EOVERFLOW, shim_allocator_create(&config, &allocator));
}

TEST("an allocator says what it is")
{
	config = config_small();
	allocator = allocator_create(&config);
	test_eq(info_of(allocator).kind, kind_get());
	test_eq(info_of(allocator).instances, 0);
	must(shim_allocator_destroy(allocator));
	config.kind = SHIM_ALLOCATOR_POOLING;
	allocator = allocator_create(&config);
	test_ok(info_of(allocator).kind == SHIM_ALLOCATOR_POOLING_DEVICE ||
		info_of(allocator).kind == SHIM_ALLOCATOR_POOLING_MMAP);
	test_eq(info_of(allocator).unused_cold, 4);
	must(shim_allocator_destroy(allocator));
}

TEST_WHEN(is_pooling, "instances that do not fit are called that, not slots")
{
	shim_allocator_config_init(&config, kind_get());
	config.instances = 1000000;
	config.max_memories = 5;
	test_err(-EOVERFLOW, shim_allocator_create(&config, &allocator));
	test_ok(strstr(shim_error(), "instances 1000000: of ") == shim_error());
}

TEST("the defaults of a newer library stay within a struct of an older one")
{
	struct {
		struct shim_allocator_config config;
		uint64_t next;
	} older = { .next = 7 };

	memset(&older.config, 1, sizeof(older.config));
	older.config.size = offsetof(struct shim_allocator_config, stack_size);
	shim_allocator_config_defaults(&older.config, kind_get());
	test_eq(older.config.instances, 1000);
	test_eq(older.config.stack_size, UINT64_C(0x0101010101010101));
	older.config.size = sizeof(older);
	shim_allocator_config_defaults(&older.config, kind_get());
	test_eq(older.config.keep_resident, 0);
	test_eq(older.next, 0);
}

TEST("the defaults are a working allocator")
{
	struct shim_module *module = module_load("instance/instance");
	struct shim_instance *instance;

	shim_allocator_config_init(&config, kind_get());
	allocator = allocator_create(&config);
	instance = instance_new(allocator, module);
	text_is(instance, 16, "hello world");
	test_ok(!shim_instance_stack(instance, NULL));
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
