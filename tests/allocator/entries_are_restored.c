// SPDX-License-Identifier: MIT
// Whatever became of the page-table entries of an instance, the next one is as new.
#include "allocator_test.h"

#include "entries.h"
#include "must.h"

#define TEXT "the image's own page"
#define TEXT_AT WASM_PAGE
#define PAGES 8

static struct shim_instance *instance;
static const struct entry_state *state;

/* The page of the text is a map of the image's file, where there are images. */
static void part_make(uint64_t at, uint64_t length, bool has_text)
{
	unsigned char *start = (unsigned char *)memory_at(instance, 0) + at;

	if (is_device())
		entry_attempt(state, start, length);
	else
		entry_make(state, start, length, has_text && is_pooling());
}

static void tenant_run(void)
{
	uint64_t grown = memory_length(instance, 0);

	must(shim_memory_grow(instance, 0, 2, NULL));
	memory_fill(instance, 0, state->fill == ENTRY_ANY_FILL ? 0xd6 : state->fill);
	part_make(0, PAGES * PAGE, false);
	part_make(TEXT_AT, PAGE, true);
	part_make(grown, PAGES * PAGE, false);
	entry_settle(state);
}

static void instance_is_new(void)
{
	const unsigned char *base = (const unsigned char *)memory_at(instance, 0);

	test_eq(memory_length(instance, 0), 3 * WASM_PAGE);
	test_bytes(base, 0, TEXT_AT);
	text_is(instance, TEXT_AT, TEXT);
	test_bytes(base + TEXT_AT + strlen(TEXT), 0, 2 * WASM_PAGE - strlen(TEXT));
	must(shim_memory_grow(instance, 0, 2, NULL));
	test_bytes(base + 3 * WASM_PAGE, 0, 2 * WASM_PAGE);
}

static void tenants_follow(const struct entry_state *of)
{
	struct shim_allocator *allocator;
	struct shim_module *module;

	test_timeout(120);
	state = of;
	allocator = allocator_single();
	module = module_text(3, TEXT_AT, TEXT);
	for (int round = 0; round < 3; round++) {
		entry_begin(state);
		instance = instance_new(allocator, module);
		tenant_run();
		shim_allocator_deallocate(allocator, instance);
		instance = instance_new(allocator, module);
		instance_is_new();
		shim_allocator_deallocate(allocator, instance);
		entry_end(state);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

#define STATE(name, sentence)                         \
	static bool name##_possible(void)             \
	{                                             \
		return entry_possible(&entry_##name); \
	}                                             \
	TEST_WHEN(name##_possible, sentence)          \
	{                                             \
		tenants_follow(&entry_##name);        \
	}

STATE(written, "written pages")
STATE(cold, "pages that are cold")
STATE(lazy_free, "pages that the kernel may free when it likes")
STATE(soft_dirty, "pages that were made read-only to see writes")
STATE(guard, "guard markers")
STATE(ksm_zero, "pages of zeroes that KSM took for the zero page")
STATE(ksm_same, "equal pages that KSM merged")
STATE(swapped, "pages that are swapped out")
STATE(uffd_zero, "the zero page, from userfaultfd")
STATE(uffd_protected, "pages and markers that userfaultfd protects")
STATE(uffd_poison, "poison markers")
STATE(migrated, "pages that the kernel moved")
STATE(poisoned, "pages that were lost to an error of the memory")
STATE(forked, "pages that a child shares")
STATE(pinned, "pages that are pinned")

TEST_MAIN()
