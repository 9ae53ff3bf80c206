// SPDX-License-Identifier: MIT
/* Opens the socket of a client and finds the family. */
#include "client.h"

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/socket.h>
#include <sys/socket.h>

int try_client_open(struct client *client)
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

struct client client_open(void)
{
	struct client client;

	test_ok(try_client_open(&client) > 0);
	return client;
}

void client_close(struct client *client)
{
	nl_socket_free(client->sock);
	free(client->buffer);
}
