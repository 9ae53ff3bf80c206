// SPDX-License-Identifier: MIT
/*
 * userfaultfd's asynchronous modes find the pages that were written since the last reset
 * rather than those that are the process's own: the kernel resolves each fault by itself,
 * and PAGEMAP_SCAN reports and protects pages, in one call for adjacent slots.
 *
 * Pages are copied before they are protected, or the copy would fault and count as written.
 * With private maps that takes two scans. Where the slots are shared maps of a file that is
 * mapped a second time, the scan protects as it finds, and the copy goes through the second
 * map; but a slot is not a copy on write of its image then, and has all of it in memory.
 *
 * The read-write variant makes pages inaccessible until they are touched. PAGEMAP_SCAN does
 * not protect in that mode, so it takes a call a slot.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mapping.h"
#include "mmap/pagemap_abi.h"
#include "uffd.h"
#include "uffd_abi.h"
#include "workload.h"

/* Slots in a cycle. With 64 a slot costs no less. */
#define TRACKED 16
/* The kernel's own buffer has as many. */
#define REGIONS 512

/* @shared: the file of all slots, mapped at @alias too; else -1 */
struct tracker {
	struct mapping mapping;
	int uffd;
	int pagemap;
	int shared;
	uint8_t *alias;
};

/* ---- the kernel's calls ------------------------------------------------------- */

static int uffd_open(uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);

	if (fd >= 0 && ioctl(fd, UFFDIO_API, &api)) {
		close(fd);
		return -1;
	}
	return fd;
}

int uffd_wp_open(void)
{
	return uffd_open(UFFD_WP_ASYNC);
}

static void watch(int uffd, uint8_t *base, uint64_t length, uint64_t mode)
{
	struct uffdio_register arg = { .range = { (uintptr_t)base, length }, .mode = mode };

	if (ioctl(uffd, UFFDIO_REGISTER, &arg))
		die("UFFDIO_REGISTER: %m");
}

void uffd_wp_watch(int uffd, uint8_t *base, uint64_t length)
{
	watch(uffd, base, length, UFFDIO_REGISTER_MODE_WP);
}

static void slots_watch(const struct workload *work, uint64_t mode)
{
	const struct tracker *tracker = work->own;

	for (uint32_t slot = 0; slot < work->slots; slot++)
		watch(tracker->uffd, work->base[slot], work->memory, mode);
}

static int scan(int pagemap, uint64_t flags, uint64_t unwritten, uint64_t touched, uint64_t *at,
		uint64_t end, struct pagemap_region *regions)
{
	struct pagemap_scan arg = {
		.size = sizeof(arg),
		.flags = flags,
		.start = *at,
		.end = end,
		.vec = (uintptr_t)regions,
		.vec_len = REGIONS,
		.category_inverted = unwritten,
		.category_mask = PAGEMAP_PRESENT | unwritten | touched,
	};
	int found = ioctl(pagemap, PAGEMAP_SCAN_IOCTL, &arg);

	if (found < 0)
		die("PAGEMAP_SCAN: %m");
	*at = arg.walk_end;
	return found;
}

static void slot_rwprotect(const struct tracker *tracker, uint64_t start, uint64_t end)
{
	struct uffd_rwprotect arg = { { start, end - start }, UFFD_RWPROTECT_MODE_RWP };

	if (ioctl(tracker->uffd, UFFD_RWPROTECT, &arg))
		die("UFFDIO_RWPROTECT: %m");
}

/* ---- resets --------------------------------------------------------------------- */

/*
 * The zero page is there because it was read. So may a page of the image be, but to ask for
 * that costs more in each scan than to make it private once, after which it is protected.
 */
#define PRIVATE_UNWRITTEN PAGEMAP_PFNZERO
#define WRITTEN (PAGEMAP_WPALLOWED | PAGEMAP_WRITTEN)

static uint64_t slots_end(const struct workload *work)
{
	return (uintptr_t)work->base[work->slots - 1] + work->memory;
}

static uint32_t region_slot(const struct workload *work, const struct pagemap_region *region)
{
	uint64_t first = (uintptr_t)work->base[0];

	if (work->slots == 1)
		return 0;
	return (uint32_t)((region->start - first) / ((uintptr_t)work->base[1] - first));
}

static void region_restore(const struct workload *work, uint8_t *to, uint32_t slot,
			   const struct pagemap_region *region)
{
	uint64_t start = (uintptr_t)work->base[slot];

	workload_restore_range(work, to, region->start - start, region->end - start);
}

void uffd_wp_restore(int pagemap, const struct workload *work)
{
	uint64_t start = (uintptr_t)work->base[0], at = start, end = slots_end(work);
	struct pagemap_region regions[REGIONS];

	while (at < end) {
		int found = scan(pagemap, 0, PRIVATE_UNWRITTEN, WRITTEN, &at, end, regions);

		for (int i = 0; i < found; i++) {
			uint32_t slot = region_slot(work, &regions[i]);

			region_restore(work, work->base[slot], slot, &regions[i]);
		}
	}
	for (at = start; at < end;)
		scan(pagemap, PAGEMAP_SCAN_WP_MATCHING, PRIVATE_UNWRITTEN, WRITTEN, &at, end,
		     regions);
}

static void wp_reset(struct workload *work)
{
	const struct tracker *tracker = work->own;

	uffd_wp_restore(tracker->pagemap, work);
}

static void wp_shared_reset(struct workload *work)
{
	const struct tracker *tracker = work->own;
	uint64_t at = (uintptr_t)work->base[0], end = slots_end(work);
	uint8_t *alias = tracker->alias + work->first * work->memory;
	struct pagemap_region regions[REGIONS];

	while (at < end) {
		int found = scan(tracker->pagemap, PAGEMAP_SCAN_WP_MATCHING, 0, WRITTEN, &at, end,
				 regions);

		for (int i = 0; i < found; i++) {
			uint32_t slot = region_slot(work, &regions[i]);

			region_restore(work, alias + slot * work->memory, slot, &regions[i]);
		}
	}
}

static void rwp_reset(struct workload *work)
{
	const struct tracker *tracker = work->own;
	uint64_t at = (uintptr_t)work->base[0], end = slots_end(work), first = at, last = at;
	struct pagemap_region regions[REGIONS];
	uint32_t slot = 0;

	while (at < end) {
		int found = scan(tracker->pagemap, 0, PRIVATE_UNWRITTEN, PAGEMAP_ACCESSED, &at, end,
				 regions);

		for (int i = 0; i < found; i++) {
			uint32_t next = region_slot(work, &regions[i]);

			if (next != slot || first == last) {
				if (first < last)
					slot_rwprotect(tracker, first, last);
				slot = next;
				first = regions[i].start;
			}
			last = regions[i].end;
			region_restore(work, work->base[slot], slot, &regions[i]);
		}
	}
	if (first < last)
		slot_rwprotect(tracker, first, last);
}

/* ---- slots ------------------------------------------------------------------------ */

static void tracker_uninit(struct workload *work)
{
	struct tracker *tracker = work->own;

	mapping_destroy(&tracker->mapping);
	if (tracker->shared >= 0) {
		munmap(tracker->alias, work->slots * work->memory);
		close(tracker->shared);
	}
	close(tracker->pagemap);
	close(tracker->uffd);
	free(tracker);
}

static const char *tracker_init(struct workload *work, uint64_t features)
{
	struct tracker *tracker = allocate(1, sizeof(*tracker));

	tracker->shared = -1;
	tracker->uffd = uffd_open(features);
	if (tracker->uffd < 0) {
		free(tracker);
		return features == UFFD_WP_ASYNC ? "this kernel has no UFFD_FEATURE_WP_ASYNC" :
						   "this kernel has no UFFD_FEATURE_RWP_ASYNC";
	}
	tracker->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (tracker->pagemap < 0)
		die("/proc/self/pagemap: %m");
	mapping_create(&tracker->mapping, work);
	work->own = tracker;
	return NULL;
}

static const char *wp_init(struct workload *work)
{
	const char *why = tracker_init(work, UFFD_WP_ASYNC);

	if (!why)
		slots_watch(work, UFFDIO_REGISTER_MODE_WP);
	return why;
}

static const char *rwp_init(struct workload *work)
{
	const char *why = tracker_init(work, UFFD_RWP | UFFD_RWP_ASYNC);

	if (!why)
		slots_watch(work, UFFD_REGISTER_MODE_RWP);
	return why;
}

/* Shared maps in the place of the private ones, with the image in all of them. */
static const char *wp_shared_init(struct workload *work)
{
	const char *why = tracker_init(work, UFFD_WP_ASYNC);
	struct tracker *tracker = work->own;
	uint64_t length = work->slots * work->memory;

	if (why)
		return why;
	tracker->shared = memfd_create("slots", MFD_CLOEXEC);
	if (tracker->shared < 0 || ftruncate(tracker->shared, (off_t)length))
		die("cannot make a file of slots: %m");
	tracker->alias = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, tracker->shared, 0);
	if (tracker->alias == MAP_FAILED)
		die("cannot map slots twice: %m");
	for (uint32_t slot = 0; slot < work->slots; slot++) {
		uint64_t at = slot * work->memory;

		if (mmap(work->base[slot], work->memory, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, tracker->shared, (off_t)at) == MAP_FAILED)
			die("cannot map a slot: %m");
		workload_restore_range(work, tracker->alias + at, 0, work->image);
	}
	slots_watch(work, UFFDIO_REGISTER_MODE_WP);
	return NULL;
}

const struct contender contender_uffd_wp_async = {
	.name = "uffd_wp_async",
	.slots = TRACKED,
	.init = wp_init,
	.reset = wp_reset,
	.uninit = tracker_uninit,
};

const struct contender contender_uffd_wp_async_shared = {
	.name = "uffd_wp_async_shared",
	.slots = TRACKED,
	.init = wp_shared_init,
	.reset = wp_shared_reset,
	.uninit = tracker_uninit,
};

const struct contender contender_uffd_rwp_async = {
	.name = "uffd_rwp_async",
	.slots = TRACKED,
	.init = rwp_init,
	.reset = rwp_reset,
	.uninit = tracker_uninit,
};
