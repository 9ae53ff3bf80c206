// SPDX-License-Identifier: MIT
/*
 * Promise: whichever allocation fails, in whichever call or fault, the call says
 * ENOMEM and has changed nothing, or does without; the same call succeeds when it
 * is made again; and what cannot be undone (RESET, PURGE, RESIZE, close) does not
 * allocate.
 *
 * Each step is run again and again on a pool made anew; in the n-th run the
 * kernel's fault injection fails the n-th allocation that the thread makes, until a
 * run has none left to fail. A page fault from user mode whose allocation fails is
 * no error: the kernel lets the instruction run once more (VM_FAULT_OOM without an
 * OOM kill), so that a touch must always succeed in the end. In a system call the
 * same fault is EFAULT. A second sweep fails the n-th copy from or to user space.
 */
#include "engine.h"

#define FAULTS_DIR "/sys/kernel/debug/"
#define SLOTS 4
#define PAGES 80 /* more than one node of the kernel's arrays */
/* Content from one page to another, and a limit behind it. */
#define IMAGE_FIRST 16
#define IMAGE_PAGES 8
#define IMAGE_LIMIT 40
#define MAX_STEPS 400

/* ---- injection ----------------------------------------------------------- */

enum kind { ALLOCATIONS, COPIES };

static int nth_fd = -1;

static void set_up(const char *what, const char *knob, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), FAULTS_DIR "%s/%s", what, knob);
	write_file(path, value);
}

/* Only what is called from an address in the range fails: all, or nothing. */
static void allow(const char *what, bool on)
{
	set_up(what, "verbose", "0");
	set_up(what, "probability", "0");
	set_up(what, "reject-start", "0");
	set_up(what, "reject-end", on ? "0" : "0xffffffffffffffff");
}

static void injection_start(enum kind kind)
{
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	test_sys(nth_fd);
	allow("failslab", kind == ALLOCATIONS);
	allow("fail_page_alloc", kind == ALLOCATIONS);
	allow("fail_usercopy", kind == COPIES);
	set_up("failslab", "ignore-gfp-wait", "N");
	set_up("failslab", "cache-filter", "N");
	set_up("fail_page_alloc", "ignore-gfp-wait", "N");
	set_up("fail_page_alloc", "ignore-gfp-highmem", "N");
	set_up("fail_page_alloc", "min-order", "0");
}

static void arm(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	test_eq(pwrite(nth_fd, text, (size_t)length, 0), length);
}

/*
 * True when the failure was used up. The copy to user space that reads the count
 * is one that can fail: then it was still there.
 */
static bool disarm(void)
{
	char text[16] = "";
	ssize_t length = pread(nth_fd, text, sizeof(text) - 1, 0);

	if (pwrite(nth_fd, "0", 1, 0) < 0)
		test_eq(pwrite(nth_fd, "0", 1, 0), 1);
	return length > 0 && strtoul(text, NULL, 10) == 0;
}

/* ---- the world that the steps work on ------------------------------------ */

struct world {
	struct pool pool;
	uint32_t image, other;
	int fd;
	void *at;
	int mem;
	int ends[2];
};

/* All that can be seen of the world without changing it. */
struct state {
	struct guardslot_query slots[SLOTS];
	uint64_t content[SLOTS];
	unsigned long resident, images, image_pages, vmas;
};

static uint8_t *image_content;

/* A sum over some pages, read through /proc/self/mem, which makes none private. */
static uint64_t content_of(struct world *world, uint32_t slot)
{
	static uint64_t pages[IMAGE_LIMIT * 512];
	const off_t at = (off_t)(uintptr_t)area_at(&world->pool, slot, 0);
	uint64_t sum = 0;

	memset(pages, 0xff, sizeof(pages));
	for (int half = 0; half < 2; half++) {
		pread(world->mem, pages, IMAGE_LIMIT * PAGE, at + half * IMAGE_LIMIT * (off_t)PAGE);
		for (size_t i = 0; i < IMAGE_LIMIT; i++)
			sum = mix(mix(mix(sum) + pages[i * 512]) + pages[i * 512 + 511]);
	}
	return sum;
}

static size_t vma_count(void)
{
	static char text[1 << 16];
	size_t count = 0;

	read_file("/proc/self/maps", text, sizeof(text));
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		count++;
	return count;
}

static void see(struct world *world, struct state *state)
{
	memset(state, 0, sizeof(*state));
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		test_query(&world->pool, slot, &state->slots[slot]);
		/* A fault that failed has been one all the same. */
		state->slots[slot].out_faults = 0;
		state->content[slot] = content_of(world, slot);
	}
	state->resident = fdinfo_resident_pages(&world->pool);
	state->images = fdinfo(&world->pool, "guardslot_images");
	state->image_pages = fdinfo_image_pages(&world->pool);
	state->vmas = vma_count();
}

static struct guardslot_image_create image_at(uint64_t tag, size_t first)
{
	return (struct guardslot_image_create){
		.tag = tag,
		.areas[0] = {
			.source = (uintptr_t)image_content,
			.length = IMAGE_PAGES * PAGE,
			.offset = first * PAGE,
			.limit = (first < IMAGE_LIMIT ? IMAGE_LIMIT : PAGES) * PAGE,
		},
	};
}

static uint32_t make_image(struct world *world, uint64_t tag, size_t first)
{
	struct guardslot_image_create create = image_at(tag, first);

	test_image_create(&world->pool, &create);
	return create.out_image;
}

/*
 * Slot 0: bound to the image, all of it mapped, 16 pages its own, so that the next
 * needs a longer array. Slot 1: bound to it, never touched. Slot 2: bound to none,
 * with 5 pages. Slot 3: idle, bound to the other image, with 3 pages.
 */
static void world_make(struct world *world)
{
	memset(world, 0, sizeof(*world));
	world->fd = -1;
	world->mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	test_sys(world->mem);
	test_sys(pipe(world->ends));
	world->pool = pool_plain(SLOTS, PAGES, 0);
	world->image = make_image(world, 1, IMAGE_FIRST);
	world->other = make_image(world, 2, 0);
	for (uint32_t slot = 0; slot < 2; slot++)
		test_rebind(&world->pool, slot, world->image);
	test_rebind(&world->pool, 3, world->other);
	write_pages(area_at(&world->pool, 0, 0) + PAGE, 16, 6);
	peek(area_at(&world->pool, 0, 0) + 21 * PAGE);
	write_pages(area_at(&world->pool, 2, 0) + 60 * PAGE, 5, 7);
	write_pages(area_at(&world->pool, 3, 0), 3, 8);
	atomic_store(claim_word(&world->pool, 3), GUARDSLOT_IDLE);
}

static void world_end(struct world *world)
{
	if (world->fd >= 0)
		close(world->fd);
	close(world->ends[0]);
	close(world->ends[1]);
	close(world->mem);
	if (world->pool.fd >= 0)
		pool_close(&world->pool);
}

/* ---- the steps ----------------------------------------------------------- */

static int step_open(struct world *world)
{
	world->fd = device_open();
	return world->fd < 0 ? world->fd : 0;
}

static void prepare_open(struct world *world)
{
	world->fd = device_open();
	test_success(world->fd);
}

static int step_create(struct world *world)
{
	struct guardslot_create geometry = plain_geometry(100, PAGES);

	return do_create(world->fd, &geometry);
}

static int step_map(struct world *world)
{
	/* Far away from all else: page tables have to come as well. */
	world->at = mmap((void *)(1ul << 40), world->pool.geometry.out_map_size,
			 PROT_READ | PROT_WRITE, MAP_SHARED, world->pool.fd, 0);
	return world->at == MAP_FAILED ? -errno : 0;
}

static void undo_map(struct world *world)
{
	test_sys(munmap(world->at, world->pool.geometry.out_map_size));
}

static int step_map_claim(struct world *world)
{
	world->at = mmap(NULL, world->pool.geometry.out_claim_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED, world->pool.fd, (off_t)world->pool.geometry.out_claim_offset);
	return world->at == MAP_FAILED ? -errno : 0;
}

static void undo_map_claim(struct world *world)
{
	test_sys(munmap(world->at, world->pool.geometry.out_claim_size));
}

static int step_image_create(struct world *world)
{
	/* Across the border of two nodes. */
	struct guardslot_image_create create = image_at(3, 60);

	return do_image_create(&world->pool, &create);
}

static int step_snapshot(struct world *world)
{
	uint32_t image;

	return do_image_snapshot(&world->pool, 0, 4, &image);
}

static int step_image_destroy(struct world *world)
{
	return do_image_destroy(&world->pool, world->image);
}

static int step_write_hole(struct world *world)
{
	poke(area_at(&world->pool, 2, 0) + 3 * PAGE, 1);
	return 0;
}

static int step_write_first(struct world *world)
{
	poke(area_at(&world->pool, 1, 0) + 2 * PAGE, 1);
	return 0;
}

static int step_write_seventeenth(struct world *world)
{
	poke(area_at(&world->pool, 0, 0) + 30 * PAGE, 1);
	return 0;
}

static int step_write_shared(struct world *world)
{
	poke(area_at(&world->pool, 0, 0) + 22 * PAGE, 1);
	return 0;
}

static int step_read_shared(struct world *world)
{
	peek(area_at(&world->pool, 1, 0) + 21 * PAGE);
	return 0;
}

static int step_read_own(struct world *world)
{
	peek(area_at(&world->pool, 1, 0) + IMAGE_FIRST * PAGE);
	return 0;
}

static void prepare_map(struct world *world)
{
	test_err(0, step_map(world));
}

static int step_touch_second_map(struct world *world)
{
	poke((uint8_t *)world->at + slab_offset(&world->pool, 0, 0) + 8 * PAGE, 1);
	return 0;
}

static void prepare_pipe(struct world *world)
{
	test_eq(write(world->ends[1], "text", 4), 4);
}

/* The kernel writes into an untouched page. */
static int step_kernel_write(struct world *world)
{
	return read(world->ends[0], area_at(&world->pool, 1, 0) + 5 * PAGE, 4) == 4 ? 0 : -errno;
}

static int step_debugger_write(struct world *world)
{
	return pwrite(world->mem, "text", 4,
		      (off_t)(uintptr_t)(area_at(&world->pool, 1, 0) + 5 * PAGE)) == 4 ?
		       0 :
		       -errno;
}

static int reset_all(struct world *world, uint32_t flags, uint32_t image)
{
	const uint32_t slots[] = { 0, 1, 2, 3 };
	struct guardslot_reset cmd = {
		.flags = flags,
		.slots = (uintptr_t)slots,
		.count = SLOTS,
		.image = image,
	};

	return do_reset_cmd(&world->pool, &cmd);
}

static int step_reset(struct world *world)
{
	return reset_all(world, 0, 0);
}

static int step_rebind(struct world *world)
{
	return reset_all(world, GUARDSLOT_RESET_REBIND, world->other);
}

static int step_unbind(struct world *world)
{
	return reset_all(world, GUARDSLOT_RESET_REBIND, GUARDSLOT_IMAGE_NONE);
}

static int step_grow(struct world *world)
{
	return do_resize(&world->pool, 1, 0, PAGES * PAGE);
}

static int step_shrink(struct world *world)
{
	return do_resize(&world->pool, 0, 0, 12 * PAGE);
}

static int step_prefault(struct world *world)
{
	const uint32_t slot = 1;
	struct guardslot_prefault cmd = { .slots = (uintptr_t)&slot, .count = 1 };

	return call_prefault(&world->pool, &cmd);
}

static int step_prefault_range(struct world *world)
{
	const uint32_t slot = 1;
	struct guardslot_prefault cmd = {
		.flags = GUARDSLOT_PREFAULT_RANGE,
		.slots = (uintptr_t)&slot,
		.count = 1,
		.offset = 12 * PAGE,
		.length = 8 * PAGE,
	};

	return call_prefault(&world->pool, &cmd);
}

static int step_purge_slot(struct world *world)
{
	return do_purge(&world->pool, 0);
}

static int step_purge_image(struct world *world)
{
	struct guardslot_purge cmd = { .mode = GUARDSLOT_PURGE_IMAGE, .image = world->image };

	return do_purge_cmd(&world->pool, &cmd);
}

static int step_purge_tag(struct world *world)
{
	struct guardslot_purge cmd = { .mode = GUARDSLOT_PURGE_TAG, .tag = 2 };

	return do_purge_cmd(&world->pool, &cmd);
}

static int step_purge_idle(struct world *world)
{
	struct guardslot_purge cmd = { .mode = GUARDSLOT_PURGE_IDLE };

	return do_purge_cmd(&world->pool, &cmd);
}

static int step_query(struct world *world)
{
	struct guardslot_query query;

	return do_query(&world->pool, 2, &query);
}

static int step_info(struct world *world)
{
	struct guardslot_info info = { 0 };

	return do_info(world->pool.fd, &info);
}

/* Cuts the mapping in two, for which the kernel needs one more VMA. */
static int step_unmap_part(struct world *world)
{
	return munmap((uint8_t *)world->at + slab_offset(&world->pool, 1, 0), PAGE) ? -errno : 0;
}

static int step_unmap(struct world *world)
{
	return munmap(world->at, world->pool.geometry.out_map_size) ? -errno : 0;
}

static int step_close(struct world *world)
{
	int ret;

	munmap(world->pool.base, world->pool.geometry.out_map_size);
	munmap(world->pool.claim, world->pool.geometry.out_claim_size);
	ret = close(world->pool.fd) ? -errno : 0;
	world->pool.fd = -1;
	return ret;
}

/*
 * @error: what a failed allocation comes to, or ENOMEM; 0: nothing may fail
 * @error_at_copy: the same for a failed copy; 0: there is none, or a touch that is
 *                 made again
 * @partly: an error leaves part of the work done, as documented
 * @answers: changes something, and then copies its answer out: when that copy
 *           fails the work is done
 */
static const struct step {
	const char *name;
	int (*run)(struct world *world);
	void (*prepare)(struct world *world);
	void (*undo)(struct world *world);
	int error, error_at_copy;
	bool partly, answers, ends;
} steps[] = {
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

/* ---- the sweep ----------------------------------------------------------- */

static bool same(const struct state *a, const struct state *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/*
 * Pages may have become private and mapped, or a VMA been split; nothing else has
 * changed.
 */
static bool same_but_for_pages(const struct state *before, const struct state *after)
{
	struct state copy = *after;

	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		if (copy.slots[slot].out_resident_pages < before->slots[slot].out_resident_pages ||
		    copy.slots[slot].out_shared_pages > before->slots[slot].out_shared_pages)
			return false;
		copy.slots[slot].out_resident_pages = before->slots[slot].out_resident_pages;
		copy.slots[slot].out_shared_pages = before->slots[slot].out_shared_pages;
	}
	copy.resident = before->resident;
	copy.vmas = before->vmas;
	return same(before, &copy);
}

/* What a failed step left; @done is what a step that succeeds leaves. */
static void test_after_error(const struct step *step, unsigned int nth, enum kind kind,
			     const struct state *before, const struct state *after,
			     const struct state *done)
{
	if (same(before, after))
		return;
	if (step->partly && same_but_for_pages(before, after))
		return;
	if (step->answers && kind == COPIES && same(done, after))
		return;
	test_fail("%s, failure %u: the error has changed something", step->name, nth);
}

/* Returns whether there was an n-th thing to fail. */
static bool run_step(const struct step *step, unsigned int nth, enum kind kind,
		     const struct state *done)
{
	int expected = kind == COPIES ? step->error_at_copy : step->error, ret;
	struct state before, after;
	struct world world;
	bool hit;

	world_make(&world);
	if (step->prepare)
		step->prepare(&world);
	see(&world, &before);
	arm(nth);
	ret = step->run(&world);
	hit = disarm();
	if (!step->ends)
		see(&world, &after);
	if (ret && (!hit || !expected || (ret != expected && ret != -ENOMEM)))
		test_fail("%s, failure %u: returned %d, expected %d or success", step->name, nth,
			  ret, expected);
	if (ret)
		test_after_error(step, nth, kind, &before, &after, done);
	/* When nothing fails it succeeds, and from the same start comes to the same end. */
	if (ret && !(step->answers && kind == COPIES))
		test_err(0, step->run(&world));
	if (!step->ends && !(step->answers && kind == COPIES)) {
		see(&world, &after);
		if (!same(done, &after) && !(step->partly && same_but_for_pages(&before, &after)))
			test_fail("%s, failure %u: did not come to the same end", step->name, nth);
	}
	if (step->undo)
		step->undo(&world);
	world_end(&world);
	return hit;
}

/* What the step comes to when nothing fails. */
static void run_undisturbed(const struct step *step, struct state *done)
{
	struct world world;

	world_make(&world);
	if (step->prepare)
		step->prepare(&world);
	test_err(0, step->run(&world));
	if (!step->ends)
		see(&world, done);
	if (step->undo)
		step->undo(&world);
	world_end(&world);
}

static void sweep(enum kind kind)
{
	unsigned int total = 0;

	test_timeout(60);
	injection_start(kind);
	image_content = aligned_alloc(PAGE, IMAGE_PAGES * PAGE);
	test_ok(image_content);
	for (size_t i = 0; i < IMAGE_PAGES; i++)
		fill_page(image_content + i * PAGE, 700 + i);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct state done;
		unsigned int nth = 1;

		run_undisturbed(&steps[i], &done);
		while (run_step(&steps[i], nth, kind, &done))
			test_ok(++nth < MAX_STEPS);
		test_note("%s: %u %s failed in turn", steps[i].name, nth - 1,
			  kind == COPIES ? "copies" : "allocations");
		total += nth - 1;
	}
	test_ok(total > 50 && total < MAX_STEPS);
}

TEST_WHEN(is_debug_kernel,
	  "each allocation of each call and each fault fails in turn, and nothing breaks")
{
	sweep(ALLOCATIONS);
}

TEST_WHEN(is_debug_kernel, "each copy from and to user space fails in turn, and nothing breaks")
{
	sweep(COPIES);
}

TEST_MAIN()
