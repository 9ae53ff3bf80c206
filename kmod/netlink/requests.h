/* SPDX-License-Identifier: GPL-2.0-only */
/* The handlers of the family's commands. */
#ifndef _GS_REQUESTS_H
#define _GS_REQUESTS_H

struct genl_info;
struct netlink_callback;
struct sk_buff;

int gs_do_module(struct sk_buff *request, struct genl_info *info);
int gs_do_pool(struct sk_buff *request, struct genl_info *info);
int gs_do_image(struct sk_buff *request, struct genl_info *info);
int gs_do_slot(struct sk_buff *request, struct genl_info *info);

int gs_dump_pools_start(struct netlink_callback *cb);
int gs_dump_pools(struct sk_buff *skb, struct netlink_callback *cb);
int gs_dump_images_start(struct netlink_callback *cb);
int gs_dump_images(struct sk_buff *skb, struct netlink_callback *cb);
int gs_dump_slots_start(struct netlink_callback *cb);
int gs_dump_slots(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* _GS_REQUESTS_H */
