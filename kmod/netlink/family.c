// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: its commands, policies and multicast group.
 *
 * Requests run in parallel, without the lock that all families share: a request
 * can wait long for a slot's lock, and in series it would hold up every request
 * that comes after it.
 */
#include <linux/module.h>

#include <guardslot_netlink.h>

#include "compat/genetlink.h"
#include "netlink/event.h"
#include "netlink/family.h"
#include "netlink/message.h"
#include "netlink/requests.h"
#include "objects/pool.h"

/* It is not const, because 6.1 has no const for it. */
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
		.doit = gs_do_module,
	},
	{
		.cmd = GUARDSLOT_CMD_POOL_GET,
		.policy = pool_policy,
		.maxattr = ARRAY_SIZE(pool_policy) - 1,
		.doit = gs_do_pool,
		.start = gs_dump_pools_start,
		.dumpit = gs_dump_pools,
	},
	{
		.cmd = GUARDSLOT_CMD_IMAGE_GET,
		.policy = image_policy,
		.maxattr = ARRAY_SIZE(image_policy) - 1,
		.doit = gs_do_image,
		.start = gs_dump_images_start,
		.dumpit = gs_dump_images,
	},
	{
		.cmd = GUARDSLOT_CMD_SLOT_GET,
		.policy = slot_policy,
		.maxattr = ARRAY_SIZE(slot_policy) - 1,
		.doit = gs_do_slot,
		.start = gs_dump_slots_start,
		.dumpit = gs_dump_slots,
	},
};

static const struct genl_multicast_group groups[] = {
	[GS_EVENT_GROUP] = {
		.name = GUARDSLOT_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_SYS_ADMIN,
	},
};

/*
 * It exists in the initial network namespace only: root of any other one could join
 * the group there, and read what happens in the pools of all users.
 */
static struct genl_family family __ro_after_init = {
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
 * The kernel lets any process join a group's number before the number belongs to a
 * family, and only the family demands a capability. Unregistering a family removes
 * all members of its groups, so the family is registered twice.
 */
int __init gs_family_init(void)
{
	int ret;

	gs_message_family = &family;
	ret = genl_register_family(&family);
	if (ret)
		return ret;
	genl_unregister_family(&family);
	return genl_register_family(&family);
}

void gs_family_uninit(void)
{
	genl_unregister_family(&family);
}

/* Who asks for the family loads the module, where it is installed. */
MODULE_ALIAS_GENL_FAMILY(GUARDSLOT_FAMILY_NAME);
