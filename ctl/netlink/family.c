// SPDX-License-Identifier: MIT
/*
 * The family over libnl.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "base/fail.h"
#include "netlink/family.h"

#define DUMP_TRIES 10

/* The socket of requests, and the family's number, which is 0 until that is open. */
static struct nl_sock *sock;
static int family;
/* That of events. */
static struct nl_sock *event_sock;

/* A request, and its answer as far as it was read. */
struct exchange {
	struct records *records;
	int error;	  /* 0 or a negative errno */
	char reason[256]; /* the kernel's text for an error; may be empty */
	bool done;
};

static int on_valid(struct nl_msg *message, void *arg)
{
	struct exchange *exchange = arg;

	records_add(exchange->records, nlmsg_hdr(message));
	return NL_OK;
}

static int on_ack(struct nl_msg *message, void *arg)
{
	struct exchange *exchange = arg;

	(void)message;
	exchange->done = true;
	return NL_STOP;
}

/* The last message of a dump carries what ended it. */
static int on_finish(struct nl_msg *message, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(message);
	struct exchange *exchange = arg;

	exchange->done = true;
	if (nlmsg_datalen(header) >= (int)sizeof(int))
		exchange->error = *(int *)nlmsg_data(header);
	return NL_STOP;
}

/* The error is followed by the request, or its header only, and then by attributes. */
static void reason_read(struct exchange *exchange, struct nlmsghdr *header, struct nlmsgerr *error)
{
	int length = sizeof(*error), left;
	struct nlattr *at;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		length += nlmsg_datalen(&error->msg);
	length = NLMSG_ALIGN(length);
	if (length >= nlmsg_datalen(header))
		return;
	nla_for_each_attr(at, (struct nlattr *)((char *)error + length),
			  nlmsg_datalen(header) - length, left)
		if (nla_type(at) == NLMSGERR_ATTR_MSG)
			nla_strlcpy(exchange->reason, at, sizeof(exchange->reason));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	struct exchange *exchange = arg;

	(void)from;
	exchange->error = error->error;
	exchange->done = true;
	reason_read(exchange, (struct nlmsghdr *)((char *)error - NLMSG_HDRLEN), error);
	return NL_STOP;
}

int family_try(void)
{
	int one = 1, error;

	if (family > 0)
		return 0;
	sock = must(nl_socket_alloc());
	if (genl_connect(sock)) {
		error = -errno;
		goto free_sock;
	}
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	family = genl_ctrl_resolve(sock, GUARDSLOT_FAMILY_NAME);
	if (family <= 0) {
		error = -ENOENT;
		goto free_sock;
	}
	return 0;
free_sock:
	nl_socket_free(sock);
	sock = NULL;
	return error;
}

bool family_is_idle(void)
{
	return access("/sys/module", F_OK) == 0 && access("/sys/module/guardslot", F_OK) != 0;
}

static void family_must_open(void)
{
	int error = family_try();

	if (!error)
		return;
	if (error != -ENOENT)
		fail(EXIT_FAILED, "cannot open a netlink socket: %s", strerror(-error));
	if (access("/sys/module", F_OK) != 0)
		fail(EXIT_FAILED, "no netlink family here: the module is not loaded, or this is "
				  "not the initial network namespace");
	if (access("/sys/module/guardslot", F_OK) != 0)
		fail(EXIT_FAILED, "module not loaded: guardslotctl doctor says what to do");
	fail(EXIT_FAILED, "no netlink family here: it is in the initial network "
			  "namespace only, run this there");
}

/* Sends the request and reads the whole answer; attribute 0: none. */
static void exchange_run(struct exchange *exchange, int command, int flags, int attribute,
			 uint32_t value)
{
	struct nl_msg *message = must(nlmsg_alloc());
	struct nl_cb *callbacks = must(nl_cb_alloc(NL_CB_DEFAULT));
	int code = 0;

	nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, on_valid, exchange);
	nl_cb_set(callbacks, NL_CB_ACK, NL_CB_CUSTOM, on_ack, exchange);
	nl_cb_set(callbacks, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, exchange);
	nl_cb_err(callbacks, NL_CB_CUSTOM, on_error, exchange);
	must(genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, flags, command,
			 GUARDSLOT_FAMILY_VERSION));
	if (attribute && nla_put_u32(message, attribute, value))
		fail_no_memory();
	if (nl_send_auto(sock, message) < 0)
		fail(EXIT_FAILED, "cannot send to the kernel: %m");
	while (!exchange->done && code >= 0)
		code = nl_recvmsgs(sock, callbacks);
	if (code == -NLE_DUMP_INTR && !exchange->error)
		exchange->error = -EAGAIN;
	else if (code < 0 && !exchange->error)
		exchange->error = -EIO;
	nl_cb_put(callbacks);
	nlmsg_free(message);
}

static void exchange_fail(const struct exchange *exchange, int attribute, uint32_t value)
{
	if (exchange->error == -ENOENT && attribute)
		fail(EXIT_FAILED, "no pool %u that you may see: guardslotctl list shows them",
		     value);
	if (exchange->error == -EPERM || exchange->error == -EACCES)
		fail(EXIT_FAILED, "not permitted: run this as root");
	fail(EXIT_FAILED, "the kernel says: %s%s%s", strerror(-exchange->error),
	     exchange->reason[0] ? ": " : "", exchange->reason);
}

/*
 * A dump during which pools, slots or images came or went is made again. After
 * DUMP_TRIES the last one is taken as it is.
 */
static void ask(int command, int flags, int attribute, uint32_t value, struct records *records)
{
	struct exchange exchange;
	int tries = 0;

	family_must_open();
	do {
		records_clear(records);
		exchange = (struct exchange){ .records = records };
		exchange_run(&exchange, command, flags, attribute, value);
	} while (exchange.error == -EAGAIN && ++tries < DUMP_TRIES);
	if (exchange.error && exchange.error != -EAGAIN)
		exchange_fail(&exchange, attribute, value);
}

static void ask_one(int command, int attribute, uint32_t value, struct record *record)
{
	struct records records = { 0 };

	/* The ack is what ends the answer: without it an error could not be read. */
	ask(command, NLM_F_ACK, attribute, value, &records);
	if (records.count != 1)
		fail(EXIT_FAILED, "the kernel gave %zu answers in place of one", records.count);
	*record = records.items[0];
	records_clear(&records);
}

void family_module(struct record *module)
{
	ask_one(GUARDSLOT_CMD_MODULE_GET, 0, 0, module);
}

uint64_t family_page_size(void)
{
	static uint64_t page_size;
	struct record module;

	if (!page_size) {
		family_module(&module);
		page_size = module.value[GUARDSLOT_A_MODULE_PAGE_SIZE];
	}
	return page_size;
}

static int by_id(const void *a, const void *b)
{
	uint64_t left = ((const struct record *)a)->value[GUARDSLOT_A_POOL_ID];
	uint64_t right = ((const struct record *)b)->value[GUARDSLOT_A_POOL_ID];

	return left < right ? -1 : left > right;
}

void family_pools(struct records *pools)
{
	ask(GUARDSLOT_CMD_POOL_GET, NLM_F_DUMP, 0, 0, pools);
	if (pools->count)
		qsort(pools->items, pools->count, sizeof(*pools->items), by_id);
}

void family_pool(uint32_t id, struct record *pool)
{
	ask_one(GUARDSLOT_CMD_POOL_GET, GUARDSLOT_A_POOL_ID, id, pool);
}

void family_slots(uint32_t pool, struct records *slots)
{
	ask(GUARDSLOT_CMD_SLOT_GET, NLM_F_DUMP, GUARDSLOT_A_SLOT_POOL, pool, slots);
}

void family_images(uint32_t pool, struct records *images)
{
	ask(GUARDSLOT_CMD_IMAGE_GET, NLM_F_DUMP, GUARDSLOT_A_IMAGE_POOL, pool, images);
}

/* ---- events ------------------------------------------------------------------ */

struct follower {
	bool (*follow)(const struct record *event, void *arg);
	void *arg;
	bool ended;
};

static int on_event(struct nl_msg *message, void *arg)
{
	struct follower *follower = arg;
	struct record event;

	record_read(&event, nlmsg_hdr(message));
	follower->ended = !follower->follow(&event, follower->arg);
	return follower->ended ? NL_STOP : NL_OK;
}

static int no_sequence(struct nl_msg *message, void *arg)
{
	(void)message;
	(void)arg;
	return NL_OK;
}

void family_join(void)
{
	int group, error;

	family_must_open();
	group = genl_ctrl_resolve_grp(sock, GUARDSLOT_FAMILY_NAME, GUARDSLOT_MCGRP_EVENTS);
	if (group < 0)
		fail(EXIT_FAILED, "the module has no events: it is older than this program");
	event_sock = must(nl_socket_alloc());
	error = genl_connect(event_sock);
	if (!error)
		error = nl_socket_add_membership(event_sock, group);
	if (error == -NLE_PERM || error == -NLE_NOACCESS)
		fail(EXIT_FAILED, "events report the pools of all users: run this as root");
	if (error)
		fail(EXIT_FAILED, "cannot join the events: %s", nl_geterror(error));
}

void family_follow(bool (*follow)(const struct record *event, void *arg), void *arg)
{
	struct follower follower = { .follow = follow, .arg = arg };
	struct nl_cb *callbacks = must(nl_cb_alloc(NL_CB_DEFAULT));
	int code;

	nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, on_event, &follower);
	nl_cb_set(callbacks, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, no_sequence, NULL);
	while (!follower.ended) {
		code = nl_recvmsgs(event_sock, callbacks);
		/* ENOBUFS, as libnl has it. */
		if (code == -NLE_NOMEM)
			follower.ended = !follow(NULL, arg);
		else if (code < 0 && code != -NLE_INTR)
			fail(EXIT_FAILED, "cannot read events: %s", nl_geterror(code));
	}
	nl_cb_put(callbacks);
}
