// SPDX-License-Identifier: MIT
/* Slots of mmap() and mprotect(), and the memfd of their image. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mapping.h"

int image_file_create(const uint8_t *content, uint64_t length)
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	if (fd < 0 || write(fd, content, length) != (ssize_t)length)
		die("cannot make an image file: %m");
	return fd;
}

void image_file_map(uint8_t *base, uint64_t length, int file)
{
	if (mmap(base, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file, 0) ==
	    MAP_FAILED)
		die("cannot map an image: %m");
}

void pages_drop(uint8_t *base, uint64_t length)
{
	if (madvise(base, length, MADV_DONTNEED))
		die("madvise(MADV_DONTNEED): %m");
}

/* With huge pages the contenders would copy 2 MiB for a word. */
static void slot_map(const struct mapping *mapping, const struct workload *work, uint8_t *base)
{
	if (mprotect(base, work->memory, PROT_READ | PROT_WRITE))
		die("mprotect: %m");
	if (madvise(base, work->memory, MADV_NOHUGEPAGE))
		die("madvise(MADV_NOHUGEPAGE): %m");
	if (mapping->memfd >= 0)
		image_file_map(base, work->image, mapping->memfd);
}

void mapping_create(struct mapping *mapping, struct workload *work)
{
	mapping->stride = RESERVE + GUARD;
	mapping->length = work->slots * mapping->stride;
	mapping->memfd = -1;
	if (work->image)
		mapping->memfd = image_file_create(work->content, work->image);
	mapping->start = mmap(NULL, mapping->length, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mapping->start == MAP_FAILED)
		die("no address space for %u slots: %m", work->slots);
	for (uint32_t i = 0; i < work->slots; i++) {
		work->base[i] = mapping->start + i * mapping->stride;
		slot_map(mapping, work, work->base[i]);
	}
}

void mapping_destroy(struct mapping *mapping)
{
	munmap(mapping->start, mapping->length);
	if (mapping->memfd >= 0)
		close(mapping->memfd);
}

const char *mapping_init(struct workload *work)
{
	struct mapping *mapping = allocate(1, sizeof(*mapping));

	mapping_create(mapping, work);
	work->own = mapping;
	return NULL;
}

void mapping_uninit(struct workload *work)
{
	mapping_destroy(work->own);
	free(work->own);
}
