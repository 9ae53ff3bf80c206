/* SPDX-License-Identifier: MIT */
/*
 * What is in a message of the family.
 */
#ifndef TESTS_MESSAGE_H
#define TESTS_MESSAGE_H

#include "test.h"

#include <netlink/msg.h>

uint8_t message_cmd(struct nlmsghdr *message);

/* The first attribute of that type, or NULL. */
struct nlattr *find_attr(struct nlmsghdr *message, int type);

uint64_t value_of(struct nlattr *attr);
uint64_t get_attr(struct nlmsghdr *message, int type);
const char *get_words(struct nlmsghdr *message, int type);

#endif /* TESTS_MESSAGE_H */
