/* SPDX-License-Identifier: MIT */
/*
 * A client of the netlink family on libnl that keeps what libnl hides: the flags of
 * each message, the error in the last one, and the text of the extended
 * acknowledgement.
 */
#ifndef TESTS_CLIENT_H
#define TESTS_CLIENT_H

#include "test.h"

#include <netlink/msg.h>
#include <netlink/netlink.h>

#include <guardslot_netlink.h>

/* More than any message; the kernel fills at most 32 KiB. */
#define BUFFER_SIZE 65536

struct client {
	struct nl_sock *sock;
	int fd;
	int family;
	uint8_t *buffer;
};

int try_client_open(struct client *client);

struct client client_open(void);

void client_close(struct client *client);

#endif /* TESTS_CLIENT_H */
