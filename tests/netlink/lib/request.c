// SPDX-License-Identifier: MIT
/* Makes and sends requests. */
#include "request.h"

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

struct nl_msg *request_new(struct client *client, uint8_t cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	test_ok(msg &&
		genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, client->family, 0,
			    flags | NLM_F_REQUEST | NLM_F_ACK, cmd, GUARDSLOT_FAMILY_VERSION));
	return msg;
}

void request_send(struct client *client, struct nl_msg *msg)
{
	test_success(nl_send_auto(client->sock, msg));
	nlmsg_free(msg);
}

struct nl_msg *request_u32(struct client *client, uint8_t cmd, int flags, int type1,
			   uint32_t value1, int type2, uint32_t value2)
{
	struct nl_msg *msg = request_new(client, cmd, flags);

	if (type1)
		test_eq(nla_put_u32(msg, type1, value1), 0);
	if (type2)
		test_eq(nla_put_u32(msg, type2, value2), 0);
	return msg;
}

struct nl_msg *pool_request(struct client *client, uint32_t id)
{
	return request_u32(client, GUARDSLOT_CMD_POOL_GET, 0, GUARDSLOT_A_POOL_ID, id, 0, 0);
}

struct nl_msg *pools_request(struct client *client)
{
	return request_u32(client, GUARDSLOT_CMD_POOL_GET, NLM_F_DUMP, 0, 0, 0, 0);
}

struct nl_msg *image_request(struct client *client, uint32_t pool, uint32_t image)
{
	return request_u32(client, GUARDSLOT_CMD_IMAGE_GET, 0, GUARDSLOT_A_IMAGE_POOL, pool,
			   GUARDSLOT_A_IMAGE_ID, image);
}

struct nl_msg *images_request(struct client *client, uint32_t pool)
{
	return request_u32(client, GUARDSLOT_CMD_IMAGE_GET, NLM_F_DUMP, GUARDSLOT_A_IMAGE_POOL,
			   pool, 0, 0);
}

struct nl_msg *slot_request(struct client *client, uint32_t pool, uint32_t slot)
{
	return request_u32(client, GUARDSLOT_CMD_SLOT_GET, 0, GUARDSLOT_A_SLOT_POOL, pool,
			   GUARDSLOT_A_SLOT_INDEX, slot);
}

struct nl_msg *slots_request(struct client *client, uint32_t pool)
{
	return request_u32(client, GUARDSLOT_CMD_SLOT_GET, NLM_F_DUMP, GUARDSLOT_A_SLOT_POOL, pool,
			   0, 0);
}
