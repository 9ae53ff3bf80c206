// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: its commands, and who is answered.
 *
 * A pool is pinned for one answer, or one message of a dump, and never while
 * the reader is waited for. Requests run in parallel: a slot's lock can be held for
 * long, and then only those wait that come, or register a family, after them.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/pid_namespace.h>
#include <net/sock.h>

#include <guardslot_netlink.h>

#include "compat/genetlink.h"
#include "netlink/message.h"
#include "netlink/netlink.h"
#include "objects/image.h"
#include "objects/pool.h"

/* ---- who may see what ---------------------------------------------------- */

/*
 * Both the one who asks, or reads on, and the one who opened the socket: a
 * privileged program can be made to write to a socket that it did not open.
 */
static bool is_capable(struct sk_buff *request, struct user_namespace *ns)
{
	struct file *file = NETLINK_CB(request).sk->sk_socket->file;

	return ns_capable_noaudit(ns, CAP_SYS_ADMIN) && file_ns_capable(file, ns, CAP_SYS_ADMIN);
}

/* Whether the one who asks may hear of himself through this socket. */
static bool is_own(struct sk_buff *request)
{
	struct file *file = NETLINK_CB(request).sk->sk_socket->file;

	return uid_eq(current_euid(), file->f_cred->euid) ||
	       file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN);
}

static bool may_see(struct sk_buff *request, struct gs_pool *pool)
{
	struct file *file = NETLINK_CB(request).sk->sk_socket->file;
	struct user_namespace *ns = gs_owner_ns(&pool->owner);

	if (!gs_owner_is(&pool->owner, current_cred()) && !ns_capable_noaudit(ns, CAP_SYS_ADMIN))
		return false;
	return gs_owner_is(&pool->owner, file->f_cred) || file_ns_capable(file, ns, CAP_SYS_ADMIN);
}

/* The pool, pinned, if there is one that the caller may see. */
static struct gs_pool *pin_visible(struct sk_buff *request, u32 id)
{
	struct gs_pool *pool = gs_registry_pin(id);

	if (!pool || may_see(request, pool))
		return pool;
	gs_registry_unpin(pool);
	return NULL;
}

/* ---- one entry ----------------------------------------------------------- */

/* What a message is about. @slot or @image if the command is about one. */
struct subject {
	struct gs_pool *pool;
	struct gs_image *image;
	u32 slot;
};

static int put_subject(struct sk_buff *skb, u8 cmd, const struct subject *subject)
{
	switch (cmd) {
	case GUARDSLOT_CMD_POOL_GET:
		return gs_message_put_pool(skb, subject->pool, current_user_ns(),
					   task_active_pid_ns(current));
	case GUARDSLOT_CMD_IMAGE_GET:
		return gs_message_put_image(skb, subject->pool, subject->image);
	case GUARDSLOT_CMD_SLOT_GET:
		return gs_message_put_slot(skb, subject->pool, subject->slot);
	}
	return -EOPNOTSUPP;
}

/* ---- do ------------------------------------------------------------------ */

/* Sends what was put, or says what went wrong. Takes over @skb. */
static int answer_send(struct genl_info *info, struct sk_buff *skb, void *header, int error)
{
	if (!error) {
		genlmsg_end(skb, header);
		return genlmsg_reply(skb, info);
	}
	nlmsg_free(skb);
	if (error == -EINTR)
		GENL_SET_ERR_MSG(info, "killed while waiting for the slot");
	else
		GENL_SET_ERR_MSG(info, "the answer does not fit a message");
	return error;
}

static struct sk_buff *answer_new(struct genl_info *info, void **header)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		goto no_memory;
	*header = genlmsg_put_reply(skb, info, &gs_netlink_family, 0, info->genlhdr->cmd);
	if (*header)
		return skb;
	nlmsg_free(skb);
no_memory:
	GENL_SET_ERR_MSG(info, "no memory for the answer");
	return NULL;
}

static int answer_subject(struct genl_info *info, const struct subject *subject)
{
	struct sk_buff *skb;
	void *header;

	skb = answer_new(info, &header);
	if (!skb)
		return -ENOMEM;
	return answer_send(info, skb, header, put_subject(skb, info->genlhdr->cmd, subject));
}

static int do_module(struct sk_buff *request, struct genl_info *info)
{
	bool all = is_capable(request, &init_user_ns);
	struct sk_buff *skb;
	void *header;

	skb = answer_new(info, &header);
	if (!skb)
		return -ENOMEM;
	return answer_send(info, skb, header, gs_message_put_module(skb, is_own(request), all));
}

/* The pool of a request, pinned; NULL with the error said. */
static struct gs_pool *request_pool(struct sk_buff *request, struct nlattr **attrs, int type,
				    struct netlink_ext_ack *extack, int *error)
{
	struct gs_pool *pool;

	*error = -EINVAL;
	if (!attrs[type]) {
		NL_SET_ERR_ATTR_MISS(extack, NULL, type);
		NL_SET_ERR_MSG(extack, "the pool's id is missing");
		return NULL;
	}
	*error = -ENOENT;
	pool = pin_visible(request, nla_get_u32(attrs[type]));
	if (!pool)
		NL_SET_ERR_MSG_ATTR(extack, attrs[type], "no such pool");
	return pool;
}

static int do_pool(struct sk_buff *request, struct genl_info *info)
{
	struct subject subject = {};
	int ret;

	subject.pool = request_pool(request, info->attrs, GUARDSLOT_A_POOL_ID, info->extack, &ret);
	if (!subject.pool)
		return ret;
	ret = answer_subject(info, &subject);
	gs_registry_unpin(subject.pool);
	return ret;
}

static int answer_image(struct genl_info *info, struct subject *subject)
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

static int do_image(struct sk_buff *request, struct genl_info *info)
{
	struct subject subject = {};
	int ret;

	subject.pool =
		request_pool(request, info->attrs, GUARDSLOT_A_IMAGE_POOL, info->extack, &ret);
	if (!subject.pool)
		return ret;
	ret = answer_image(info, &subject);
	gs_registry_unpin(subject.pool);
	return ret;
}

static int answer_slot(struct genl_info *info, struct subject *subject)
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

static int do_slot(struct sk_buff *request, struct genl_info *info)
{
	struct subject subject = {};
	int ret;

	subject.pool =
		request_pool(request, info->attrs, GUARDSLOT_A_SLOT_POOL, info->extack, &ret);
	if (!subject.pool)
		return ret;
	ret = answer_slot(info, &subject);
	gs_registry_unpin(subject.pool);
	return ret;
}

/* ---- dump ---------------------------------------------------------------- */

/* Where a dump goes on with its next message. */
struct cursor {
	u32 pool; /* of images and slots */
	u32 next; /* id or index */
};

static struct cursor *dump_cursor(struct netlink_callback *cb)
{
	static_assert(sizeof(struct cursor) <= sizeof(cb->ctx));
	return (struct cursor *)cb->ctx;
}

static int dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		    const struct subject *subject)
{
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   &gs_netlink_family, NLM_F_MULTI, cmd);
	int ret;

	if (!header)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, header);
	ret = put_subject(skb, cmd, subject);
	if (ret)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return ret;
}

/* What is in the message is sent first; the error comes again. */
static int dump_result(struct sk_buff *skb, int ret)
{
	return ret && !skb->len ? ret : skb->len;
}

static int dump_pools_start(struct netlink_callback *cb)
{
	struct nlattr *id = genl_info_dump(cb)->attrs[GUARDSLOT_A_POOL_ID];

	if (!id)
		return 0;
	NL_SET_ERR_MSG_ATTR(cb->extack, id, "a dump of pools is of all pools");
	return -EINVAL;
}

static int dump_pools(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *cursor = dump_cursor(cb);
	struct subject subject = {};
	int ret = 0;

	cb->seq = gs_registry_generation();
	while (!ret && (subject.pool = gs_registry_pin_next(&cursor->next))) {
		if (may_see(cb->skb, subject.pool))
			ret = dump_put(skb, cb, GUARDSLOT_CMD_POOL_GET, &subject);
		gs_registry_unpin(subject.pool);
		if (!ret)
			cursor->next++;
		cond_resched();
	}
	/* For the dump's last message, which says whether all was of one piece. */
	cb->seq = gs_registry_generation();
	return dump_result(skb, ret);
}

static int dump_of_pool_start(struct netlink_callback *cb, int type)
{
	struct gs_pool *pool;
	int ret;

	pool = request_pool(cb->skb, genl_info_dump(cb)->attrs, type, cb->extack, &ret);
	if (!pool)
		return ret;
	dump_cursor(cb)->pool = pool->entry.id;
	gs_registry_unpin(pool);
	return 0;
}

/* The dump's pool has gone since it started. */
static int dump_pool_gone(struct netlink_callback *cb)
{
	cb->seq = cb->prev_seq + 1;
	return -ENOENT;
}

static int dump_images_start(struct netlink_callback *cb)
{
	struct nlattr *id = genl_info_dump(cb)->attrs[GUARDSLOT_A_IMAGE_ID];

	if (!id)
		return dump_of_pool_start(cb, GUARDSLOT_A_IMAGE_POOL);
	NL_SET_ERR_MSG_ATTR(cb->extack, id, "a dump of images is of all images of a pool");
	return -EINVAL;
}

static int dump_images(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *cursor = dump_cursor(cb);
	struct subject subject = { .pool = pin_visible(cb->skb, cursor->pool) };
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

static int dump_slots_start(struct netlink_callback *cb)
{
	struct nlattr *index = genl_info_dump(cb)->attrs[GUARDSLOT_A_SLOT_INDEX];

	if (!index)
		return dump_of_pool_start(cb, GUARDSLOT_A_SLOT_POOL);
	NL_SET_ERR_MSG_ATTR(cb->extack, index, "a dump of slots is of all slots of a pool");
	return -EINVAL;
}

static int dump_slots(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *cursor = dump_cursor(cb);
	struct subject subject = { .pool = pin_visible(cb->skb, cursor->pool) };
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

/* ---- the family ---------------------------------------------------------- */

/* Not const: 6.1 wants it so. */
static struct netlink_range_validation slot_range = {
	.max = GS_POOL_MAX_SLOTS - 1,
};

static const struct nla_policy pool_policy[] = {
	[GUARDSLOT_A_POOL_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy image_policy[] = {
	[GUARDSLOT_A_IMAGE_POOL] = NLA_POLICY_MIN(NLA_U32, 1),
	[GUARDSLOT_A_IMAGE_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy slot_policy[] = {
	[GUARDSLOT_A_SLOT_POOL] = NLA_POLICY_MIN(NLA_U32, 1),
	[GUARDSLOT_A_SLOT_INDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &slot_range),
};

static const struct genl_ops ops[] = {
	{
		/* No policy: the core refuses every attribute. */
		.cmd = GUARDSLOT_CMD_MODULE_GET,
		.doit = do_module,
	},
	{
		.cmd = GUARDSLOT_CMD_POOL_GET,
		.policy = pool_policy,
		.maxattr = ARRAY_SIZE(pool_policy) - 1,
		.doit = do_pool,
		.start = dump_pools_start,
		.dumpit = dump_pools,
	},
	{
		.cmd = GUARDSLOT_CMD_IMAGE_GET,
		.policy = image_policy,
		.maxattr = ARRAY_SIZE(image_policy) - 1,
		.doit = do_image,
		.start = dump_images_start,
		.dumpit = dump_images,
	},
	{
		.cmd = GUARDSLOT_CMD_SLOT_GET,
		.policy = slot_policy,
		.maxattr = ARRAY_SIZE(slot_policy) - 1,
		.doit = do_slot,
		.start = dump_slots_start,
		.dumpit = dump_slots,
	},
};

static const struct genl_multicast_group groups[] = {
	[GS_NETLINK_EVENTS] = {
		.name = GUARDSLOT_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_SYS_ADMIN,
	},
};

/*
 * In the initial network namespace only: root of any other could join the group
 * there, and read what happens in everybody's pools.
 */
struct genl_family gs_netlink_family __ro_after_init = {
	.name = GUARDSLOT_FAMILY_NAME,
	.version = GUARDSLOT_FAMILY_VERSION,
	.module = THIS_MODULE,
	.netnsok = false,
	.parallel_ops = true,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/*
 * The kernel lets anybody join a group's number before the number belongs to a
 * family, and it is the family that asks for a capability. Unregistering throws out
 * whoever is there, so the family that stays is the second one.
 */
int gs_netlink_init(void)
{
	int ret;

	ret = genl_register_family(&gs_netlink_family);
	if (ret)
		return ret;
	genl_unregister_family(&gs_netlink_family);
	return genl_register_family(&gs_netlink_family);
}

void gs_netlink_uninit(void)
{
	genl_unregister_family(&gs_netlink_family);
}
