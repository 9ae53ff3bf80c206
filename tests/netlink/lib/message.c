// SPDX-License-Identifier: MIT
/* Finds the attributes of a message. */
#include "message.h"

#include <linux/genetlink.h>
#include <netlink/attr.h>

uint8_t message_cmd(struct nlmsghdr *message)
{
	return ((struct genlmsghdr *)nlmsg_data(message))->cmd;
}

struct nlattr *find_attr(struct nlmsghdr *message, int type)
{
	return nlmsg_find_attr(message, GENL_HDRLEN, type);
}

uint64_t value_of(struct nlattr *attr)
{
	return nla_len(attr) == 8 ? nla_get_u64(attr) : nla_get_u32(attr);
}

uint64_t get_attr(struct nlmsghdr *message, int type)
{
	struct nlattr *attr = find_attr(message, type);

	if (!attr)
		test_fail("no attribute %d in a message of command %d", type, message_cmd(message));
	return value_of(attr);
}

const char *get_words(struct nlmsghdr *message, int type)
{
	struct nlattr *attr = find_attr(message, type);

	test_ok(attr);
	return nla_get_string(attr);
}
