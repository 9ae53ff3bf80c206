// SPDX-License-Identifier: MIT
// As many instances as the limit says can be had at a time, again and again.
#include "allocator_test.h"

static void fill_and_empty(struct shim_allocator *allocator, struct shim_module *module,
			   uint32_t limit)
{
	struct shim_instance *instances[200];

	for (uint32_t i = 0; i < limit; i++) {
		instances[i] = instance_new(allocator, module);
		memory_is(instances[i], 0, 0);
		memory_at(instances[i], 0)[i] = 1;
	}
	test_eq(info_of(allocator).instances, limit);
	for (uint32_t i = 0; i < limit; i++)
		for (uint32_t j = 0; j < i; j++)
			test_ok(instances[i] != instances[j]);
	if (is_pooling()) {
		char message[100];

		snprintf(message, sizeof(message),
			 "maximum concurrent instance limit of %u reached", limit);
		must_fail(-EBUSY, message, allocate_error(allocator, module));
		test_eq(info_of(allocator).instances, limit);
	}
	for (uint32_t i = 0; i < limit; i++)
		shim_allocator_deallocate(allocator, instances[i]);
	test_eq(info_of(allocator).instances, 0);
}

TEST("the limit is reached, refused over it, and all come back")
{
	const uint32_t limits[] = { 1, 3, 200 };

	for (unsigned int i = 0; i < ARRAY_SIZE(limits); i++) {
		struct shim_allocator_config config = config_small();
		struct shim_module *module = module_memory(1, 1), *other = module_memory(1, 2);
		struct shim_allocator *allocator;

		config.instances = limits[i];
		allocator = allocator_create(&config);
		for (int round = 0; round < 4; round++)
			fill_and_empty(allocator, round % 2 ? other : module, limits[i]);
		shim_module_destroy(module);
		shim_module_destroy(other);
		must(shim_allocator_destroy(allocator));
	}
}

TEST("a slot that was given back out of order is the next one")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_memory(1, 1);
	struct shim_instance *instances[4];

	for (int i = 0; i < 4; i++)
		instances[i] = instance_new(allocator, module);
	for (int i = 2; i < 20; i++) {
		struct shim_instance *gone = instances[i * 7 % 4];

		memory_fill(gone, 0, 1);
		shim_allocator_deallocate(allocator, gone);
		instances[i * 7 % 4] = instance_new(allocator, module);
		if (is_pooling())
			test_eq(instances[i * 7 % 4], gone);
		memory_is(instances[i * 7 % 4], 0, 0);
	}
	for (int i = 0; i < 4; i++)
		shim_allocator_deallocate(allocator, instances[i]);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
