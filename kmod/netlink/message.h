/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GS_MESSAGE_H
#define _GS_MESSAGE_H

#include <linux/types.h>

struct gs_image;
struct gs_pool;
struct pid_namespace;
struct sk_buff;
struct user_namespace;

int gs_message_put_module(struct sk_buff *skb, bool own, bool all);
int gs_message_put_pool(struct sk_buff *skb, struct gs_pool *pool, struct user_namespace *user_ns,
			struct pid_namespace *pid_ns);
int gs_message_put_image(struct sk_buff *skb, struct gs_pool *pool, struct gs_image *image);
int gs_message_put_slot(struct sk_buff *skb, struct gs_pool *pool, u32 index);

#endif /* _GS_MESSAGE_H */
