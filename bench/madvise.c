// SPDX-License-Identifier: MIT
/*
 * The tenant's pages are dropped; the next one faults them in again, from the
 * image file or as zeroes.
 */
#include "mapping.h"

static void madvise_reset(struct workload *work)
{
	for (uint32_t slot = 0; slot < work->slots; slot++)
		pages_drop(work->base[slot], work->memory);
}

const struct contender contender_madvise = {
	.name = "madvise",
	.slots = 1,
	.drops_pages = true,
	.init = mapping_init,
	.reset = madvise_reset,
	.uninit = mapping_uninit,
};
