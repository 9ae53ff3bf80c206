// SPDX-License-Identifier: MIT
// An instance state that is too large is refused, and the message says what it is made of.
#include "allocator_test.h"

#define LIMIT (4 * PAGE) /* of config_small() */
#define GLOBAL_SIZE 16

static struct shim_module *module_globals(size_t count, size_t data_count)
{
	struct shim_global *globals = calloc(count, sizeof(*globals));
	struct shim_data_segment *data = calloc(data_count + 1, sizeof(*data));
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_global_count = (uint32_t)count,
		.defined_globals = globals,
		.data_count = (uint32_t)data_count,
		.data = data,
	};
	struct shim_module *module;

	test_ok(globals && data);
	for (size_t i = 0; i < count; i++)
		globals[i] = (struct shim_global){ { SHIM_TYPE_I32, 0 }, { .op = SHIM_CONST_I32 } };
	for (size_t i = 0; i < data_count; i++)
		data[i] = (struct shim_data_segment){ .mode = SHIM_SEGMENT_PASSIVE };
	module = module_create(&desc);
	free(globals);
	free(data);
	return module;
}

/* The percentages of the message, which are of regions over 5 % in bytes. */
static void check_breakdown(const struct shim_module *module)
{
	const struct shim_vmoffsets *offsets = shim_module_offsets(module);
	const char *line = strstr(shim_error(), "\n * ");
	unsigned long long whole, bytes, sum = 0;
	double percent;

	test_eq(sscanf(shim_error(), "instance allocation for this module requires %llu", &whole),
		1);
	test_ok(whole > offsets->state_size);
	for (; line; line = strstr(line + 1, "\n * ")) {
		test_eq(sscanf(line, "\n * %lf%% - %llu bytes", &percent, &bytes), 2);
		test_ok(bytes * 20 > whole);
		test_ok(percent - (double)bytes * 100 / (double)whole < 0.01);
		test_ok((double)bytes * 100 / (double)whole - percent < 0.01);
		sum += bytes;
	}
	test_ok(sum <= whole && sum > whole / 2);
}

static void refused(size_t globals, size_t data, const char *region)
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_globals(globals, data);

	test_err(-ENOSPC, shim_allocator_validate(allocator, module));
	test_ok(strstr(shim_error(), format("which exceeds the configured maximum of %zu bytes; "
					    "breakdown of allocation requirement:\n",
					    LIMIT)));
	test_ok(strstr(shim_error(), region));
	check_breakdown(module);
	test_err(-ENOSPC, allocate_error(allocator, module));
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_WHEN(is_pooling, "an instance that is too large is refused with its regions")
{
	refused(LIMIT / GLOBAL_SIZE * 3 / 2, 0, "defined globals");
	/* A bit each, three quarters of the limit together. */
	refused(LIMIT / GLOBAL_SIZE / 3, 6 * LIMIT, "instance state management");
}

TEST_WHEN(is_pooling, "an instance that just fits is made, one global more is refused")
{
	const uint32_t nearly_all = (uint32_t)LIMIT / GLOBAL_SIZE - 24;
	struct shim_allocator *allocator = allocator_small();
	uint32_t count = nearly_all / 2;

	for (;; count++) {
		struct shim_module *module = module_globals(count, 0);
		int error = shim_allocator_validate(allocator, module);
		struct shim_instance *instance;

		if (error) {
			test_err(-ENOSPC, error);
			test_err(-ENOSPC, allocate_error(allocator, module));
			shim_module_destroy(module);
			break;
		}
		if (count > nearly_all) {
			instance = instance_new(allocator, module);
			shim_instance_global(instance, count - 1)->bits[1] = 1;
			shim_allocator_deallocate(allocator, instance);
			must(shim_allocator_purge_module(allocator, module));
		}
		shim_module_destroy(module);
	}
	test_ok(count > nearly_all);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
