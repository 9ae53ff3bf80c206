/* SPDX-License-Identifier: MIT */
/*
 * An instance allocator with one instance in each slot. The instances run one after
 * the other and are reset together, and each is compared with its reference.
 *
 * Figures cover the instance cycle alone: allocate, initialize, run, deallocate
 * with the reset. They leave out the first round, in which every slot is new, and
 * the comparisons. Of the other rounds every second one has its instructions or its time
 * taken, and the others their faults and calls.
 */
#ifndef DEMO_BATCH_H
#define DEMO_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <libshim.h>

#include "counter.h"
#include "reference.h"

struct batch_options {
	uint32_t slots;
	uint32_t rounds; /* at least 3 */
	/* System calls, which needs perf. */
	bool count_calls;
	/* Run the same instances again instead, which the comparisons must notice. */
	bool no_reset;
};

/* Instances, and what they took together. */
struct tally {
	uint64_t instances;
	struct counter sum;
};

struct figures {
	uint64_t instances; /* run and compared */
	uint64_t mismatches;
	uint64_t traps; /* instances that ended in one, as their references did */
	struct tally clocked;
	struct tally watched;  /* faults and calls */
	double resident_pages; /* of a slot, after a reset */
};

struct batch;

const char *batch_backend_name(enum shim_backend backend);

/* 0 or -errno, with a message printed; *out is NULL then. */
int batch_create(enum shim_backend backend, const struct batch_options *options,
		 struct batch **out);
/* NULL is allowed. */
void batch_destroy(struct batch *batch);

/*
 * Runs start-up of a program once and makes the snapshot, runs rounds of
 * instances in all slots, and purges the module. Adds to *figures. 0 or -errno,
 * with a message printed; a mismatch is no error.
 */
int batch_run(struct batch *batch, const struct references *references, struct figures *figures);

/*
 * The same for all programs that were run before, in rounds in which the program
 * of each instance is chosen at random.
 */
int batch_run_mixed(struct batch *batch, struct figures *figures);

#endif /* DEMO_BATCH_H */
