/* SPDX-License-Identifier: MIT */
/*
 * The calls and touches in which the test of failing allocations makes each
 * allocation fail.
 */
#ifndef TESTS_FAULT_STEPS_H
#define TESTS_FAULT_STEPS_H

#include "sample_pool.h"

/*
 * @error: what a failed allocation comes to, or ENOMEM; 0: nothing may fail
 * @error_at_copy: the same for a failed copy; 0: there is none, or a touch that is
 *                 made again
 * @partly: an error leaves part of the work done, as documented
 * @answers: changes something, and then copies its answer out: when that copy
 *           fails the work is done
 */
struct fault_step {
	const char *name;
	int (*run)(struct sample_pool *sample);
	void (*prepare)(struct sample_pool *sample);
	void (*undo)(struct sample_pool *sample);
	int error, error_at_copy;
	bool partly, answers, ends;
};

extern const struct fault_step fault_steps[];
extern const size_t fault_step_count;

#endif /* TESTS_FAULT_STEPS_H */
