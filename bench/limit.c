// SPDX-License-Identifier: MIT
/*
 * The physical limit: the dirty pages are known, and nothing but their content is
 * restored, without guard regions and without a system call.
 */
#include "mapping.h"
#include "workload.h"

static void limit_reset(struct workload *work)
{
	for (uint32_t slot = 0; slot < work->slots; slot++)
		for (uint32_t i = 0; i < work->count; i++)
			workload_restore_page(work, work->base[slot], work->pages[i]);
}

const struct contender contender_limit = {
	.name = "limit",
	.slots = 1,
	.init = mapping_init,
	.reset = limit_reset,
	.uninit = mapping_uninit,
};
