// SPDX-License-Identifier: MIT
/*
 * The whole memory is written again, whatever the tenant wrote, so that every page
 * becomes resident and stays so.
 */
#include "mapping.h"
#include "workload.h"

static void copy_all_reset(struct workload *work)
{
	for (uint32_t slot = 0; slot < work->slots; slot++)
		workload_restore_range(work, work->base[slot], 0, work->memory);
}

const struct contender contender_copy_all = {
	.name = "copy_all",
	.slots = 1,
	.init = mapping_init,
	.reset = copy_all_reset,
	.uninit = mapping_uninit,
};
