/* SPDX-License-Identifier: MIT */
/*
 * What the calls of a program have made: values for later calls, and what has to be closed
 * and unmapped at its end. Two threads may run one program.
 */
#ifndef FUZZ_RESULTS_H
#define FUZZ_RESULTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_RESULTS 64

struct result {
	int resource;
	int64_t value;
};

/* @length: 0: it was unmapped */
struct slab {
	uint8_t *start;
	size_t length;
};

struct results {
	pthread_mutex_t lock;
	struct result values[MAX_RESULTS];
	unsigned int count;
	struct slab slabs[MAX_RESULTS];
	unsigned int slab_count;
	int fds[MAX_RESULTS];
	unsigned int fd_count;
};

/* Values that are there before a program begins, as the number of the family. */
void results_know(const char *resource, int64_t value);

void results_begin(struct results *results);
/* Closes and unmaps. */
void results_end(struct results *results);

void results_add(struct results *results, int resource, int64_t value);
/* One of those of the resource; false: there is none. */
bool results_pick(struct results *results, int resource, uint32_t choice, int64_t *value);
bool results_pick_slab(struct results *results, uint32_t choice, int64_t *value);

/* False: there is no room, and the caller undoes it. */
bool results_add_fd(struct results *results, int fd);
bool results_add_slab(struct results *results, void *start, size_t length);
/* The slab that begins there; its length is 0 when there is none. */
struct slab results_find_slab(struct results *results, uint64_t start);

/* Those of the program that this process runs. */
extern struct results the_results;

#endif /* FUZZ_RESULTS_H */
