// SPDX-License-Identifier: MIT
// The library's geometry is the module's to the byte, and both refuse the same configs.
#include "test.h"

#include "kernel/kernel.h"
#include "objects/layout.h"
#include "backend/layout.h"
#include "random.h"

#define MAX_SLOTS (1UL << 20)
#define MAX_PAGES ((1UL << 35) - 1)

static uint64_t state;

static uint64_t draw(void)
{
	random_next(&state);
	return state >> 20;
}

/* A size of up to 2^bits bytes; each number of bits is as likely. */
static uint64_t draw_size(unsigned int bits)
{
	return (draw() << 20 | draw()) >> (64 - 1 - draw() % bits) & PAGE_MASK;
}

static struct shim_pool_config draw_config(unsigned int bits)
{
	struct shim_pool_config config = {
		.slots = 1 + (uint32_t)(draw() % (1U << (1 + draw() % 20))),
		.area_count = 1 + (uint32_t)(draw() % SHIM_MAX_AREAS),
		.pre_guard = draw_size(bits),
	};

	for (uint32_t i = 0; i < config.area_count; i++) {
		config.areas[i].reserve = draw_size(bits) + PAGE_SIZE;
		config.areas[i].guard = draw_size(bits);
	}
	return config;
}

/* The result of the module's functions for the config. */
static int module_init(struct guardslot_create *cmd, const struct shim_pool_config *config)
{
	struct gs_layout layout;
	int ret;

	*cmd = (struct guardslot_create){
		.slots = config->slots,
		.area_count = config->area_count,
		.pre_guard = config->pre_guard,
	};
	for (uint32_t i = 0; i < config->area_count; i++) {
		cmd->areas[i].reserve = config->areas[i].reserve;
		cmd->areas[i].guard = config->areas[i].guard;
	}
	ret = gs_layout_init(&layout, cmd, MAX_SLOTS, MAX_PAGES);
	if (!ret)
		gs_layout_reply(&layout, cmd);
	return ret;
}

static void both_agree(const struct shim_pool_config *config, unsigned int *fitting)
{
	struct guardslot_create cmd;
	struct shim_layout layout;
	int error = module_init(&cmd, config);

	test_err(error, shim_layout_init(&layout, config, MAX_PAGES << PAGE_SHIFT));
	if (error) {
		test_err(-EOVERFLOW, error);
		return;
	}
	test_eq(layout.map_size, cmd.out_map_size);
	test_eq(layout.stride, cmd.out_stride);
	for (uint32_t i = 0; i < SHIM_MAX_AREAS; i++)
		if (i < config->area_count)
			test_eq(layout.area_offset[i], cmd.out_area_offset[i]);
	++*fitting;
}

TEST("20,000 random configs of every size")
{
	unsigned int fitting = 0;

	state = 1;
	for (unsigned int i = 0; i < 20000; i++) {
		struct shim_pool_config config = draw_config(20 + i % 43);

		both_agree(&config, &fitting);
	}
	/* The configs were of both kinds. */
	test_ok(fitting > 2000 && fitting < 18000);
}

TEST("a slab that just fits, and one that is a page too long")
{
	struct shim_pool_config config = { .slots = 1, .area_count = 1 };
	unsigned int fitting = 0;

	config.areas[0].reserve = (MAX_PAGES - 1) << PAGE_SHIFT;
	config.pre_guard = PAGE_SIZE;
	both_agree(&config, &fitting);
	test_eq(fitting, 1);
	config.areas[0].guard = PAGE_SIZE;
	both_agree(&config, &fitting);
	test_eq(fitting, 1);
}

TEST("sums that wrap around to a small number")
{
	struct shim_pool_config config = { .slots = 2, .area_count = 2 };
	unsigned int fitting = 0;

	config.areas[0].reserve = -PAGE_SIZE;
	config.areas[1].reserve = 3 * PAGE_SIZE;
	both_agree(&config, &fitting);
	config.areas[0].reserve = UINT64_C(1) << 63;
	config.areas[1].reserve = PAGE_SIZE;
	both_agree(&config, &fitting);
	config.areas[0].reserve = PAGE_SIZE;
	config.pre_guard = -2 * PAGE_SIZE;
	both_agree(&config, &fitting);
	test_eq(fitting, 0);
}

TEST_MAIN()
