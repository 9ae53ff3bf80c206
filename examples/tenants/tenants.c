// SPDX-License-Identifier: MIT
/*
 * A server that runs the requests of several tenants in slots: which slot a request
 * gets, and when pages go back to the system.
 *
 *	tenants [device|mmap]
 *
 * Each tenant deploys a program, which becomes an image with the tenant's number as
 * its tag. A request runs in a slot bound to that image, and the slot is reset before
 * it is released. In this program the function run() takes the place of the tenants'
 * code.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libshim.h>

#define SLOTS 4
#define LIMIT 4	 /* pages of a slot that a request starts with */
#define MAX 64	 /* pages that it can grow to */
#define BUFFER 1 /* page at which the program's own memory starts */
#define ANY_IMAGE UINT32_MAX

struct tenant {
	const char *name;
	uint64_t tag;
	uint32_t image;
};

static uint64_t page_size;

static void check(int error)
{
	if (error)
		errx(1, "%s (%s)", shim_error(), strerror(-error));
}

/* A slot of no tenant has no accessible byte: its limit is 0. */
static struct shim_pool *pool_make(enum shim_backend backend)
{
	struct shim_pool_config config = {
		.size = sizeof(config),
		.backend = backend,
		.slots = SLOTS,
		.area_count = 1,
		.flags = SHIM_POOL_IDLE,
		.areas = { {
			.reserve = MAX * page_size,
			.guard = MAX * page_size,
			.max = MAX * page_size,
		} },
	};
	struct shim_pool *pool;

	check(shim_pool_create(&config, &pool));
	return pool;
}

static void deploy(struct shim_pool *pool, struct tenant *tenant, const char *program)
{
	struct shim_image_area area = {
		.source = program,
		.length = strlen(program) + 1,
		.limit = LIMIT * page_size,
	};

	check(shim_image_create(pool, tenant->tag, &area, 1, &tenant->image));
}

/* ---- requests ----------------------------------------------------------- */

/* Claims an idle slot that is bound to the image; SLOTS when there is none. */
static uint32_t slot_claim(struct shim_pool *pool, uint32_t image)
{
	struct shim_slot_info info = { .size = sizeof(info) };

	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		/* Fails for a slot in use, or of which the kernel is taking pages. */
		if (shim_slot_claim(pool, slot))
			continue;
		check(shim_slot_query(pool, slot, &info));
		if (image == ANY_IMAGE || image == info.image)
			return slot;
		check(shim_slot_release(pool, &slot, 1, SHIM_RELEASE_KEEP, NULL));
	}
	return SLOTS;
}

/* One of the tenant's, else one of none, else one that another tenant does not use. */
static uint32_t slot_get(struct shim_pool *pool, const struct tenant *tenant)
{
	uint32_t slot = slot_claim(pool, tenant->image);

	if (slot < SLOTS)
		return slot;
	slot = slot_claim(pool, SHIM_IMAGE_NONE);
	if (slot == SLOTS)
		slot = slot_claim(pool, ANY_IMAGE);
	if (slot == SLOTS)
		errx(1, "all slots are in use");
	check(shim_slot_rebind(pool, &slot, 1, tenant->image, NULL));
	return slot;
}

/* A request that writes more than LIMIT pages grows its slot, as a program would. */
static void grow(struct shim_pool *pool, uint32_t slot, uint64_t pages)
{
	uint64_t old_limit, made;

	check(shim_slot_resize(pool, slot, 0, pages * page_size, &old_limit));
	/* It is going to write all of them: one call instead of a fault for each. */
	check(shim_slot_prefault_range(pool, &slot, 1, 0, old_limit, pages * page_size - old_limit,
				       &made, NULL));
	printf("  grown from %" PRIu64 " to %" PRIu64 " pages, %" PRIu64 " of them made\n",
	       old_limit / page_size, pages, made);
}

static void run(struct shim_pool *pool, const struct tenant *tenant, uint64_t pages)
{
	uint32_t slot = slot_get(pool, tenant);
	char *memory = (char *)shim_slot_address(pool, slot, 0);

	printf("%s, slot %" PRIu32 ": %s\n", tenant->name, slot, memory);
	if (pages > LIMIT)
		grow(pool, slot, pages);
	for (uint64_t page = BUFFER; page < pages; page++)
		memset(memory + page * page_size, 'x', 100);
	memset(memory, 0, 10);
	/* This resets it first: what the request left is gone before the slot is free. */
	check(shim_slot_release(pool, &slot, 1, 0, NULL));
}

/* ---- between requests --------------------------------------------------- */

/* Binds the slots of no tenant to this one before its requests come. */
static void warm_up(struct shim_pool *pool, const struct tenant *tenant)
{
	uint32_t slots[SLOTS], count = 0, slot;
	uint64_t pages;

	while ((slot = slot_claim(pool, SHIM_IMAGE_NONE)) < SLOTS)
		slots[count++] = slot;
	check(shim_slot_rebind(pool, slots, count, tenant->image, NULL));
	/* The pages that requests of this program were seen to write. */
	check(shim_slot_prefault(pool, slots, count, &pages, NULL));
	printf("%s warm: %" PRIu32 " slots, %" PRIu64 " pages made\n", tenant->name, count, pages);
	/* Nobody ran in them. */
	check(shim_slot_release(pool, slots, count, SHIM_RELEASE_KEEP, NULL));
}

/* No request for a while: the pages go, and the slots stay bound to the program. */
static void rest(struct shim_pool *pool, const struct tenant *tenant)
{
	uint32_t purged;

	check(shim_pool_purge_image(pool, tenant->image, &purged));
	printf("%s rests: %" PRIu32 " slots purged\n", tenant->name, purged);
}

/* By the tag, slots of the old image are found after it was destroyed. */
static void replace(struct shim_pool *pool, struct tenant *tenant, const char *program)
{
	uint32_t purged;

	check(shim_image_destroy(pool, tenant->image));
	check(shim_pool_purge_tag(pool, tenant->tag, &purged));
	printf("%s replaced: %" PRIu32 " slots purged\n", tenant->name, purged);
	deploy(pool, tenant, program);
}

static uint64_t resident_pages(struct shim_pool *pool)
{
	struct shim_slot_info info = { .size = sizeof(info) };
	uint64_t pages = 0;

	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		check(shim_slot_query(pool, slot, &info));
		pages += info.resident_pages;
	}
	return pages;
}

static enum shim_backend backend_get(int argc, char **argv)
{
	if (argc < 2)
		return SHIM_BACKEND_BEST;
	return strcmp(argv[1], "mmap") ? SHIM_BACKEND_DEVICE : SHIM_BACKEND_MMAP;
}

int main(int argc, char **argv)
{
	struct tenant ada = { .name = "ada", .tag = 1 }, bob = { .name = "bob", .tag = 2 };
	struct shim_pool *pool;
	uint32_t purged;

	page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	pool = pool_make(backend_get(argc, argv));
	deploy(pool, &ada, "count words");
	deploy(pool, &bob, "sort lines");

	run(pool, &ada, 3);
	run(pool, &bob, 3);
	run(pool, &ada, 3); /* in the slot that is bound to it */
	run(pool, &bob, 16);
	warm_up(pool, &ada);
	run(pool, &ada, 3);
	rest(pool, &bob);
	replace(pool, &ada, "count letters");
	run(pool, &ada, 3);

	/* No request of anybody: what the idle slots keep goes as well. */
	check(shim_pool_purge_idle(pool, &purged));
	printf("all rest: %" PRIu32 " slots purged, %" PRIu64 " pages resident\n", purged,
	       resident_pages(pool));
	shim_pool_destroy(pool);
	return 0;
}
