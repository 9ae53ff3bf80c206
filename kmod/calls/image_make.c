// SPDX-License-Identifier: GPL-2.0-only
/* What the calls that make an image share: it is filled, gets its id, is answered, published. */
#include <linux/err.h>

#include "calls/calls.h"
#include "netlink/event.h"
#include "objects/image.h"
#include "objects/pool.h"

/* Takes over the caller's reference when it succeeds. */
static int answer(struct gs_cmd *cmd, struct gs_image *image, __u32 *out_image)
{
	struct gs_image_table *images = &cmd->pool->images;
	int ret;

	ret = gs_image_table_reserve(images, image);
	if (ret)
		return ret;
	*out_image = image->id;
	ret = gs_cmd_reply_word(cmd, (void *)out_image - (void *)&cmd->arg);
	if (ret)
		goto release_id;
	gs_image_table_publish(images, image);
	return 0;

release_id:
	gs_image_table_release(images, image);
	return ret;
}

/* *out_image, a member of the call's struct, is the whole answer. */
int gs_call_image_make(struct gs_cmd *cmd, u64 tag, gs_call_image_fill *fill, __u32 *out_image)
{
	struct gs_pool *pool = cmd->pool;
	struct gs_cap_hit hit = {};
	struct gs_image *image;
	int ret;

	image = gs_image_alloc(&pool->image_pages, tag, &hit);
	if (IS_ERR(image)) {
		ret = PTR_ERR(image);
		goto report_cap;
	}
	ret = fill(cmd, image, &hit);
	if (ret)
		goto put_image;
	ret = answer(cmd, image, out_image);
	if (ret)
		goto put_image;
	return 0;

put_image:
	gs_image_put(image);
report_cap:
	gs_event_cap_reached(pool, &hit);
	return ret;
}
