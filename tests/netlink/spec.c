// SPDX-License-Identifier: MIT
// docs/netlink/guardslot.yaml describes the family that is in the kernel.
/*
 * It has its commands and groups, what each request may carry, and what each answer and
 * event carries. What the kernel says of the family itself is compared, and what it
 * sends is walked.
 */
#include "test.h"

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <stdatomic.h>

#include "abi.h"
#include "answer.h"
#include "client.h"
#include "file.h"
#include "image.h"
#include "listener.h"
#include "memory.h"
#include "message.h"
#include "pool.h"
#include "pool_id.h"
#include "request.h"

struct spec_set;

struct spec_attr {
	const char *name;
	unsigned int type;
	uint64_t min, max;
	bool multi, pad;
	const struct spec_set *nest;
};

/* @attrs is by type, up to and with @max. */
struct spec_set {
	const char *name;
	const struct spec_attr *attrs;
	int max;
};

/* The masks have a bit for each type of attribute. */
struct spec_op {
	const char *name;
	const struct spec_set *set;
	bool is_do, is_dump, is_event;
	uint64_t do_request, dump_request, reply;
};

#include "netlink_spec.h"

#define OPS ARRAY_SIZE(spec_ops)

/* ---- what the kernel says of the family ---------------------------------- */

static struct nl_msg *control_request(struct client *client, uint8_t cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	test_ok(msg && genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, GENL_ID_CTRL, 0,
				   flags | NLM_F_REQUEST | NLM_F_ACK, cmd, 2));
	test_eq(nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, (uint16_t)client->family), 0);
	return msg;
}

static void control_ask(struct client *client, uint8_t cmd, int flags, message_fn each, void *data)
{
	struct client control = *client;
	struct outcome outcome;

	control.family = GENL_ID_CTRL;
	outcome = ask(&control, control_request(client, cmd, flags), each, data);
	test_eq(outcome.error, 0);
	test_ok(outcome.messages > 0);
}

static uint32_t nested_u32(struct nlattr *nest, int type)
{
	struct nlattr *attr = nla_find(nla_data(nest), nla_len(nest), type);

	test_ok(attr);
	return nla_get_u32(attr);
}

TEST("the kernel has the commands of the spec, each with do and dump as there")
{
	struct client client = client_open();
	uint32_t flags[OPS] = { 0 };
	struct nlattr *list, *attr;
	struct kept kept;
	int left;

	control_ask(&client, CTRL_CMD_GETFAMILY, 0, keep, &kept);
	test_str(nla_get_string(find_attr(&kept.message, CTRL_ATTR_FAMILY_NAME)), SPEC_FAMILY);
	test_eq(get_attr(&kept.message, CTRL_ATTR_VERSION), GUARDSLOT_FAMILY_VERSION);
	test_eq(get_attr(&kept.message, CTRL_ATTR_HDRSIZE), 0);
	list = find_attr(&kept.message, CTRL_ATTR_OPS);
	test_ok(list);
	nla_for_each_nested(attr, list, left) {
		uint32_t cmd = nested_u32(attr, CTRL_ATTR_OP_ID);

		test_ok(cmd < OPS && spec_ops[cmd].name);
		flags[cmd] = nested_u32(attr, CTRL_ATTR_OP_FLAGS);
	}
	for (size_t cmd = 1; cmd < OPS; cmd++) {
		const struct spec_op *op = &spec_ops[cmd];
		uint32_t wanted = (op->is_do ? GENL_CMD_CAP_DO : 0) |
				  (op->is_dump ? GENL_CMD_CAP_DUMP : 0);

		/* Permission does not depend on the command: there is no flag for it. */
		if ((flags[cmd] & ~GENL_CMD_CAP_HASPOL) != wanted)
			test_fail("%s: flags %#x, in the spec %#x", op->name, flags[cmd], wanted);
	}
}

TEST("the kernel has the multicast groups of the spec")
{
	struct client client = client_open();
	struct nlattr *list, *attr;
	struct kept kept;
	size_t groups = 0;
	int left;

	control_ask(&client, CTRL_CMD_GETFAMILY, 0, keep, &kept);
	list = find_attr(&kept.message, CTRL_ATTR_MCAST_GROUPS);
	test_ok(list);
	nla_for_each_nested(attr, list, left) {
		test_ok(groups < ARRAY_SIZE(spec_groups));
		test_str(nla_get_string(
				 nla_find(nla_data(attr), nla_len(attr), CTRL_ATTR_MCAST_GRP_NAME)),
			 spec_groups[groups++]);
	}
	test_eq(groups, ARRAY_SIZE(spec_groups));
}

/* ---- policies ------------------------------------------------------------ */

/* What the kernel accepts: a policy's attributes, and the policy of each command. */
struct policies {
	struct policy_attr {
		uint32_t type;
		uint64_t min, max;
	} attrs[8][32];
	int do_policy[OPS], dump_policy[OPS];
};

static void take_op_policies(struct policies *policies, struct nlattr *list)
{
	struct nlattr *op, *attr;
	int left, left_in;

	nla_for_each_nested(op, list, left) {
		test_ok((size_t)nla_type(op) < OPS);
		nla_for_each_nested(attr, op, left_in) {
			if (nla_type(attr) == CTRL_ATTR_POLICY_DO)
				policies->do_policy[nla_type(op)] = (int)nla_get_u32(attr);
			if (nla_type(attr) == CTRL_ATTR_POLICY_DUMP)
				policies->dump_policy[nla_type(op)] = (int)nla_get_u32(attr);
		}
	}
}

static void take_policy_attr(struct policy_attr *to, struct nlattr *from)
{
	struct nlattr *attr;
	int left;

	nla_for_each_nested(attr, from, left) {
		if (nla_type(attr) == NL_POLICY_TYPE_ATTR_TYPE)
			to->type = nla_get_u32(attr);
		if (nla_type(attr) == NL_POLICY_TYPE_ATTR_MIN_VALUE_U)
			to->min = nla_get_u64(attr);
		if (nla_type(attr) == NL_POLICY_TYPE_ATTR_MAX_VALUE_U)
			to->max = nla_get_u64(attr);
	}
}

static void take_policies(struct nlmsghdr *message, void *data)
{
	struct nlattr *list = find_attr(message, CTRL_ATTR_OP_POLICY), *policy, *attr;
	struct policies *policies = data;
	int left, left_in;

	if (list)
		take_op_policies(policies, list);
	list = find_attr(message, CTRL_ATTR_POLICY);
	if (!list)
		return;
	nla_for_each_nested(policy, list, left) {
		test_ok(nla_type(policy) < 8);
		nla_for_each_nested(attr, policy, left_in) {
			test_ok(nla_type(attr) < 32);
			take_policy_attr(&policies->attrs[nla_type(policy)][nla_type(attr)], attr);
		}
	}
}

static void test_policy(const struct spec_op *op, const struct policy_attr *attrs, uint64_t request)
{
	for (int type = 1; type < 32; type++) {
		bool wanted = type <= op->set->max && request & 1ull << type;
		const struct policy_attr *has = &attrs[type];

		if (wanted ? has->type != op->set->attrs[type].type ||
				     has->min != op->set->attrs[type].min ||
				     has->max != op->set->attrs[type].max :
			     has->type != NL_ATTR_TYPE_INVALID)
			test_fail("%s: attribute %d has type %u, %llu to %llu", op->name, type,
				  has->type, (unsigned long long)has->min,
				  (unsigned long long)has->max);
	}
}

TEST("the kernel's policies have the attributes of the requests, their types and ranges")
{
	static const struct policy_attr none[32];
	struct client client = client_open();
	static struct policies policies;

	memset(policies.do_policy, 0xff, sizeof(policies.do_policy));
	memset(policies.dump_policy, 0xff, sizeof(policies.dump_policy));
	control_ask(&client, CTRL_CMD_GETPOLICY, NLM_F_DUMP, take_policies, &policies);
	for (size_t cmd = 1; cmd < OPS; cmd++) {
		int policy = policies.do_policy[cmd];

		if (!spec_ops[cmd].is_do)
			continue;
		test_policy(&spec_ops[cmd], policy < 0 ? none : policies.attrs[policy],
			    spec_ops[cmd].do_request);
		/* One policy serves both; malformed.c has what a dump refuses. */
		if (spec_ops[cmd].is_dump)
			test_eq(policies.dump_policy[cmd], policy);
		test_eq(spec_ops[cmd].dump_request & ~spec_ops[cmd].do_request, 0);
	}
}

/* ---- answers and events -------------------------------------------------- */

/* Walks attributes as the spec has them. Returns the types that are there. */
static uint64_t walk(const struct spec_set *set, struct nlattr *first, int length)
{
	struct nlattr *attr;
	uint64_t seen = 0;
	int left;

	nla_for_each_attr(attr, first, length, left) {
		const struct spec_attr *known;
		int type = nla_type(attr);

		test_ok(type >= 1 && type <= set->max);
		known = &set->attrs[type];
		if (known->pad) {
			test_eq(nla_len(attr), 0);
			continue;
		}
		if (seen & 1ull << type && !known->multi)
			test_fail("%s.%s is there twice", set->name, known->name);
		seen |= 1ull << type;
		test_eq(!!(attr->nla_type & NLA_F_NESTED), known->nest != NULL);
		if (known->type == NL_ATTR_TYPE_U32)
			test_eq(nla_len(attr), 4);
		else if (known->type == NL_ATTR_TYPE_U64)
			test_eq(nla_len(attr), 8);
		else if (known->type == NL_ATTR_TYPE_NUL_STRING)
			test_eq(strnlen(nla_data(attr), (size_t)nla_len(attr)), nla_len(attr) - 1);
		else
			test_ok(walk(known->nest, nla_data(attr), nla_len(attr)));
	}
	test_eq(left, 0);
	return seen;
}

static void test_as_specified(struct nlmsghdr *message, void *data)
{
	uint8_t cmd = message_cmd(message);
	uint64_t seen;

	test_ok(cmd < OPS && spec_ops[cmd].name);
	seen = walk(spec_ops[cmd].set, genlmsg_attrdata(nlmsg_data(message), 0),
		    genlmsg_attrlen(nlmsg_data(message), 0));
	if (seen != spec_ops[cmd].reply)
		test_fail("%s has attributes %#llx, in the spec it has %#llx", spec_ops[cmd].name,
			  (unsigned long long)seen, (unsigned long long)spec_ops[cmd].reply);
	if (data)
		++*(unsigned int *)data;
}

TEST("answers of do and dump have the attributes of the spec, all of them and no other")
{
	struct client client = client_open();
	struct pool pool = pool_small(3);
	uint32_t image = image_filled(&pool, 1, 1, 2), id = pool_id(&pool);
	unsigned int walked = 0;

	for (uint32_t slot = 0; slot < 3; slot++)
		test_rebind(&pool, slot, image);
	struct nl_msg *requests[] = {
		request_new(&client, GUARDSLOT_CMD_MODULE_GET, 0),
		pool_request(&client, id),
		pools_request(&client),
		image_request(&client, id, image),
		images_request(&client, id),
		slot_request(&client, id, 2),
		slots_request(&client, id),
	};
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
		test_eq(ask(&client, requests[i], test_as_specified, &walked).error, 0);
	test_eq(walked, 6 + 3);
}

TEST("events have the attributes of the spec, all of them and no other")
{
	struct client listener = listener_open();
	struct guardslot_create geometry = small_geometry(1);
	bool seen[OPS] = { false };
	struct pool pool;
	struct kept kept;

	geometry.max_resident = 2 * PAGE;
	pool = pool_map(&geometry);
	write_pages(area_at(&pool, 0, 0), 2, 1);
	test_signal(SIGBUS, area_at(&pool, 0, 0) + 2 * PAGE,
		    poke(area_at(&pool, 0, 0) + 2 * PAGE, 1));
	test_signal(SIGSEGV, area_at(&pool, 0, 0) + 4 * PAGE,
		    poke(area_at(&pool, 0, 0) + 4 * PAGE, 1));
	test_reset(&pool, 0);
	atomic_store(claim_word(&pool, 0), GUARDSLOT_IDLE);
	write_file("/proc/sys/vm/drop_caches", "2");
	pool_close(&pool);
	do {
		next_event(&listener, &kept);
		test_as_specified(&kept.message, NULL);
		seen[message_cmd(&kept.message)] = true;
	} while (message_cmd(&kept.message) != GUARDSLOT_CMD_POOL_GONE_NTF);
	for (size_t cmd = 1; cmd < OPS; cmd++) {
		if (seen[cmd] != spec_ops[cmd].is_event)
			test_fail("%s: %s", spec_ops[cmd].name, seen[cmd] ? "seen" : "not seen");
	}
}

TEST_MAIN()
