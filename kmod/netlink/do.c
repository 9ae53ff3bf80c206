// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests for one entry: the module, a pool, an image or a slot. The pool is
 * pinned for the answer.
 */
#include "compat/genetlink.h"
#include "netlink/event.h"
#include "netlink/message.h"
#include "netlink/requests.h"
#include "netlink/visibility.h"
#include "objects/image.h"
#include "objects/pool.h"

/* Sends the answer, or sets the message of the error. Takes over @skb. */
static int answer_send(struct genl_info *info, struct sk_buff *skb, void *header, int error)
{
	if (error == -EINTR)
		GENL_SET_ERR_MSG(info, "killed while waiting for the slot");
	else if (error)
		GENL_SET_ERR_MSG(info, "the answer does not fit a message");
	if (error) {
		nlmsg_free(skb);
		return error;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

static struct sk_buff *answer_new(struct genl_info *info, void **header)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		goto no_memory;
	*header = genlmsg_put_reply(skb, info, gs_message_family, 0, info->genlhdr->cmd);
	if (!*header)
		goto free_skb;
	return skb;

free_skb:
	nlmsg_free(skb);
no_memory:
	GENL_SET_ERR_MSG(info, "no memory for the answer");
	return NULL;
}

static int answer_subject(struct genl_info *info, struct gs_message_subject *subject)
{
	struct sk_buff *skb;
	void *header;

	skb = answer_new(info, &header);
	if (!skb)
		return -ENOMEM;
	return answer_send(info, skb, header,
			   gs_message_put_subject(skb, info->genlhdr->cmd, subject));
}

int gs_do_module(struct sk_buff *request, struct genl_info *info)
{
	bool own = gs_visibility_is_own(request), all = gs_visibility_is_admin(request);
	struct sk_buff *skb;
	void *header;

	skb = answer_new(info, &header);
	if (!skb)
		return -ENOMEM;
	return answer_send(info, skb, header,
			   gs_message_put_module(skb, own, all, gs_event_lost()));
}

/* Pins the pool whose id is the attribute @type, and answers about it. */
static int answer_of_pool(struct sk_buff *request, struct genl_info *info, int type,
			  int (*answer)(struct genl_info *info, struct gs_message_subject *subject))
{
	struct gs_message_subject subject = {};
	int ret;

	subject.pool = gs_visibility_pin_requested(request, info->attrs, type, info->extack);
	if (IS_ERR(subject.pool))
		return PTR_ERR(subject.pool);
	ret = answer(info, &subject);
	gs_registry_unpin(subject.pool);
	return ret;
}

int gs_do_pool(struct sk_buff *request, struct genl_info *info)
{
	return answer_of_pool(request, info, GUARDSLOT_A_POOL_ID, answer_subject);
}

static int answer_image(struct genl_info *info, struct gs_message_subject *subject)
{
	struct nlattr *id = info->attrs[GUARDSLOT_A_IMAGE_ID];
	int ret;

	if (!id) {
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, GUARDSLOT_A_IMAGE_ID);
		GENL_SET_ERR_MSG(info, "the image's id is missing");
		return -EINVAL;
	}
	subject->image = gs_image_table_find(&subject->pool->images, nla_get_u32(id));
	if (!subject->image) {
		NL_SET_ERR_MSG_ATTR(info->extack, id, "no such image in the pool");
		return -ENOENT;
	}
	ret = answer_subject(info, subject);
	gs_image_put(subject->image);
	return ret;
}

int gs_do_image(struct sk_buff *request, struct genl_info *info)
{
	return answer_of_pool(request, info, GUARDSLOT_A_IMAGE_POOL, answer_image);
}

static int answer_slot(struct genl_info *info, struct gs_message_subject *subject)
{
	struct nlattr *index = info->attrs[GUARDSLOT_A_SLOT_INDEX];

	if (!index) {
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, GUARDSLOT_A_SLOT_INDEX);
		GENL_SET_ERR_MSG(info, "the slot's index is missing");
		return -EINVAL;
	}
	subject->slot = nla_get_u32(index);
	if (!gs_pool_slot(subject->pool, subject->slot)) {
		NL_SET_ERR_MSG_ATTR(info->extack, index, "no such slot in the pool");
		return -ENOENT;
	}
	return answer_subject(info, subject);
}

int gs_do_slot(struct sk_buff *request, struct genl_info *info)
{
	return answer_of_pool(request, info, GUARDSLOT_A_SLOT_POOL, answer_slot);
}
