// SPDX-License-Identifier: MIT
/* States that userfaultfd makes. */
#include "entries.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "uffd.h"

/* From linux/userfaultfd.h of Linux 6.6. */
#define FEATURE_POISON (1 << 14)

struct poison {
	struct uffdio_range range;
	uint64_t mode;
	int64_t updated;
};

#define IOC_POISON _IOWR(UFFDIO, 0x08, struct poison)

static int uffd = -1;

/* A descriptor for this process with these features; -1: there is none. */
static int open_with(uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (fd >= 0 && ioctl(fd, UFFDIO_API, &api)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool offers(uint64_t features)
{
	int fd = open_with(features);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void begin_with(uint64_t features)
{
	uffd = open_with(features);
	test_ok(uffd >= 0);
}

static void end(void)
{
	close(uffd);
	uffd = -1;
}

static bool watch(unsigned char *start, size_t length, uint64_t mode)
{
	struct uffdio_register watched = {
		.range = { (uintptr_t)start, length },
		.mode = mode,
	};

	return ioctl(uffd, UFFDIO_REGISTER, &watched) == 0;
}

/* What is there stays. */
static void unwatch(unsigned char *start, size_t length)
{
	struct uffdio_range range = { (uintptr_t)start, length };

	test_sys(ioctl(uffd, UFFDIO_UNREGISTER, &range));
}

/* Pages are put into memory that has none. */
static bool watch_empty(unsigned char *start, size_t length)
{
	if (!watch(start, length, UFFDIO_REGISTER_MODE_MISSING))
		return false;
	test_sys(madvise(start, length, MADV_DONTNEED));
	return true;
}

static bool plain(void)
{
	return offers(0);
}

static void plain_begin(void)
{
	begin_with(0);
}

static bool zero(unsigned char *start, size_t length)
{
	struct uffdio_zeropage pages = { .range = { (uintptr_t)start, length } };

	if (!watch_empty(start, length))
		return false;
	test_sys(ioctl(uffd, UFFDIO_ZEROPAGE, &pages));
	unwatch(start, length);
	return true;
}

const struct entry_state entry_uffd_zero = {
	.shows = ENTRY_SHOWS_ZERO,
	.fill = ENTRY_ANY_FILL,
	.possible = plain,
	.begin = plain_begin,
	.make = zero,
	.end = end,
};

static bool copy(unsigned char *start, size_t length)
{
	unsigned char *bytes = malloc(length);
	struct uffdio_copy pages = {
		.dst = (uintptr_t)start,
		.src = (uintptr_t)bytes,
		.len = length,
	};

	test_ok(bytes);
	memcpy(bytes, start, length);
	if (!watch_empty(start, length)) {
		free(bytes);
		return false;
	}
	test_sys(ioctl(uffd, UFFDIO_COPY, &pages));
	unwatch(start, length);
	free(bytes);
	return true;
}

const struct entry_state entry_uffd_copy = {
	.fill = ENTRY_ANY_FILL,
	.counts = true,
	.possible = plain,
	.begin = plain_begin,
	.make = copy,
	.end = end,
};

/* Faults of writing are then resolved by the kernel. */
static bool protects(void)
{
	return offers(UFFD_FEATURE_WP_UNPOPULATED | UFFD_FEATURE_WP_ASYNC);
}

static void protect_begin(void)
{
	begin_with(UFFD_FEATURE_WP_UNPOPULATED | UFFD_FEATURE_WP_ASYNC);
}

/* Where there was no page, a marker remains of it. */
static bool protect(unsigned char *start, size_t length)
{
	struct uffdio_writeprotect range = {
		.range = { (uintptr_t)start, length },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

	if (!watch(start, length, UFFDIO_REGISTER_MODE_WP))
		return false;
	test_sys(ioctl(uffd, UFFDIO_WRITEPROTECT, &range));
	return true;
}

const struct entry_state entry_uffd_protected = {
	.fill = ENTRY_ANY_FILL,
	.counts = true,
	.possible = protects,
	.begin = protect_begin,
	.make = protect,
	.end = end,
};

static bool poisons(void)
{
	return offers(FEATURE_POISON);
}

static void poison_begin(void)
{
	begin_with(FEATURE_POISON);
}

static bool poison(unsigned char *start, size_t length)
{
	struct poison pages = { .range = { (uintptr_t)start, length } };

	if (!watch_empty(start, length))
		return false;
	test_sys(ioctl(uffd, IOC_POISON, &pages));
	unwatch(start, length);
	return true;
}

const struct entry_state entry_uffd_poison = {
	.shows = ENTRY_FAULTS,
	.fill = ENTRY_ANY_FILL,
	.possible = poisons,
	.begin = poison_begin,
	.make = poison,
	.end = end,
};
