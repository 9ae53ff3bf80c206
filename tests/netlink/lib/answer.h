/* SPDX-License-Identifier: MIT */
/*
 * The answer to a request: its messages, and how the kernel ended it.
 */
#ifndef TESTS_ANSWER_H
#define TESTS_ANSWER_H

#include "client.h"

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

/* Takes what the socket has now. True when the last message was among it. */
bool outcome_read(struct client *client, struct outcome *outcome, message_fn each, void *data);

struct outcome ask(struct client *client, struct nl_msg *request, message_fn each, void *data);

/* For ask(): keeps a copy of the one message. */
struct kept {
	struct nlmsghdr message;
	uint8_t data[8192];
};

void keep(struct nlmsghdr *message, void *data);

/*
 * 6.1 has no place for the message of a family about a dump that it does not start;
 * there the answer has only the error.
 */
bool lacks_words(const struct outcome *outcome);

/* The one message that answers a request. */
#define get(client, request, kept)                                                       \
	do {                                                                             \
		struct outcome outcome_ = ask(client, request, keep, kept);              \
		if (outcome_.error)                                                      \
			test_fail("%s: %s, \"%s\"", #request, strerror(-outcome_.error), \
				  outcome_.words);                                       \
		test_eq(outcome_.messages, 1);                                           \
	} while (0)

/* The request must fail so, with words and without an answer. */
#define test_refused(expected, client, request)                             \
	do {                                                                \
		struct outcome refused_ = ask(client, request, NULL, NULL); \
		test_eq(refused_.error, -(expected));                       \
		test_eq(refused_.messages, 0);                              \
		if (lacks_words(&refused_))                                 \
			test_fail("%s: refused without a word", #request);  \
	} while (0)

#endif /* TESTS_ANSWER_H */
