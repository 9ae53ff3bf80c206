/* SPDX-License-Identifier: MIT */
/*
 * Following the events of the family.
 */
#ifndef TESTS_LISTENER_H
#define TESTS_LISTENER_H

#include "answer.h"
#include "message.h"

/* A client that follows the events; only those from now on. */
struct client listener_open(void);

/* Waits for the next event. */
void next_event(struct client *client, struct kept *kept);

/*
 * False: none is there. The kernel has delivered an event to all its listeners before
 * the call or the touch ends that it tells of; reclaim alone has its event later.
 */
bool try_event(struct client *client, struct kept *kept);

/* The next event must be that one, of that pool. */
#define test_event(client, kept, expected_cmd, pool_attr, id)         \
	do {                                                          \
		next_event(client, kept);                             \
		test_eq(message_cmd(&(kept)->message), expected_cmd); \
		test_eq(get_attr(&(kept)->message, pool_attr), id);   \
	} while (0)

#endif /* TESTS_LISTENER_H */
