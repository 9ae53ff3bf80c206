/* SPDX-License-Identifier: GPL-2.0-only */
/* What the sender of a request may see. */
#ifndef _GS_VISIBILITY_H
#define _GS_VISIBILITY_H

#include <linux/types.h>

struct gs_pool;
struct netlink_ext_ack;
struct nlattr;
struct sk_buff;

bool gs_visibility_is_admin(struct sk_buff *request);
bool gs_visibility_is_own(struct sk_buff *request);
bool gs_visibility_allows(struct sk_buff *request, struct gs_pool *pool);
struct gs_pool *gs_visibility_pin(struct sk_buff *request, u32 id);
struct gs_pool *gs_visibility_pin_requested(struct sk_buff *request, struct nlattr **attrs,
					    int type, struct netlink_ext_ack *extack);

#endif /* _GS_VISIBILITY_H */
