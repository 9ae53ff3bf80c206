// SPDX-License-Identifier: MIT
// With no memory maps left an instance is refused with a message; with maps again it works.
#include "allocator_test.h"

#include "few_maps.h"

#define SLOTS 40

static struct shim_allocator *allocator;
static struct shim_module *module;
static struct shim_instance *instances[SLOTS];

static void start(void)
{
	struct shim_allocator_config config = config_small();

	test_timeout(60);
	config.instances = SLOTS;
	allocator = allocator_create(&config);
	module = module_text(2, 1, "text");
}

/* Makes instances until there is an error; how many? */
static uint32_t fill(int *error)
{
	struct shim_instance_request request = request_of(module);
	uint32_t count = 0;

	*error = 0;
	while (count < SLOTS) {
		*error = shim_allocator_allocate(allocator, &request, &instances[count]);
		if (*error)
			break;
		must(shim_allocator_initialize(allocator, instances[count], 1));
		test_mem((const void *)memory_at(instances[count], 0), "\0text\0", 6);
		memory_fill(instances[count++], 0, 1);
	}
	return count;
}

static void empty(uint32_t count)
{
	while (count--)
		shim_allocator_deallocate(allocator, instances[count]);
}

TEST("instances until the maps run out: an error, no crash, and all can be had later")
{
	int error;

	start();
	maps_take();
	maps_give_back(20);
	empty(fill(&error));
	/* On the device a pool is one map, however many slots it has. */
	if (allocator_is("device")) {
		test_err(0, error);
	} else {
		test_err(-ENOMEM, error);
		test_ok(strstr(shim_error(), "vm.max_map_count"));
	}
	maps_give_back(UINT64_MAX);
	for (int round = 0; round < 3; round++) {
		uint32_t count = fill(&error);

		test_eq(count + info_of(allocator).poisoned, SLOTS);
		test_ok(info_of(allocator).poisoned < SLOTS / 4);
		empty(count);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_WHEN(is_pooling, "warm slots are used again and again with no map left")
{
	struct shim_instance *instance;

	start();
	shim_allocator_deallocate(allocator, instance_new(allocator, module));
	maps_take();
	for (int round = 0; round < 5; round++) {
		instance = instance_new(allocator, module);
		test_mem((const void *)memory_at(instance, 0), "\0text\0", 6);
		memory_fill(instance, 0, 1);
		shim_allocator_deallocate(allocator, instance);
	}
	test_eq(info_of(allocator).poisoned, 0);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
