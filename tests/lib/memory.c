// SPDX-License-Identifier: MIT
/* Touches and maps memory. */
#include "memory.h"

uint8_t peek(const void *at)
{
	return *(const volatile uint8_t *)at;
}

void poke(void *at, uint8_t value)
{
	*(volatile uint8_t *)at = value;
}

void read_pages(const uint8_t *at, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		peek(at + i * PAGE);
}

void write_pages(uint8_t *at, size_t pages, uint8_t value)
{
	for (size_t i = 0; i < pages; i++)
		poke(at + i * PAGE, value);
}

uint8_t *map_shared(int fd, size_t size, uint64_t offset)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);

	if (at == MAP_FAILED)
		test_fail("mmap of %zu at %#lx: %s", size, (unsigned long)offset, strerror(errno));
	return at;
}

uint8_t *map_private(size_t size)
{
	uint8_t *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	test_ok(at != MAP_FAILED);
	madvise(at, size, MADV_NOHUGEPAGE);
	return at;
}

void *before_hole(size_t room)
{
	uint8_t *at =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	test_ok(at != MAP_FAILED);
	/* Not unmapped: the next mmap() would take the place. */
	test_sys(mprotect(at + PAGE, PAGE, PROT_NONE));
	return at + PAGE - room;
}
