// SPDX-License-Identifier: MIT
#include "fault_steps.h"

#include <sys/mman.h>

#include "memory.h"
#include "pool.h"

static int step_open(struct fixture *fixture)
{
	fixture->fd = device_open();
	return fixture->fd < 0 ? fixture->fd : 0;
}

static void prepare_open(struct fixture *fixture)
{
	fixture->fd = device_open();
	test_success(fixture->fd);
}

static int step_create(struct fixture *fixture)
{
	struct guardslot_create geometry = plain_geometry(100, PAGES);

	return do_create(fixture->fd, &geometry);
}

static int step_map(struct fixture *fixture)
{
	/* Far away from all else: page tables have to come as well. */
	fixture->at = mmap((void *)(1ul << 40), fixture->pool.geometry.out_map_size,
			   PROT_READ | PROT_WRITE, MAP_SHARED, fixture->pool.fd, 0);
	return fixture->at == MAP_FAILED ? -errno : 0;
}

static void undo_map(struct fixture *fixture)
{
	test_sys(munmap(fixture->at, fixture->pool.geometry.out_map_size));
}

static int step_map_claim(struct fixture *fixture)
{
	fixture->at = mmap(NULL, fixture->pool.geometry.out_claim_size, PROT_READ | PROT_WRITE,
			   MAP_SHARED, fixture->pool.fd,
			   (off_t)fixture->pool.geometry.out_claim_offset);
	return fixture->at == MAP_FAILED ? -errno : 0;
}

static void undo_map_claim(struct fixture *fixture)
{
	test_sys(munmap(fixture->at, fixture->pool.geometry.out_claim_size));
}

static int step_image_create(struct fixture *fixture)
{
	/* Across the border of two nodes. */
	struct guardslot_image_create create = fixture_image(3, 60);

	return do_image_create(&fixture->pool, &create);
}

static int step_snapshot(struct fixture *fixture)
{
	uint32_t image;

	return do_image_snapshot(&fixture->pool, 0, 4, &image);
}

static int step_image_destroy(struct fixture *fixture)
{
	return do_image_destroy(&fixture->pool, fixture->image);
}

static int step_write_hole(struct fixture *fixture)
{
	poke(area_at(&fixture->pool, 2, 0) + 3 * PAGE, 1);
	return 0;
}

static int step_write_first(struct fixture *fixture)
{
	poke(area_at(&fixture->pool, 1, 0) + 2 * PAGE, 1);
	return 0;
}

static int step_write_seventeenth(struct fixture *fixture)
{
	poke(area_at(&fixture->pool, 0, 0) + 30 * PAGE, 1);
	return 0;
}

static int step_write_shared(struct fixture *fixture)
{
	poke(area_at(&fixture->pool, 0, 0) + 22 * PAGE, 1);
	return 0;
}

static int step_read_shared(struct fixture *fixture)
{
	peek(area_at(&fixture->pool, 1, 0) + 21 * PAGE);
	return 0;
}

static int step_read_own(struct fixture *fixture)
{
	peek(area_at(&fixture->pool, 1, 0) + IMAGE_FIRST * PAGE);
	return 0;
}

static void prepare_map(struct fixture *fixture)
{
	test_err(0, step_map(fixture));
}

static int step_touch_second_map(struct fixture *fixture)
{
	poke((uint8_t *)fixture->at + slab_offset(&fixture->pool, 0, 0) + 8 * PAGE, 1);
	return 0;
}

static void prepare_pipe(struct fixture *fixture)
{
	test_eq(write(fixture->ends[1], "text", 4), 4);
}

/* The kernel writes into an untouched page. */
static int step_kernel_write(struct fixture *fixture)
{
	return read(fixture->ends[0], area_at(&fixture->pool, 1, 0) + 5 * PAGE, 4) == 4 ? 0 :
											  -errno;
}

static int step_debugger_write(struct fixture *fixture)
{
	return pwrite(fixture->mem, "text", 4,
		      (off_t)(uintptr_t)(area_at(&fixture->pool, 1, 0) + 5 * PAGE)) == 4 ?
		       0 :
		       -errno;
}

static int reset_all(struct fixture *fixture, uint32_t flags, uint32_t image)
{
	const uint32_t slots[] = { 0, 1, 2, 3 };
	struct guardslot_reset cmd = {
		.flags = flags,
		.slots = (uintptr_t)slots,
		.count = SLOTS,
		.image = image,
	};

	return do_reset_cmd(&fixture->pool, &cmd);
}

static int step_reset(struct fixture *fixture)
{
	return reset_all(fixture, 0, 0);
}

static int step_rebind(struct fixture *fixture)
{
	return reset_all(fixture, GUARDSLOT_RESET_REBIND, fixture->other);
}

static int step_unbind(struct fixture *fixture)
{
	return reset_all(fixture, GUARDSLOT_RESET_REBIND, GUARDSLOT_IMAGE_NONE);
}

static int step_grow(struct fixture *fixture)
{
	return do_resize(&fixture->pool, 1, 0, PAGES * PAGE);
}

static int step_shrink(struct fixture *fixture)
{
	return do_resize(&fixture->pool, 0, 0, 12 * PAGE);
}

static int step_prefault(struct fixture *fixture)
{
	const uint32_t slot = 1;
	struct guardslot_prefault cmd = { .slots = (uintptr_t)&slot, .count = 1 };

	return do_prefault_cmd(&fixture->pool, &cmd);
}

static int step_prefault_range(struct fixture *fixture)
{
	const uint32_t slot = 1;
	struct guardslot_prefault cmd = {
		.flags = GUARDSLOT_PREFAULT_RANGE,
		.slots = (uintptr_t)&slot,
		.count = 1,
		.offset = 12 * PAGE,
		.length = 8 * PAGE,
	};

	return do_prefault_cmd(&fixture->pool, &cmd);
}

static int step_purge_slot(struct fixture *fixture)
{
	return do_purge(&fixture->pool, 0);
}

static int step_purge_image(struct fixture *fixture)
{
	struct guardslot_purge cmd = { .mode = GUARDSLOT_PURGE_IMAGE, .image = fixture->image };

	return do_purge_cmd(&fixture->pool, &cmd);
}

static int step_purge_tag(struct fixture *fixture)
{
	struct guardslot_purge cmd = { .mode = GUARDSLOT_PURGE_TAG, .tag = 2 };

	return do_purge_cmd(&fixture->pool, &cmd);
}

static int step_purge_idle(struct fixture *fixture)
{
	struct guardslot_purge cmd = { .mode = GUARDSLOT_PURGE_IDLE };

	return do_purge_cmd(&fixture->pool, &cmd);
}

static int step_query(struct fixture *fixture)
{
	struct guardslot_query query;

	return do_query(&fixture->pool, 2, &query);
}

static int step_info(struct fixture *fixture)
{
	struct guardslot_info info = { 0 };

	return do_info(fixture->pool.fd, &info);
}

/* Cuts the mapping in two, for which the kernel needs one more VMA. */
static int step_unmap_part(struct fixture *fixture)
{
	return munmap((uint8_t *)fixture->at + slab_offset(&fixture->pool, 1, 0), PAGE) ? -errno :
											  0;
}

static int step_unmap(struct fixture *fixture)
{
	return munmap(fixture->at, fixture->pool.geometry.out_map_size) ? -errno : 0;
}

static int step_close(struct fixture *fixture)
{
	int ret;

	munmap(fixture->pool.base, fixture->pool.geometry.out_map_size);
	munmap(fixture->pool.claim, fixture->pool.geometry.out_claim_size);
	ret = close(fixture->pool.fd) ? -errno : 0;
	fixture->pool.fd = -1;
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
	{ .name = "seventeenth page of a slot", .run = step_write_seventeenth },
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
