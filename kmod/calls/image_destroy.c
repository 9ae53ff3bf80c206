// SPDX-License-Identifier: GPL-2.0-only
/* IMAGE_DESTROY: an image loses its id; slots that are bound to it keep it. */
#include "calls/calls.h"
#include "objects/image.h"
#include "objects/pool.h"

int gs_call_image_destroy(struct gs_cmd *cmd)
{
	const struct guardslot_image_destroy *args = &cmd->arg.image_destroy;
	struct gs_image *image;

	if (args->__reserved)
		return -EOPNOTSUPP;
	image = gs_image_table_remove(&cmd->pool->images, args->image);
	if (!image)
		return -ENOENT;
	gs_image_put(image);
	return 0;
}
