// SPDX-License-Identifier: MIT
/* The table of steps, each with what it does and what an error of it comes to. */
#include "fault_steps.h"

#include <sys/mman.h>

#include "memory.h"
#include "pool.h"

static int step_open(struct sample_pool *sample)
{
	sample->fd = device_open();
	return sample->fd < 0 ? sample->fd : 0;
}

static void prepare_open(struct sample_pool *sample)
{
	sample->fd = device_open();
	test_success(sample->fd);
}

static int step_create(struct sample_pool *sample)
{
	struct guardslot_create geometry = plain_geometry(100, PAGES);

	return do_create(sample->fd, &geometry);
}

static int step_map(struct sample_pool *sample)
{
	/* Far away from all else: page tables have to come as well. */
	sample->at = mmap((void *)(1ul << 40), sample->pool.geometry.out_map_size,
			  PROT_READ | PROT_WRITE, MAP_SHARED, sample->pool.fd, 0);
	return sample->at == MAP_FAILED ? -errno : 0;
}

static void undo_map(struct sample_pool *sample)
{
	test_sys(munmap(sample->at, sample->pool.geometry.out_map_size));
}

static int step_map_claim(struct sample_pool *sample)
{
	sample->at = mmap(NULL, sample->pool.geometry.out_claim_size, PROT_READ | PROT_WRITE,
			  MAP_SHARED, sample->pool.fd,
			  (off_t)sample->pool.geometry.out_claim_offset);
	return sample->at == MAP_FAILED ? -errno : 0;
}

static void undo_map_claim(struct sample_pool *sample)
{
	test_sys(munmap(sample->at, sample->pool.geometry.out_claim_size));
}

static int step_image_create(struct sample_pool *sample)
{
	/* Across the border of two nodes. */
	struct guardslot_image_create create = sample_pool_image(3, 60);

	return do_image_create(&sample->pool, &create);
}

static int step_snapshot(struct sample_pool *sample)
{
	uint32_t image;

	return do_image_snapshot(&sample->pool, 0, 4, &image);
}

static int step_image_destroy(struct sample_pool *sample)
{
	return do_image_destroy(&sample->pool, sample->image);
}

static int step_write_hole(struct sample_pool *sample)
{
	poke(area_at(&sample->pool, 2, 0) + 3 * PAGE, 1);
	return 0;
}

static int step_write_first(struct sample_pool *sample)
{
	poke(area_at(&sample->pool, 1, 0) + 2 * PAGE, 1);
	return 0;
}

static int step_write_past_room(struct sample_pool *sample)
{
	poke(area_at(&sample->pool, 0, 0) + 30 * PAGE, 1);
	return 0;
}

static int step_write_shared(struct sample_pool *sample)
{
	poke(area_at(&sample->pool, 0, 0) + 22 * PAGE, 1);
	return 0;
}

static int step_read_shared(struct sample_pool *sample)
{
	peek(area_at(&sample->pool, 1, 0) + 21 * PAGE);
	return 0;
}

static int step_read_own(struct sample_pool *sample)
{
	peek(area_at(&sample->pool, 1, 0) + IMAGE_FIRST * PAGE);
	return 0;
}

static void prepare_map(struct sample_pool *sample)
{
	test_err(0, step_map(sample));
}

static int step_touch_second_map(struct sample_pool *sample)
{
	poke((uint8_t *)sample->at + slab_offset(&sample->pool, 0, 0) + 8 * PAGE, 1);
	return 0;
}

static void prepare_pipe(struct sample_pool *sample)
{
	test_eq(write(sample->ends[1], "text", 4), 4);
}

/* The kernel writes into an untouched page. */
static int step_kernel_write(struct sample_pool *sample)
{
	return read(sample->ends[0], area_at(&sample->pool, 1, 0) + 5 * PAGE, 4) == 4 ? 0 : -errno;
}

static int step_debugger_write(struct sample_pool *sample)
{
	return pwrite(sample->mem, "text", 4,
		      (off_t)(uintptr_t)(area_at(&sample->pool, 1, 0) + 5 * PAGE)) == 4 ?
		       0 :
		       -errno;
}

static int reset_all(struct sample_pool *sample, uint32_t flags, uint32_t image)
{
	const uint32_t slots[] = { 0, 1, 2, 3 };
	struct guardslot_reset cmd = {
		.flags = flags,
		.slots = (uintptr_t)slots,
		.count = SLOTS,
		.image = image,
	};

	return do_reset_cmd(&sample->pool, &cmd);
}

static int step_reset(struct sample_pool *sample)
{
	return reset_all(sample, 0, 0);
}

static int step_rebind(struct sample_pool *sample)
{
	return reset_all(sample, GUARDSLOT_RESET_REBIND, sample->other);
}

static int step_unbind(struct sample_pool *sample)
{
	return reset_all(sample, GUARDSLOT_RESET_REBIND, GUARDSLOT_IMAGE_NONE);
}

static int step_grow(struct sample_pool *sample)
{
	return do_resize(&sample->pool, 1, 0, PAGES * PAGE);
}

static int step_shrink(struct sample_pool *sample)
{
	return do_resize(&sample->pool, 0, 0, 12 * PAGE);
}

static int step_prefault(struct sample_pool *sample)
{
	const uint32_t slot = 1;
	struct guardslot_prefault cmd = { .slots = (uintptr_t)&slot, .count = 1 };

	return do_prefault_cmd(&sample->pool, &cmd);
}

static int step_prefault_range(struct sample_pool *sample)
{
	const uint32_t slot = 1;
	struct guardslot_prefault cmd = {
		.flags = GUARDSLOT_PREFAULT_RANGE,
		.slots = (uintptr_t)&slot,
		.count = 1,
		.offset = 12 * PAGE,
		.length = 8 * PAGE,
	};

	return do_prefault_cmd(&sample->pool, &cmd);
}

static int step_purge_slot(struct sample_pool *sample)
{
	return do_purge(&sample->pool, 0);
}

static int step_purge_image(struct sample_pool *sample)
{
	struct guardslot_purge cmd = { .mode = GUARDSLOT_PURGE_IMAGE, .image = sample->image };

	return do_purge_cmd(&sample->pool, &cmd);
}

static int step_purge_tag(struct sample_pool *sample)
{
	struct guardslot_purge cmd = { .mode = GUARDSLOT_PURGE_TAG, .tag = 2 };

	return do_purge_cmd(&sample->pool, &cmd);
}

static int step_purge_idle(struct sample_pool *sample)
{
	struct guardslot_purge cmd = { .mode = GUARDSLOT_PURGE_IDLE };

	return do_purge_cmd(&sample->pool, &cmd);
}

static int step_query(struct sample_pool *sample)
{
	struct guardslot_query query;

	return do_query(&sample->pool, 2, &query);
}

static int step_info(struct sample_pool *sample)
{
	struct guardslot_info info = { 0 };

	return do_info(sample->pool.fd, &info);
}

/* Cuts the mapping in two, for which the kernel needs one more VMA. */
static int step_unmap_part(struct sample_pool *sample)
{
	return munmap((uint8_t *)sample->at + slab_offset(&sample->pool, 1, 0), PAGE) ? -errno : 0;
}

static int step_unmap(struct sample_pool *sample)
{
	return munmap(sample->at, sample->pool.geometry.out_map_size) ? -errno : 0;
}

static int step_close(struct sample_pool *sample)
{
	int ret;

	munmap(sample->pool.base, sample->pool.geometry.out_map_size);
	munmap(sample->pool.claim, sample->pool.geometry.out_claim_size);
	ret = close(sample->pool.fd) ? -errno : 0;
	sample->pool.fd = -1;
	return ret;
}

const struct fault_step fault_steps[] = {
	{ .name = "open", .run = step_open, .error = -ENOMEM, .error_at_copy = -EFAULT },
	{ .name = "CREATE",
	  .run = step_create,
	  .prepare = prepare_open,
	  .error = -ENOMEM,
	  .error_at_copy = -EFAULT },
	{ .name = "mmap of the slab", .run = step_map, .undo = undo_map, .error = -ENOMEM },
	{ .name = "mmap of the claim words",
	  .run = step_map_claim,
	  .undo = undo_map_claim,
	  .error = -ENOMEM },
	{ .name = "IMAGE_CREATE",
	  .run = step_image_create,
	  .error = -ENOMEM,
	  .error_at_copy = -EFAULT },
	{ .name = "IMAGE_SNAPSHOT",
	  .run = step_snapshot,
	  .error = -ENOMEM,
	  .error_at_copy = -EFAULT },
	{ .name = "IMAGE_DESTROY", .run = step_image_destroy, .error_at_copy = -EFAULT },
	{ .name = "write to a hole", .run = step_write_hole },
	{ .name = "first write in a slot", .run = step_write_first },
	{ .name = "twentieth page of a slot", .run = step_write_past_room },
	{ .name = "write to a shared page", .run = step_write_shared },
	{ .name = "read of an image's page", .run = step_read_shared },
	{ .name = "read of a page of the write set", .run = step_read_own },
	{ .name = "touch through a new mapping",
	  .run = step_touch_second_map,
	  .prepare = prepare_map,
	  .undo = undo_map },
	{ .name = "read(2) into a slot",
	  .run = step_kernel_write,
	  .prepare = prepare_pipe,
	  .error = -EFAULT,
	  .error_at_copy = -EFAULT },
	{ .name = "write by a debugger",
	  .run = step_debugger_write,
	  .error = -EIO,
	  .error_at_copy = -EFAULT },
	{ .name = "RESET", .run = step_reset, .error_at_copy = -EFAULT, .answers = true },
	{ .name = "RESET to another image",
	  .run = step_rebind,
	  .error_at_copy = -EFAULT,
	  .answers = true },
	{ .name = "RESET to no image",
	  .run = step_unbind,
	  .error_at_copy = -EFAULT,
	  .answers = true },
	{ .name = "RESIZE that grows", .run = step_grow, .error_at_copy = -EFAULT, .answers = true },
	{ .name = "RESIZE that shrinks",
	  .run = step_shrink,
	  .error_at_copy = -EFAULT,
	  .answers = true },
	{ .name = "PREFAULT of a write set",
	  .run = step_prefault,
	  .error = -ENOMEM,
	  .error_at_copy = -EFAULT,
	  .partly = true,
	  .answers = true },
	{ .name = "PREFAULT of a range",
	  .run = step_prefault_range,
	  .error = -ENOMEM,
	  .error_at_copy = -EFAULT,
	  .partly = true,
	  .answers = true },
	{ .name = "PURGE of a slot",
	  .run = step_purge_slot,
	  .error_at_copy = -EFAULT,
	  .answers = true },
	{ .name = "PURGE of an image",
	  .run = step_purge_image,
	  .error_at_copy = -EFAULT,
	  .answers = true },
	{ .name = "PURGE of a tag",
	  .run = step_purge_tag,
	  .error_at_copy = -EFAULT,
	  .answers = true },
	{ .name = "PURGE of idle slots",
	  .run = step_purge_idle,
	  .error_at_copy = -EFAULT,
	  .answers = true },
	{ .name = "QUERY", .run = step_query, .error_at_copy = -EFAULT },
	{ .name = "INFO", .run = step_info, .error_at_copy = -EFAULT },
	{ .name = "munmap of a part",
	  .run = step_unmap_part,
	  .prepare = prepare_map,
	  .undo = undo_map,
	  .error = -ENOMEM,
	  .partly = true },
	{ .name = "munmap", .run = step_unmap, .prepare = prepare_map, .error = -ENOMEM },
	{ .name = "close", .run = step_close, .ends = true },
};

const size_t fault_step_count = ARRAY_SIZE(fault_steps);
