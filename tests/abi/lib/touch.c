// SPDX-License-Identifier: MIT
/* Writes to pages until a signal ends one. */
#include "touch.h"

#include "memory.h"
#include "pool.h"

size_t touch_pages(struct pool *pool, uint32_t slot, size_t pages)
{
	for (volatile size_t i = 0; i < pages; i++) {
		if (sigsetjmp(*tap_signal_arm(), 1) != 0)
			return i;
		poke(area_at(pool, slot, 0) + i * PAGE, (uint8_t)(i + 1));
		tap_signal_disarm();
	}
	return pages;
}
