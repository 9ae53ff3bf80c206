// SPDX-License-Identifier: MIT
// Without CAP_SYS_ADMIN a user sees the pools of the own user id only, and no events.
/*
 * To such a user other pools do not exist; neither a socket that another user opened
 * nor an own user namespace shows more.
 */
#include "test.h"

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "abi.h"
#include "answer.h"
#include "child.h"
#include "client.h"
#include "image.h"
#include "listener.h"
#include "message.h"
#include "pool.h"
#include "pool_id.h"
#include "request.h"
#include "user.h"

#define OTHER 1000

/* What a dump of pools shows: how many, and whether one is among them. */
struct shown {
	uint32_t id;
	uint32_t pools;
	bool found;
};

static void look_for_pool(struct nlmsghdr *message, void *data)
{
	struct shown *shown = data;

	shown->pools++;
	if (get_attr(message, GUARDSLOT_A_POOL_ID) == shown->id)
		shown->found = true;
}

static struct shown dump_shows(struct client *client, uint32_t id)
{
	struct shown shown = { .id = id };

	test_eq(ask(client, pools_request(client), look_for_pool, &shown).error, 0);
	return shown;
}

static void test_sees_nothing_of(struct client *client, uint32_t id, uint32_t image)
{
	test_refused(ENOENT, client, pool_request(client, id));
	test_refused(ENOENT, client, slot_request(client, id, 0));
	test_refused(ENOENT, client, slots_request(client, id));
	test_refused(ENOENT, client, image_request(client, id, image));
	test_refused(ENOENT, client, images_request(client, id));
	test_ok(!dump_shows(client, id).found);
}

static void test_sees(struct client *client, uint32_t id)
{
	struct kept kept;

	get(client, pool_request(client, id), &kept);
	get(client, slot_request(client, id, 0), &kept);
	test_eq(ask(client, slots_request(client, id), NULL, NULL).error, 0);
	test_eq(ask(client, images_request(client, id), NULL, NULL).error, 0);
	test_ok(dump_shows(client, id).found);
}

TEST("another user sees nothing of a pool, in any way of asking")
{
	struct pool pool = pool_small(2);
	uint32_t id = pool_id(&pool), image = image_filled(&pool, 1, 1, 1);

	in_child({
		struct client client;

		become(NOBODY);
		client = client_open();
		test_sees_nothing_of(&client, id, image);
	});
}

TEST("a user sees the own pools without any privilege, and those of others with it")
{
	struct client root = client_open();
	uint32_t id;
	int to_parent[2], to_child[2];
	struct pool others = pool_small(1);
	pid_t child;

	test_ok(others.fd >= 0);
	test_sys(pipe(to_parent));
	test_sys(pipe(to_child));
	child = fork();
	test_sys(child);
	if (child == 0) {
		struct client client;
		struct pool pool;

		become(OTHER);
		prctl(PR_SET_DUMPABLE, 1);
		pool = pool_small(2);
		id = pool_id(&pool);
		client = client_open();
		test_sees(&client, id);
		test_eq(dump_shows(&client, id).pools, 1);
		test_eq(write(to_parent[1], &id, sizeof(id)), sizeof(id));
		test_eq(read(to_child[0], &id, 1), 1);
		_exit(0);
	}
	test_eq(read(to_parent[0], &id, sizeof(id)), sizeof(id));
	test_sees(&root, id);
	in_child({
		struct client client;

		become(NOBODY);
		client = client_open();
		test_sees_nothing_of(&client, id, 1);
	});
	test_eq(write(to_child[1], &id, 1), 1);
	test_child(child);
}

TEST("a pool that is passed on stays its opener's")
{
	struct pool pool = pool_small(2);
	uint32_t id = pool_id(&pool);

	in_child({
		struct client client;

		become(NOBODY);
		client = client_open();
		test_reset(&pool, 0);
		test_sees_nothing_of(&client, id, 1);
	});
}

TEST("a socket that an unprivileged process opened shows root no more than its opener")
{
	struct client client = { 0 };
	struct pool pool = pool_small(2);
	uint32_t id = pool_id(&pool);

	test_sys(seteuid(NOBODY));
	client = client_open();
	test_sys(seteuid(0));
	test_sees_nothing_of(&client, id, 1);
}

TEST("a socket that root opened shows an unprivileged process no more than its own")
{
	struct client client = client_open();
	struct pool pool = pool_small(2);
	uint32_t id = pool_id(&pool);

	test_sees(&client, id);
	in_child({
		become(NOBODY);
		test_sees_nothing_of(&client, id, 1);
	});
}

TEST("a dump that root began shows its unprivileged reader nothing more")
{
	struct guardslot_create geometry = plain_geometry(20000, 1);
	struct client client = client_open();
	struct pool pool = pool_create(&geometry);
	struct outcome outcome = { 0 };

	request_send(&client, slots_request(&client, pool_id(&pool)));
	test_ok(!outcome_read(&client, &outcome, NULL, NULL));
	test_ok(outcome.messages > 0);
	become(NOBODY);
	while (!outcome_read(&client, &outcome, NULL, NULL))
		;
	test_eq(outcome.error, -ENOENT);
	/* The kernel fills one message in advance. */
	test_ok(outcome.messages < 20000 / 2);
}

TEST("what concerns all pools together is shown with the privilege only")
{
	static const int attrs[] = { GUARDSLOT_A_MODULE_POOLS, GUARDSLOT_A_MODULE_PAGES,
				     GUARDSLOT_A_MODULE_EVENTS_LOST, GUARDSLOT_A_MODULE_RESETS,
				     GUARDSLOT_A_MODULE_WHOLE_UNMAPPED };
	struct client root = client_open();
	struct pool pool = pool_small(2);
	struct kept kept;

	get(&root, request_new(&root, GUARDSLOT_CMD_MODULE_GET, 0), &kept);
	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++)
		test_ok(find_attr(&kept.message, attrs[i]));
	test_ok(get_attr(&kept.message, GUARDSLOT_A_MODULE_USER_PAGES) > 0);
	pool_close(&pool);
	in_child({
		struct client client;

		become(NOBODY);
		client = client_open();
		get(&client, request_new(&client, GUARDSLOT_CMD_MODULE_GET, 0), &kept);
		for (size_t i = 0; i < ARRAY_SIZE(attrs); i++)
			test_ok(!find_attr(&kept.message, attrs[i]));
		test_eq(get_attr(&kept.message, GUARDSLOT_A_MODULE_USER_PAGES), 0);
		test_eq(get_attr(&kept.message, GUARDSLOT_A_MODULE_PAGE_SIZE), PAGE);
	});
}

TEST("events take CAP_SYS_ADMIN")
{
	struct client root = listener_open();

	client_close(&root);
	in_child({
		struct client client;
		int group;

		become(NOBODY);
		client = client_open();
		group = genl_ctrl_resolve_grp(client.sock, GUARDSLOT_FAMILY_NAME,
					      GUARDSLOT_MCGRP_EVENTS);
		test_success(group);
		test_eq(setsockopt(client.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
				   sizeof(group)),
			-1);
		test_eq(errno, EPERM);
	});
}

/* The debug kernel has no user namespaces: there the call itself must fail. */
static bool try_user_namespace(void)
{
	if (unshare(CLONE_NEWUSER) == 0)
		return true;
	test_ok(errno == EINVAL || errno == EPERM);
	test_ok(access("/proc/self/ns/user", F_OK) != 0);
	test_note("this kernel has no user namespaces");
	return false;
}

TEST("root of an own user namespace sees no more than before")
{
	struct pool pool = pool_small(2);
	uint32_t id = pool_id(&pool);

	in_child({
		struct client client;

		become(NOBODY);
		if (!try_user_namespace())
			_exit(0);
		client = client_open();
		test_sees_nothing_of(&client, id, 1);
	});
}

/* The debug kernel has none. */
static bool has_pid_namespaces(void)
{
	return access("/proc/self/ns/pid", F_OK) == 0;
}

/* A container without a user namespace: the same user id, and other pids. */
TEST_WHEN(has_pid_namespaces,
	  "the same user id sees nothing of a pool that was opened outside of its pid namespace")
{
	test_sys(seteuid(NOBODY));
	struct pool pool = pool_small(2);
	uint32_t id = pool_id(&pool);

	test_sys(seteuid(0));
	in_child({
		test_sys(unshare(CLONE_NEWPID));
		in_child({
			struct client client;
			struct pool own;

			become(NOBODY);
			client = client_open();
			test_sees_nothing_of(&client, id, 1);
			own = pool_small(2);
			test_sees(&client, pool_id(&own));
		});
	});
}

TEST("in another network namespace there is no such family, and so no events")
{
	in_child({
		struct client client;

		become(NOBODY);
		if (!try_user_namespace())
			_exit(0);
		test_sys(unshare(CLONE_NEWNET));
		test_ok(try_client_open(&client) < 0);
	});
}

TEST_MAIN()
