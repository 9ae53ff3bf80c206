// SPDX-License-Identifier: MIT
// The instance state has its fields where docs/instance-state.md says.
#include "module_test.h"

#include "module/vmoffsets.h"

TEST("the fixed part, and the size of an empty module's state")
{
	struct shim_vmoffsets offsets = { 0 };

	test_success(shim_vmoffsets_init(&offsets));
	test_eq(offsets.magic, 0);
	test_eq(offsets.runtime_limits, 8);
	test_eq(offsets.callee, 16);
	test_eq(offsets.epoch, 24);
	test_eq(offsets.externref_activations, 32);
	test_eq(offsets.store, 40);
	test_eq(offsets.builtin_functions, 56);
	test_eq(offsets.type_ids, 64);
	test_eq(offsets.imported_functions, 72);
	test_eq(offsets.defined_memories, 72);
	test_eq(offsets.defined_globals, 80);
	test_eq(offsets.state_size, 80);
}

TEST("each array after the one before, globals at a multiple of 16")
{
	struct shim_vmoffsets offsets = {
		.imported_function_count = 3,
		.imported_table_count = 1,
		.imported_memory_count = 2,
		.imported_global_count = 5,
		.defined_table_count = 4,
		.defined_memory_count = 3,
		.owned_memory_count = 2,
		.defined_global_count = 7,
		.func_ref_count = 11,
	};

	test_success(shim_vmoffsets_init(&offsets));
	test_eq(offsets.imported_functions, 72);
	test_eq(offsets.imported_tables, 72 + 3 * 16);
	test_eq(offsets.imported_memories, 120 + 16);
	test_eq(offsets.imported_globals, 136 + 2 * 24);
	test_eq(offsets.defined_tables, 184 + 5 * 8);
	test_eq(offsets.defined_memories, 224 + 4 * 16);
	test_eq(offsets.owned_memories, 288 + 3 * 8);
	test_eq(offsets.defined_globals, 352); /* 312 + 2 * 16 is 344 */
	test_eq(offsets.func_refs, 352 + 7 * 16);
	test_eq(offsets.state_size, 464 + 11 * 24);
}

TEST("a module's counts: imported, defined, owned, and what can be referred to")
{
	struct shim_module *module = module_load("wasm/imports");
	const struct shim_vmoffsets *offsets = shim_module_offsets(module);

	test_eq(offsets->imported_function_count, 2);
	test_eq(offsets->imported_table_count, 2);
	test_eq(offsets->imported_memory_count, 3);
	test_eq(offsets->imported_global_count, 2);
	test_eq(offsets->defined_table_count, 1);
	test_eq(offsets->defined_memory_count, 1);
	test_eq(offsets->owned_memory_count, 1);
	test_eq(offsets->defined_global_count, 1);
	test_eq(offsets->func_ref_count, 2);
	shim_module_destroy(module);
	/* Nine defined, two of them shared. */
	module = module_load("wasm/memories");
	test_eq(shim_module_offsets(module)->defined_memory_count, 9);
	test_eq(shim_module_offsets(module)->owned_memory_count, 7);
	shim_module_destroy(module);
}

TEST("regions add up to the state, the last one first")
{
	struct shim_vmoffsets offsets = {
		.imported_function_count = 2,
		.defined_global_count = 1,
		.owned_memory_count = 1,
		.defined_memory_count = 2,
		.func_ref_count = 4,
		.imported_tag_count = 2,
		.defined_tag_count = 3,
	};
	struct shim_vm_region regions[SHIM_VM_REGIONS];
	uint32_t sum = 0;

	test_success(shim_vmoffsets_init(&offsets));
	shim_vmoffsets_regions(&offsets, regions);
	for (int i = 0; i < SHIM_VM_REGIONS; i++)
		sum += regions[i].size;
	test_eq(sum, offsets.state_size);
	test_str(regions[0].name, "defined tags");
	test_eq(regions[0].size, 3 * 8);
	test_str(regions[1].name, "imported tags");
	test_eq(regions[1].size, 2 * 8);
	test_str(regions[2].name, "module functions");
	test_eq(regions[2].size, 4 * 24);
	test_str(regions[3].name, "defined globals");
	test_eq(regions[3].size, 16);
	test_str(regions[4].name, "owned memories");
	test_eq(regions[4].size, 16 + 8); /* and up to a multiple of 16 */
	test_str(regions[10].name, "imported functions");
	test_eq(regions[10].size, 2 * 16);
	test_str(regions[SHIM_VM_REGIONS - 1].name, "magic value");
	test_eq(regions[SHIM_VM_REGIONS - 1].size, 8);
}

TEST("counts that 32 bits cannot hold the state of")
{
	static const uint32_t most = UINT32_MAX;
	struct shim_vmoffsets offsets;
	uint32_t *const counts[] = {
		&offsets.imported_function_count, &offsets.imported_table_count,
		&offsets.imported_memory_count,	  &offsets.imported_global_count,
		&offsets.defined_table_count,	  &offsets.defined_memory_count,
		&offsets.owned_memory_count,	  &offsets.defined_global_count,
		&offsets.func_ref_count,
	};
	static const uint32_t sizes[] = { 16, 16, 24, 8, 16, 8, 16, 16, 24 };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		memset(&offsets, 0, sizeof(offsets));
		*counts[i] = most;
		test_err(-EOVERFLOW, shim_vmoffsets_init(&offsets));
		test_str(shim_error(), "instance state is longer than 4294967295 bytes");
		/* The product fits, what is before it does not. */
		*counts[i] = most / sizes[i];
		test_err(-EOVERFLOW, shim_vmoffsets_init(&offsets));
		*counts[i] = (most - 80 - 8) / sizes[i];
		test_success(shim_vmoffsets_init(&offsets));
		test_ok(offsets.state_size > most - 80 - 8 - 24);
	}
}

TEST("the structs of the state")
{
	test_eq(sizeof(struct shim_vm_function_import), 16);
	test_eq(offsetof(struct shim_vm_function_import, vmctx), 8);
	test_eq(sizeof(struct shim_vm_table_import), 16);
	test_eq(offsetof(struct shim_vm_table_import, vmctx), 8);
	test_eq(sizeof(struct shim_vm_memory_import), 24);
	test_eq(offsetof(struct shim_vm_memory_import, defined_memory), 16);
	test_eq(sizeof(struct shim_vm_global_import), 8);
	test_eq(sizeof(struct shim_vm_table), 16);
	test_eq(offsetof(struct shim_vm_table, current_elements), 8);
	test_eq(sizeof(struct shim_vm_memory), 16);
	test_eq(offsetof(struct shim_vm_memory, current_length), 8);
	test_eq(sizeof(struct shim_vm_global), 16);
	test_eq(sizeof(struct shim_vm_func_ref), 24);
	test_eq(offsetof(struct shim_vm_func_ref, type), 8);
	test_eq(offsetof(struct shim_vm_func_ref, vmctx), 16);
	test_mem(&(uint32_t){ SHIM_VM_MAGIC }, "core", 4);
}

TEST_MAIN()
