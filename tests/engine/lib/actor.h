/* SPDX-License-Identifier: MIT */
/*
 * One thread of the model test: its random numbers, and a log of what it did last.
 */
#ifndef TESTS_ACTOR_H
#define TESTS_ACTOR_H

#include "model.h"

#define LOG_LINES 24

struct actor {
	struct world *world;
	pthread_t thread;
	uint32_t number;
	uint64_t random;
	long step;
	int pipe[2];
	char log[LOG_LINES][100];
	long logged;
};

void actor_init(struct actor *actor, struct world *world, uint32_t number);
uint64_t any(struct actor *actor);
uint64_t below(struct actor *actor, uint64_t end);
void log_step(struct actor *actor, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Before a test fails: how to get here again, and what this thread did last. */
void actor_report(struct actor *actor);

#define model_fail(actor, ...)          \
	do {                            \
		actor_report(actor);    \
		test_fail(__VA_ARGS__); \
	} while (0)

/* A call that must return just this. */
#define expect(actor, expected, call)                                                           \
	do {                                                                                    \
		long got_ = (call), expected_ = (expected);                                     \
		if (got_ != expected_)                                                          \
			model_fail(actor, "%s: got %ld, expected %ld", #call, got_, expected_); \
	} while (0)

#endif /* TESTS_ACTOR_H */
