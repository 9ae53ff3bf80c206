// SPDX-License-Identifier: GPL-2.0-only
/* The end of the calls that make an image: its id is reserved, answered, published. */
#include "calls/calls.h"
#include "objects/image.h"
#include "objects/pool.h"

/*
 * *out_image is where the answer's id goes. Takes over the caller's reference when
 * it succeeds.
 */
int gs_call_image_answer(struct gs_cmd *cmd, struct gs_image *image, __u32 *out_image)
{
	struct gs_image_table *images = &cmd->pool->images;
	int ret;

	ret = gs_image_table_reserve(images, image);
	if (ret)
		return ret;
	*out_image = image->id;
	ret = gs_cmd_reply(cmd);
	if (ret)
		goto release_id;
	gs_image_table_publish(images, image);
	return 0;

release_id:
	gs_image_table_release(images, image);
	return ret;
}
