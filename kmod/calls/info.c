// SPDX-License-Identifier: GPL-2.0-only
/* INFO: the version, the features and the limits of this kernel's ABI. */
#include <linux/mm.h>

#include "calls/calls.h"
#include "calls/vector.h"
#include "objects/pages.h"
#include "objects/pool.h"

int gs_call_info(struct gs_cmd *cmd)
{
	struct guardslot_info *args = &cmd->arg.info;

	args->out_abi_version = GUARDSLOT_ABI_VERSION;
	args->out_page_size = PAGE_SIZE;
	args->out_features = GUARDSLOT_FEATURE_SNAPSHOT | GUARDSLOT_FEATURE_SHARED_PAGES |
			     GUARDSLOT_FEATURE_WRITE_SETS | GUARDSLOT_FEATURE_RECLAIM |
			     GUARDSLOT_FEATURE_ACCESS |
			     (IS_ENABLED(CONFIG_IO_URING) ? GUARDSLOT_FEATURE_URING : 0);
	args->out_max_slots = GS_POOL_MAX_SLOTS;
	args->out_max_areas = GUARDSLOT_MAX_AREAS;
	args->out_max_map_size = gs_pages_to_bytes(gs_pool_max_pages());
	args->out_max_vector = GS_VECTOR_MAX;
	args->out_claim_stride = GS_CLAIM_STRIDE;
	return gs_cmd_reply(cmd);
}
