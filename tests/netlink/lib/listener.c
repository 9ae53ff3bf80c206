// SPDX-License-Identifier: MIT
/* Joins the multicast group and waits for events. */
#include "listener.h"

#include <netlink/genl/ctrl.h>
#include <netlink/socket.h>
#include <sys/socket.h>

struct client listener_open(void)
{
	struct client client = client_open();
	int group =
		genl_ctrl_resolve_grp(client.sock, GUARDSLOT_FAMILY_NAME, GUARDSLOT_MCGRP_EVENTS);

	test_success(group);
	test_eq(nl_socket_add_membership(client.sock, group), 0);
	return client;
}

static bool receive(struct client *client, struct kept *kept, int flags)
{
	ssize_t length = recv(client->fd, kept, sizeof(*kept), flags);

	if (length < 0 && errno == EAGAIN)
		return false;
	test_sys(length);
	test_eq(kept->message.nlmsg_type, client->family);
	return true;
}

void next_event(struct client *client, struct kept *kept)
{
	tap_wait(__FILE__, __LINE__, "an event comes");
	test_ok(receive(client, kept, 0));
	tap_wait(NULL, 0, NULL);
}

bool try_event(struct client *client, struct kept *kept)
{
	return receive(client, kept, MSG_DONTWAIT);
}
