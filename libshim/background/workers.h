/* SPDX-License-Identifier: MIT */
/*
 * The threads of the library that reset slots.
 */
#ifndef SHIM_WORKERS_H
#define SHIM_WORKERS_H

#include "background/reset_queue.h"
#include "background/resets.h"

struct shim_workers;

/* Of a config that was checked, on a queue in which batches wait. Errors as there. */
int shim_workers_create(const struct shim_resets_config *config, struct shim_reset_queue *queue,
			struct shim_workers **out);
void shim_workers_destroy(struct shim_workers *workers, bool is_child);

/* A batch waits: wakes a thread, unless all are awake or one was woken already. */
void shim_workers_wake(struct shim_workers *workers);

/* Waits until each thread is done with the slots that it has taken. */
void shim_workers_await(struct shim_workers *workers);

#endif /* SHIM_WORKERS_H */
