// SPDX-License-Identifier: MIT
// Each page of a slab is of the area that plain enumeration gives it; a wrong geometry is refused.
#include "test.h"

#include "kernel/kernel.h"
#include "objects/layout.h"

#define MAX_SLOTS 1000
#define MAX_PAGES (1UL << 35)

static struct guardslot_create two_areas(void)
{
	return (struct guardslot_create){
		.slots = 3,
		.area_count = 2,
		.pre_guard = 2 * PAGE_SIZE,
		.areas = {
			{ 8 * PAGE_SIZE, 4 * PAGE_SIZE, 6 * PAGE_SIZE, PAGE_SIZE },
			{ PAGE_SIZE, 0, PAGE_SIZE, PAGE_SIZE },
		},
	};
}

static int init(const struct guardslot_create *cmd)
{
	struct gs_layout layout;

	return gs_layout_init(&layout, cmd, MAX_SLOTS, MAX_PAGES);
}

/* Enumerates the slab page by page and compares with gs_layout_find(). */
static void check_every_page(const struct guardslot_create *cmd)
{
	struct gs_layout layout;
	unsigned long page = 0, i;
	struct gs_place place;
	u32 slot, area;

	test_success(gs_layout_init(&layout, cmd, MAX_SLOTS, MAX_PAGES));
	for (; page < cmd->pre_guard / PAGE_SIZE; page++)
		test_err(-ENOENT, gs_layout_find(&layout, page, &place));
	for (slot = 0; slot < cmd->slots; slot++) {
		for (area = 0; area < cmd->area_count; area++) {
			const struct guardslot_area *a = &cmd->areas[area];

			for (i = 0; i < (a->reserve + a->guard) / PAGE_SIZE; i++, page++) {
				int ret = gs_layout_find(&layout, page, &place);

				test_eq(place.slot, slot);
				test_eq(ret, i < a->max / PAGE_SIZE ? 0 : -ENOENT);
				if (ret)
					continue;
				test_eq(place.area, area);
				test_eq(place.page, i);
				test_eq(gs_layout_slot_start(&layout, slot) + place.offset, page);
			}
		}
	}
	test_eq(page, layout.total);
	test_err(-ENOENT, gs_layout_find(&layout, page, &place));
}

TEST("each page of a small slab is found where it was laid out")
{
	struct guardslot_create cmd = two_areas();

	check_every_page(&cmd);
}

TEST("each page of 500 random slabs is found where it was laid out")
{
	unsigned int seed = 1;
	int round;

	for (round = 0; round < 500; round++) {
		struct guardslot_create cmd = {
			.slots = 1 + rand_r(&seed) % 5,
			.area_count = 1 + rand_r(&seed) % GUARDSLOT_MAX_AREAS,
			.pre_guard = rand_r(&seed) % 4 * PAGE_SIZE,
		};
		u32 i;

		for (i = 0; i < cmd.area_count; i++) {
			u64 reserve = 1 + rand_r(&seed) % 9;
			u64 max = rand_r(&seed) % (reserve + 1);

			cmd.areas[i] = (struct guardslot_area){
				.reserve = reserve * PAGE_SIZE,
				.guard = rand_r(&seed) % 4 * PAGE_SIZE,
				.max = max * PAGE_SIZE,
				.initial = rand_r(&seed) % (max + 1) * PAGE_SIZE,
			};
		}
		check_every_page(&cmd);
	}
}

TEST("reserve and guard of each area are as they were given, of the last one too")
{
	struct guardslot_create cmd = {
		.slots = 2,
		.area_count = 3,
		.areas = { { 4 * PAGE_SIZE, 2 * PAGE_SIZE, 3 * PAGE_SIZE, PAGE_SIZE },
			   { PAGE_SIZE, 0, PAGE_SIZE, 0 },
			   { 9 * PAGE_SIZE, 5 * PAGE_SIZE, 0, 0 } },
	};
	struct gs_layout layout;
	u32 i;

	test_success(gs_layout_init(&layout, &cmd, MAX_SLOTS, MAX_PAGES));
	for (i = 0; i < cmd.area_count; i++) {
		test_eq(layout.reserves[i] * PAGE_SIZE, cmd.areas[i].reserve);
		test_eq(gs_layout_guard(&layout, i) * PAGE_SIZE, cmd.areas[i].guard);
	}
}

TEST("the reply has sizes and offsets in bytes")
{
	struct guardslot_create cmd = two_areas();
	struct gs_layout layout;

	test_success(gs_layout_init(&layout, &cmd, MAX_SLOTS, MAX_PAGES));
	gs_layout_reply(&layout, &cmd);
	test_eq(cmd.out_stride, 13 * PAGE_SIZE);
	test_eq(cmd.out_map_size, 41 * PAGE_SIZE);
	test_eq(cmd.out_area_offset[0], 0);
	test_eq(cmd.out_area_offset[1], 12 * PAGE_SIZE);
	test_eq(cmd.out_area_offset[2], 0);
}

TEST("16 areas lie one after the other")
{
	struct guardslot_create cmd = { .slots = 2, .area_count = 16 };
	struct gs_layout layout;
	u32 i;

	for (i = 0; i < 16; i++)
		cmd.areas[i] = (struct guardslot_area){ PAGE_SIZE, PAGE_SIZE, PAGE_SIZE, 0 };
	check_every_page(&cmd);
	test_success(gs_layout_init(&layout, &cmd, MAX_SLOTS, MAX_PAGES));
	gs_layout_reply(&layout, &cmd);
	for (i = 0; i < 16; i++)
		test_eq(cmd.out_area_offset[i], 2 * i * PAGE_SIZE);
}

TEST("a count out of range is refused")
{
	struct guardslot_create cmd = two_areas();

	cmd.slots = 0;
	test_err(-EINVAL, init(&cmd));
	cmd.slots = MAX_SLOTS + 1;
	test_err(-EINVAL, init(&cmd));
	cmd.slots = MAX_SLOTS;
	test_success(init(&cmd));
	cmd.area_count = 0;
	test_err(-EINVAL, init(&cmd));
	cmd.area_count = 17;
	test_err(-EINVAL, init(&cmd));
}

TEST("a size that is no multiple of the page size is refused, whichever it is")
{
	struct guardslot_create good = two_areas(), cmd = good;
	u64 *fields[] = {
		&cmd.pre_guard,	     &cmd.areas[0].reserve, &cmd.areas[0].guard,
		&cmd.areas[0].max,   &cmd.areas[0].initial, &cmd.areas[1].reserve,
		&cmd.areas[1].guard, &cmd.areas[1].max,	    &cmd.areas[1].initial,
	};
	unsigned int i;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		cmd = good;
		*fields[i] += 1;
		test_err(-EINVAL, init(&cmd));
	}
}

TEST("reserve, max and initial must be in order")
{
	struct guardslot_create cmd = two_areas();

	cmd.areas[0].max = cmd.areas[0].reserve + PAGE_SIZE;
	test_err(-EINVAL, init(&cmd));
	cmd = two_areas();
	cmd.areas[0].initial = cmd.areas[0].max + PAGE_SIZE;
	test_err(-EINVAL, init(&cmd));
	cmd = two_areas();
	cmd.areas[1] = (struct guardslot_area){ 0 };
	test_err(-EINVAL, init(&cmd));
}

TEST("an area past the count must be zero")
{
	struct guardslot_create cmd = two_areas();

	cmd.areas[7].guard = PAGE_SIZE;
	test_err(-EINVAL, init(&cmd));
}

TEST("every sum and product that overflows is refused")
{
	struct guardslot_create cmd = two_areas();
	u64 huge = ~0ULL & PAGE_MASK;

	/* Each of these is fine in pages and too long for the address space. */
	cmd.areas[0].reserve = huge;
	test_err(-EOVERFLOW, init(&cmd));
	cmd = two_areas();
	cmd.areas[1].guard = huge;
	test_err(-EOVERFLOW, init(&cmd));
	cmd = two_areas();
	cmd.pre_guard = huge;
	test_err(-EOVERFLOW, init(&cmd));
	cmd = two_areas();
	cmd.areas[0].reserve = MAX_PAGES / 2 * PAGE_SIZE;
	test_err(-EOVERFLOW, init(&cmd));
}

TEST("a wrong value is named before an overflow")
{
	struct guardslot_create cmd = two_areas();

	cmd.areas[0].reserve = ~0ULL & PAGE_MASK;
	cmd.areas[1].initial = 1;
	test_err(-EINVAL, init(&cmd));
}

TEST("the longest slab that fits is accepted, one page more is not")
{
	struct guardslot_create cmd = two_areas();

	cmd.slots = 1;
	cmd.area_count = 1;
	cmd.areas[1] = (struct guardslot_area){ 0 };
	cmd.areas[0].guard = MAX_PAGES * PAGE_SIZE - cmd.pre_guard - cmd.areas[0].reserve;
	test_success(init(&cmd));
	cmd.areas[0].guard += PAGE_SIZE;
	test_err(-EOVERFLOW, init(&cmd));
}

TEST_MAIN()
