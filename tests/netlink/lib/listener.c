// SPDX-License-Identifier: MIT
/* Joins the multicast group and waits for events. */
#include "listener.h"

#include <netlink/genl/ctrl.h>
#include <netlink/socket.h>
#include <sys/socket.h>
#include <sys/time.h>

struct client listener_open(void)
{
	struct client client = client_open();
	int group =
		genl_ctrl_resolve_grp(client.sock, GUARDSLOT_FAMILY_NAME, GUARDSLOT_MCGRP_EVENTS);

	test_success(group);
	test_eq(nl_socket_add_membership(client.sock, group), 0);
	return client;
}

bool try_event(struct client *client, struct kept *kept, unsigned int milliseconds)
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
