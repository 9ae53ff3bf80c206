// SPDX-License-Identifier: MIT
/* Finds lines in the fdinfo of a pool. */
#include "fdinfo.h"

#include "file.h"

unsigned long fdinfo(const struct pool *pool, const char *word)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pool->fd);
	return get_number(path, word);
}

unsigned long fdinfo_resident_pages(const struct pool *pool)
{
	return fdinfo(pool, "guardslot_resident") * 1024 / PAGE;
}

unsigned long fdinfo_image_pages(const struct pool *pool)
{
	return fdinfo(pool, "guardslot_image_pages") * 1024 / PAGE;
}

unsigned long fdinfo_spare_pages(const struct pool *pool)
{
	return fdinfo(pool, "guardslot_spare") * 1024 / PAGE;
}
