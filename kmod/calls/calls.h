/* SPDX-License-Identifier: GPL-2.0-only */
/* The handlers of the calls; each has a file of its name. */
#ifndef _GS_CALLS_H
#define _GS_CALLS_H

#include "calls/cmd.h"

struct gs_cap_hit;
struct gs_image;

int gs_call_info(struct gs_cmd *cmd);
int gs_call_create(struct gs_cmd *cmd);
int gs_call_image_create(struct gs_cmd *cmd);
int gs_call_image_snapshot(struct gs_cmd *cmd);
int gs_call_image_destroy(struct gs_cmd *cmd);
int gs_call_reset(struct gs_cmd *cmd);
int gs_call_resize(struct gs_cmd *cmd);
int gs_call_prefault(struct gs_cmd *cmd);
int gs_call_purge(struct gs_cmd *cmd);
int gs_call_query(struct gs_cmd *cmd);

/* image_make.c: what IMAGE_CREATE and IMAGE_SNAPSHOT share. @fill sets content and limits. */
typedef int gs_call_image_fill(struct gs_cmd *cmd, struct gs_image *image, struct gs_cap_hit *hit);
int gs_call_image_make(struct gs_cmd *cmd, u64 tag, gs_call_image_fill *fill, __u32 *out_image);

#endif /* _GS_CALLS_H */
