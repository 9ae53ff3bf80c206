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

/* The next event within a time, into @kept; false: none came. */
bool try_event(struct client *client, struct kept *kept, unsigned int milliseconds);

/* The next event must be that one, of that pool. */
#define test_event(client, kept, expected_cmd, pool_attr, id)           \
	do {                                                            \
		if (!try_event(client, kept, 20000))                    \
			test_fail("no event, expected " #expected_cmd); \
		test_eq(message_cmd(&(kept)->message), expected_cmd);   \
		test_eq(get_attr(&(kept)->message, pool_attr), id);     \
	} while (0)

#endif /* TESTS_LISTENER_H */
