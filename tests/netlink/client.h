/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the netlink family share: a client on libnl that keeps what
 * libnl hides (the flags of each message, the error in the last one, the words of
 * the extended acknowledgement), and short ways to ask and to look at answers.
 */
#ifndef TESTS_NETLINK_CLIENT_H
#define TESTS_NETLINK_CLIENT_H

#include "../engine/engine.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include <guardslot_netlink.h>

#define NOBODY 65534

/* More than any message; the kernel fills at most 32 KiB. */
#define BUFFER_SIZE 65536

struct client {
	struct nl_sock *sock;
	int fd;
	int family;
	uint8_t *buffer;
};

/* How the kernel answered, beside the messages. */
struct outcome {
	int error;
	char words[160]; /* of the extended acknowledgement */
	int missing;	 /* the attribute that it misses; 0: none */
	bool dump;
	bool interrupted;
	unsigned int messages;
	unsigned int reads; /* of the socket */
};

typedef void (*message_fn)(struct nlmsghdr *message, void *data);

static inline int try_client_open(struct client *client)
{
	int on = 1;

	*client = (struct client){ .sock = nl_socket_alloc(), .buffer = malloc(BUFFER_SIZE) };
	test_ok(client->sock && client->buffer);
	test_eq(genl_connect(client->sock), 0);
	client->fd = nl_socket_get_fd(client->sock);
	test_sys(setsockopt(client->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)));
	client->family = genl_ctrl_resolve(client->sock, GUARDSLOT_FAMILY_NAME);
	return client->family;
}

static inline struct client client_open(void)
{
	struct client client;

	test_ok(try_client_open(&client) > 0);
	return client;
}

static inline void client_close(struct client *client)
{
	nl_socket_free(client->sock);
	free(client->buffer);
}

/* ---- asking -------------------------------------------------------------- */

static inline struct nl_msg *request_new(struct client *client, uint8_t cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	test_ok(msg &&
		genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, client->family, 0,
			    flags | NLM_F_REQUEST | NLM_F_ACK, cmd, GUARDSLOT_FAMILY_VERSION));
	return msg;
}

/* Sends and frees. */
static inline void request_send(struct client *client, struct nl_msg *msg)
{
	test_success(nl_send_auto(client->sock, msg));
	nlmsg_free(msg);
}

/* The attributes behind the fixed part of an acknowledgement or a DONE. */
static inline void outcome_words(struct outcome *outcome, struct nlattr *first, int length)
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
static inline bool outcome_take(struct outcome *outcome, struct nlmsghdr *message)
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

/* Takes what the socket has now. True when the last message was among it. */
static inline bool outcome_read(struct client *client, struct outcome *outcome, message_fn each,
				void *data)
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

static inline struct outcome ask(struct client *client, struct nl_msg *request, message_fn each,
				 void *data)
{
	struct outcome outcome = {
		.dump = (nlmsg_hdr(request)->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP,
	};

	request_send(client, request);
	while (!outcome_read(client, &outcome, each, data))
		;
	return outcome;
}

/* Requests of up to two u32 attributes, by type; type 0: none. */
static inline struct nl_msg *request_u32(struct client *client, uint8_t cmd, int flags, int type1,
					 uint32_t value1, int type2, uint32_t value2)
{
	struct nl_msg *msg = request_new(client, cmd, flags);

	if (type1)
		test_eq(nla_put_u32(msg, type1, value1), 0);
	if (type2)
		test_eq(nla_put_u32(msg, type2, value2), 0);
	return msg;
}

static inline struct nl_msg *pool_request(struct client *client, uint32_t id)
{
	return request_u32(client, GUARDSLOT_CMD_POOL_GET, 0, GUARDSLOT_A_POOL_ID, id, 0, 0);
}

static inline struct nl_msg *pools_request(struct client *client)
{
	return request_u32(client, GUARDSLOT_CMD_POOL_GET, NLM_F_DUMP, 0, 0, 0, 0);
}

static inline struct nl_msg *image_request(struct client *client, uint32_t pool, uint32_t image)
{
	return request_u32(client, GUARDSLOT_CMD_IMAGE_GET, 0, GUARDSLOT_A_IMAGE_POOL, pool,
			   GUARDSLOT_A_IMAGE_ID, image);
}

static inline struct nl_msg *images_request(struct client *client, uint32_t pool)
{
	return request_u32(client, GUARDSLOT_CMD_IMAGE_GET, NLM_F_DUMP, GUARDSLOT_A_IMAGE_POOL,
			   pool, 0, 0);
}

static inline struct nl_msg *slot_request(struct client *client, uint32_t pool, uint32_t slot)
{
	return request_u32(client, GUARDSLOT_CMD_SLOT_GET, 0, GUARDSLOT_A_SLOT_POOL, pool,
			   GUARDSLOT_A_SLOT_INDEX, slot);
}

static inline struct nl_msg *slots_request(struct client *client, uint32_t pool)
{
	return request_u32(client, GUARDSLOT_CMD_SLOT_GET, NLM_F_DUMP, GUARDSLOT_A_SLOT_POOL, pool,
			   0, 0);
}

/* ---- looking ------------------------------------------------------------- */

static inline uint8_t message_cmd(struct nlmsghdr *message)
{
	return ((struct genlmsghdr *)nlmsg_data(message))->cmd;
}

/* The first attribute of that type, or NULL. */
static inline struct nlattr *find_attr(struct nlmsghdr *message, int type)
{
	return nlmsg_find_attr(message, GENL_HDRLEN, type);
}

static inline uint64_t value_of(struct nlattr *attr)
{
	return nla_len(attr) == 8 ? nla_get_u64(attr) : nla_get_u32(attr);
}

static inline uint64_t get_attr(struct nlmsghdr *message, int type)
{
	struct nlattr *attr = find_attr(message, type);

	if (!attr)
		test_fail("no attribute %d in a message of command %d", type, message_cmd(message));
	return value_of(attr);
}

static inline const char *get_words(struct nlmsghdr *message, int type)
{
	struct nlattr *attr = find_attr(message, type);

	test_ok(attr);
	return nla_get_string(attr);
}

/* For ask(): keeps a copy of the one message. */
struct kept {
	struct nlmsghdr message;
	uint8_t data[8192];
};

static inline void keep(struct nlmsghdr *message, void *data)
{
	test_ok(message->nlmsg_len <= sizeof(struct kept));
	memcpy(data, message, message->nlmsg_len);
}

/* The one message that answers a request. */
#define get(client, request, kept)                                                       \
	do {                                                                             \
		struct outcome outcome_ = ask(client, request, keep, kept);              \
		if (outcome_.error)                                                      \
			test_fail("%s: %s, \"%s\"", #request, strerror(-outcome_.error), \
				  outcome_.words);                                       \
		test_eq(outcome_.messages, 1);                                           \
	} while (0)

/*
 * 6.1 has no place for what a family has to say of a dump that it does not start;
 * there only the error is told.
 */
static inline bool lacks_words(const struct outcome *outcome)
{
	struct utsname kernel;

	if (outcome->words[0])
		return false;
	test_sys(uname(&kernel));
	return !outcome->dump || strncmp(kernel.release, "6.1.", 4) != 0;
}

/* The request must fail so, with words and without an answer. */
#define test_refused(expected, client, request)                             \
	do {                                                                \
		struct outcome refused_ = ask(client, request, NULL, NULL); \
		test_eq(refused_.error, -(expected));                       \
		test_eq(refused_.messages, 0);                              \
		if (lacks_words(&refused_))                                 \
			test_fail("%s: refused without a word", #request);  \
	} while (0)

static inline uint32_t pool_id(const struct pool *pool)
{
	return (uint32_t)fdinfo(pool, "guardslot_pool");
}

/* ---- events -------------------------------------------------------------- */

/* A client that follows the events; only those from now on. */
static inline struct client listener_open(void)
{
	struct client client = client_open();
	int group =
		genl_ctrl_resolve_grp(client.sock, GUARDSLOT_FAMILY_NAME, GUARDSLOT_MCGRP_EVENTS);

	test_success(group);
	test_eq(nl_socket_add_membership(client.sock, group), 0);
	return client;
}

/* The next event within a time, into @kept; false: none came. */
static inline bool try_event(struct client *client, struct kept *kept, unsigned int milliseconds)
{
	struct timeval limit = {
		.tv_sec = milliseconds / 1000,
		.tv_usec = milliseconds % 1000 * 1000,
	};
	ssize_t length;

	test_sys(setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
	length = recv(client->fd, kept, sizeof(*kept), 0);
	if (length < 0 && errno == EAGAIN)
		return false;
	test_sys(length);
	test_eq(kept->message.nlmsg_type, client->family);
	return true;
}

/* The next event must be that one, of that pool. */
#define test_event(client, kept, expected_cmd, pool_attr, id)           \
	do {                                                            \
		if (!try_event(client, kept, 20000))                    \
			test_fail("no event, expected " #expected_cmd); \
		test_eq(message_cmd(&(kept)->message), expected_cmd);   \
		test_eq(get_attr(&(kept)->message, pool_attr), id);     \
	} while (0)

/* ---- being somebody else ------------------------------------------------- */

/*
 * Gives up root for good, but for the group that may open the device. What it
 * costs (no dump of core, no /proc/self of one's own) the tests do not need.
 */
static inline void become(uid_t uid)
{
	test_sys(setresuid(uid, uid, uid));
}

#endif /* TESTS_NETLINK_CLIENT_H */
