// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps: all pools, or all images or slots of a pool. A pool is pinned for one
 * message of a dump, and never while the kernel waits for the reader.
 */
#include <linux/sched.h>

#include "compat/genetlink.h"
#include "netlink/message.h"
#include "netlink/requests.h"
#include "netlink/visibility.h"
#include "objects/image.h"
#include "objects/pool.h"

/* Where the next message of a dump goes on. */
struct cursor {
	u32 pool; /* id of the pool that the images or slots are of */
	u32 next; /* id or index of the next entry */
};

static struct cursor *dump_cursor(struct netlink_callback *cb)
{
	static_assert(sizeof(struct cursor) <= sizeof(cb->ctx));
	return (struct cursor *)cb->ctx;
}

static int dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		    const struct gs_message_subject *subject)
{
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   gs_message_family, NLM_F_MULTI, cmd);
	int ret;

	if (!header)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, header);
	ret = gs_message_put_subject(skb, cmd, subject);
	if (ret)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return ret;
}

/*
 * Entries that are in the message are sent, and an error that ended it comes again
 * in the next one.
 */
static int dump_result(struct sk_buff *skb, int ret)
{
	return ret && !skb->len ? ret : skb->len;
}

int gs_dump_pools_start(struct netlink_callback *cb)
{
	struct nlattr *id = genl_info_dump(cb)->attrs[GUARDSLOT_A_POOL_ID];

	if (!id)
		return 0;
	NL_SET_ERR_MSG_ATTR(cb->extack, id, "a dump of pools is of all pools");
	return -EINVAL;
}

int gs_dump_pools(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *cursor = dump_cursor(cb);
	struct gs_message_subject subject = {};
	int ret = 0;

	cb->seq = gs_registry_generation();
	while (!ret && (subject.pool = gs_registry_pin_next(&cursor->next))) {
		if (gs_visibility_allows(cb->skb, subject.pool))
			ret = dump_put(skb, cb, GUARDSLOT_CMD_POOL_GET, &subject);
		gs_registry_unpin(subject.pool);
		if (!ret)
			cursor->next++;
		cond_resched();
	}
	/* The dump's last message says whether pools came or went meanwhile. */
	cb->seq = gs_registry_generation();
	return dump_result(skb, ret);
}

static int dump_of_pool_start(struct netlink_callback *cb, int type)
{
	struct gs_pool *pool;

	pool = gs_visibility_pin_requested(cb->skb, genl_info_dump(cb)->attrs, type, cb->extack);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	dump_cursor(cb)->pool = pool->entry.id;
	gs_registry_unpin(pool);
	return 0;
}

/* The pool has gone since the dump started. */
static int dump_pool_gone(struct netlink_callback *cb)
{
	cb->seq = cb->prev_seq + 1;
	return -ENOENT;
}

int gs_dump_images_start(struct netlink_callback *cb)
{
	struct nlattr *id = genl_info_dump(cb)->attrs[GUARDSLOT_A_IMAGE_ID];

	if (!id)
		return dump_of_pool_start(cb, GUARDSLOT_A_IMAGE_POOL);
	NL_SET_ERR_MSG_ATTR(cb->extack, id, "a dump of images is of all images of a pool");
	return -EINVAL;
}

int gs_dump_images(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *cursor = dump_cursor(cb);
	struct gs_message_subject subject = { .pool = gs_visibility_pin(cb->skb, cursor->pool) };
	int ret = 0;

	if (!subject.pool)
		return dump_pool_gone(cb);
	cb->seq = gs_image_table_generation(&subject.pool->images);
	while (!ret &&
	       (subject.image = gs_image_table_find_next(&subject.pool->images, &cursor->next))) {
		ret = dump_put(skb, cb, GUARDSLOT_CMD_IMAGE_GET, &subject);
		gs_image_put(subject.image);
		if (!ret)
			cursor->next++;
		cond_resched();
	}
	cb->seq = gs_image_table_generation(&subject.pool->images);
	gs_registry_unpin(subject.pool);
	return dump_result(skb, ret);
}

int gs_dump_slots_start(struct netlink_callback *cb)
{
	struct nlattr *index = genl_info_dump(cb)->attrs[GUARDSLOT_A_SLOT_INDEX];

	if (!index)
		return dump_of_pool_start(cb, GUARDSLOT_A_SLOT_POOL);
	NL_SET_ERR_MSG_ATTR(cb->extack, index, "a dump of slots is of all slots of a pool");
	return -EINVAL;
}

int gs_dump_slots(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *cursor = dump_cursor(cb);
	struct gs_message_subject subject = { .pool = gs_visibility_pin(cb->skb, cursor->pool) };
	int ret = 0;

	if (!subject.pool)
		return dump_pool_gone(cb);
	/* Slots neither come nor go. */
	cb->seq = 1;
	while (cursor->next < subject.pool->layout.slots) {
		subject.slot = cursor->next;
		ret = dump_put(skb, cb, GUARDSLOT_CMD_SLOT_GET, &subject);
		if (ret)
			break;
		cursor->next++;
		cond_resched();
	}
	gs_registry_unpin(subject.pool);
	return dump_result(skb, ret);
}
