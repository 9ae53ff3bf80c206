/* SPDX-License-Identifier: GPL-2.0-only */
/* The attributes of the family's messages. */
#ifndef _GS_MESSAGE_H
#define _GS_MESSAGE_H

#include <linux/types.h>

struct genl_family;
struct gs_image;
struct gs_pool;
struct pid_namespace;
struct sk_buff;
struct user_namespace;

/*
 * What a message is about.
 *
 * @image: for IMAGE_GET
 * @slot: for SLOT_GET
 */
struct gs_message_subject {
	struct gs_pool *pool;
	struct gs_image *image;
	u32 slot;
};

/* The family that messages are of; family.c sets it before there are any. */
extern const struct genl_family *gs_message_family;

int gs_message_put_module(struct sk_buff *skb, bool own, bool all, u64 events_lost);
int gs_message_put_pool(struct sk_buff *skb, struct gs_pool *pool, struct user_namespace *user_ns,
			struct pid_namespace *pid_ns);
int gs_message_put_subject(struct sk_buff *skb, u8 cmd, const struct gs_message_subject *subject);

#endif /* _GS_MESSAGE_H */
