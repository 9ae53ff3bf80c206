// SPDX-License-Identifier: MIT
/* Reads the messages of an answer up to the one that ends it. */
#include "answer.h"

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/netlink.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "request.h"

/* The attributes behind the fixed part of an acknowledgement or a DONE. */
static void outcome_words(struct outcome *outcome, struct nlattr *first, int length)
{
	struct nlattr *attr;
	int left;

	nla_for_each_attr(attr, first, length, left) {
		if (nla_type(attr) == NLMSGERR_ATTR_MSG)
			snprintf(outcome->words, sizeof(outcome->words), "%s",
				 nla_get_string(attr));
		if (nla_type(attr) == NLMSGERR_ATTR_MISS_TYPE)
			outcome->missing = (int)nla_get_u32(attr);
	}
}

/* True for the last message of an answer. */
static bool outcome_take(struct outcome *outcome, struct nlmsghdr *message)
{
	int fixed, length = nlmsg_datalen(message);

	outcome->interrupted |= !!(message->nlmsg_flags & NLM_F_DUMP_INTR);
	if (message->nlmsg_type == NLMSG_DONE) {
		fixed = sizeof(int);
		outcome->error = *(int *)nlmsg_data(message);
	} else if (message->nlmsg_type == NLMSG_ERROR) {
		struct nlmsgerr *error = nlmsg_data(message);

		fixed = sizeof(*error);
		if (!(message->nlmsg_flags & NLM_F_CAPPED))
			fixed += NLMSG_ALIGN(error->msg.nlmsg_len) - NLMSG_HDRLEN;
		outcome->error = error->error;
	} else {
		return false;
	}
	if (message->nlmsg_flags & NLM_F_ACK_TLVS && length > fixed)
		outcome_words(outcome, (struct nlattr *)((uint8_t *)nlmsg_data(message) + fixed),
			      length - fixed);
	return true;
}

bool outcome_read(struct client *client, struct outcome *outcome, message_fn each, void *data)
{
	ssize_t length = recv(client->fd, client->buffer, BUFFER_SIZE, 0);
	struct nlmsghdr *message = (struct nlmsghdr *)client->buffer;
	int left = (int)length;

	test_sys(length);
	outcome->reads++;
	for (; nlmsg_ok(message, left); message = nlmsg_next(message, &left)) {
		if (outcome_take(outcome, message))
			return true;
		test_eq(message->nlmsg_type, client->family);
		outcome->messages++;
		if (each)
			each(message, data);
	}
	return false;
}

struct outcome ask(struct client *client, struct nl_msg *request, message_fn each, void *data)
{
	struct outcome outcome = {
		.dump = (nlmsg_hdr(request)->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP,
	};

	request_send(client, request);
	while (!outcome_read(client, &outcome, each, data))
		;
	return outcome;
}

void keep(struct nlmsghdr *message, void *data)
{
	test_ok(message->nlmsg_len <= sizeof(struct kept));
	memcpy(data, message, message->nlmsg_len);
}

bool lacks_words(const struct outcome *outcome)
{
	struct utsname kernel;

	if (outcome->words[0])
		return false;
	test_sys(uname(&kernel));
	return !outcome->dump || strncmp(kernel.release, "6.1.", 4) != 0;
}
