// SPDX-License-Identifier: MIT
/*
 * /dev/guardslot without libshim: the calls of guardslot(4), one after the other,
 * and what each does to one slot. It is for programs that cannot link the library,
 * and for readers who want to see the calls that the library makes.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <guardslot.h>

#define SLOTS 4
#define AREA_PAGES 16

static int device;
static uint64_t page;
static unsigned char *slab;
static unsigned char *claims;

static sigjmp_buf guard_jump;

/* Every struct starts with its own size, and its unused fields must be 0. */
static void call(unsigned long number, const char *name, void *arg)
{
	if (ioctl(device, number, arg))
		err(1, "%s", name);
}

/* ---- pool --------------------------------------------------------------- */

static void pool_info(void)
{
	struct guardslot_info info = { .size = sizeof(info) };

	call(GUARDSLOT_IOC_INFO, "INFO", &info);
	printf("info: ABI %" PRIu32 ", up to %" PRIu32 " slots, %" PRIu32 " in one call\n",
	       info.out_abi_version, info.out_max_slots, info.out_max_vector);
	page = info.out_page_size;
}

static void *map(uint64_t length, uint64_t offset)
{
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, device, (off_t)offset);

	if (at == MAP_FAILED)
		err(1, "mmap");
	return at;
}

static void pool_create(void)
{
	struct guardslot_create create = {
		.size = sizeof(create),
		.slots = SLOTS,
		.area_count = 1,
		.areas = { {
			.reserve = AREA_PAGES * page,
			.guard = AREA_PAGES * page,
			.max = AREA_PAGES * page,
			.initial = 4 * page,
		} },
	};

	call(GUARDSLOT_IOC_CREATE, "CREATE", &create);
	/* One map for all slots and guards, and one for the claim words. */
	slab = map(create.out_map_size, 0);
	claims = map(create.out_claim_size, create.out_claim_offset);
	/*
	 * Without a pre-guard slot s begins at s * out_stride, and its claim word lies at
	 * s * out_claim_stride of INFO. Here s is always 0.
	 */
	printf("create: %d slots, one every %" PRIu64 " pages\n", SLOTS,
	       (uint64_t)create.out_stride / page);
}

/* ---- what a tenant does -------------------------------------------------- */

static void on_segv(int number)
{
	(void)number;
	siglongjmp(guard_jump, 1);
}

static void touch(const char *what, uint64_t offset)
{
	volatile unsigned char *at = slab + offset;

	if (sigsetjmp(guard_jump, 1)) {
		printf("%s: SIGSEGV, as it should be\n", what);
		return;
	}
	*at = 'X';
	printf("%s: written\n", what);
}

static void show(const char *when)
{
	struct guardslot_query query = { .size = sizeof(query), .slot = 0 };

	call(GUARDSLOT_IOC_QUERY, "QUERY", &query);
	printf("%s: \"%.5s\", limit %" PRIu64 " pages, %" PRIu32 " private, %" PRIu64
	       " resets, %" PRIu64 " guard hits\n",
	       when, (const char *)slab, (uint64_t)query.out_limit[0] / page,
	       query.out_resident_pages, (uint64_t)query.out_resets,
	       (uint64_t)query.out_guard_hits);
}

/* ---- images and slots ---------------------------------------------------- */

static uint32_t image_create(void)
{
	static const char content[] = "hello";
	struct guardslot_image_create image = {
		.size = sizeof(image),
		.tag = 1,
		.areas = { {
			.source = (uintptr_t)content,
			.length = sizeof(content),
			.limit = 4 * page,
		} },
	};

	call(GUARDSLOT_IOC_IMAGE_CREATE, "IMAGE_CREATE", &image);
	return image.out_image;
}

/* With GUARDSLOT_RESET_REBIND the slots are bound to the image first. */
static void reset(uint32_t flags, uint32_t image)
{
	uint32_t slots[SLOTS] = { 0, 1, 2, 3 };
	struct guardslot_reset reset = {
		.size = sizeof(reset),
		.flags = flags,
		.slots = (uintptr_t)slots,
		.count = SLOTS,
		.image = image,
	};

	call(GUARDSLOT_IOC_RESET, "RESET", &reset);
	if (reset.out_done != SLOTS)
		errx(1, "RESET: %" PRIu32 " slots done", reset.out_done);
}

static void resize(uint64_t limit)
{
	struct guardslot_resize resize = {
		.size = sizeof(resize),
		.slot = 0,
		.area = 0,
		.limit = limit,
	};

	call(GUARDSLOT_IOC_RESIZE, "RESIZE", &resize);
}

static uint32_t purge(uint32_t mode, uint64_t tag)
{
	struct guardslot_purge purge = { .size = sizeof(purge), .mode = mode, .tag = tag };

	call(GUARDSLOT_IOC_PURGE, "PURGE", &purge);
	return purge.out_done;
}

/*
 * Releases slot 0, which was reset, and claims it again. While its claim word is IDLE
 * the kernel may take its pages. Claiming it makes no system call.
 */
static void release_and_claim(void)
{
	_Atomic uint32_t *word = (_Atomic uint32_t *)claims;
	uint32_t idle = GUARDSLOT_IDLE;

	atomic_store_explicit(word, GUARDSLOT_IDLE, memory_order_release);
	printf("idle: %" PRIu32 " slot purged\n", purge(GUARDSLOT_PURGE_IDLE, 0));
	/* The word is RECLAIM while the kernel takes the pages: try again. */
	while (!atomic_compare_exchange_weak_explicit(word, &idle, GUARDSLOT_ACTIVE,
						      memory_order_acquire, memory_order_relaxed))
		idle = GUARDSLOT_IDLE;
}

int main(void)
{
	struct guardslot_image_destroy destroy = { .size = sizeof(destroy) };

	signal(SIGSEGV, on_segv);
	device = open(GUARDSLOT_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0)
		err(1, "%s", GUARDSLOT_DEVICE);
	pool_info();
	pool_create();
	destroy.image = image_create();
	reset(GUARDSLOT_RESET_REBIND, destroy.image);
	show("bound");

	touch("in the first page", 0);
	touch("at the limit", 4 * page);
	resize(8 * page);
	touch("the same, grown", 4 * page);
	show("used");
	reset(0, 0);
	show("reset");
	touch("at the limit again", 4 * page);

	release_and_claim();
	show("purged");
	call(GUARDSLOT_IOC_IMAGE_DESTROY, "IMAGE_DESTROY", &destroy);
	printf("tag 1: %" PRIu32 " slots purged\n", purge(GUARDSLOT_PURGE_TAG, 1));
	show("bound to no image");
	close(device);
	return 0;
}
