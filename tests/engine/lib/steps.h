/* SPDX-License-Identifier: MIT */
/*
 * The steps of the model test: each does one thing to the pool and the same to the
 * model, and compares what can be compared.
 */
#ifndef TESTS_STEPS_H
#define TESTS_STEPS_H

#include "actor.h"

/* Touches. */
void step_write(struct actor *actor);
void step_check(struct actor *actor);
void step_kernel_write(struct actor *actor);
void step_kernel_read(struct actor *actor);
void step_access(struct actor *actor);
void step_guard(struct actor *actor);
void step_kernel_guard(struct actor *actor);
void step_second_map(struct actor *actor);

/* Calls for limits, resets and images, and QUERY. */
void step_resize(struct actor *actor);
void step_reset(struct actor *actor);
void step_reset_many(struct actor *actor);
void step_rebind(struct actor *actor);
void step_image_create(struct actor *actor);
void step_snapshot(struct actor *actor);
void step_image_destroy(struct actor *actor);
void step_query(struct actor *actor);
void step_reset_mode(struct actor *actor);

/* What makes pages private or takes them. */
void step_prefault(struct actor *actor);
void step_purge(struct actor *actor);
void step_purge_bound(struct actor *actor);
void step_purge_idle(struct actor *actor);
void step_idle(struct actor *actor);
void step_reclaim(struct actor *actor);

/* Other processes. */
void step_child(struct actor *actor);
void step_kill(struct actor *actor);

#endif /* TESTS_STEPS_H */
