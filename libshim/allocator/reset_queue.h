/* SPDX-License-Identifier: MIT */
#ifndef SHIM_RESET_QUEUE_H
#define SHIM_RESET_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Slots that wait to be reset together, a batch for each shard. What is taken
 * out is on its way until shim_reset_queue_done(): neither waiting nor free.
 */
struct shim_reset_queue;

/* batch is 2 or more. NULL with the message set: no memory. */
struct shim_reset_queue *shim_reset_queue_create(uint32_t shards, uint32_t batch);
void shim_reset_queue_destroy(struct shim_reset_queue *queue);

/*
 * Puts a slot in. When that makes the batch full, all of it is taken out into
 * slots, which has room for a batch. Returns how many were taken.
 */
uint32_t shim_reset_queue_add(struct shim_reset_queue *queue, uint32_t shard, uint32_t slot,
			      uint32_t *slots);

/* Takes out what waits in a shard. */
uint32_t shim_reset_queue_take(struct shim_reset_queue *queue, uint32_t shard, uint32_t *slots);

/* What was taken out of the shard at one time was dealt with. */
void shim_reset_queue_done(struct shim_reset_queue *queue, uint32_t shard);

/* Whether anything waits or is on its way. */
bool shim_reset_queue_busy(struct shim_reset_queue *queue);

/* How many slots wait. */
uint32_t shim_reset_queue_count(struct shim_reset_queue *queue);

#endif /* SHIM_RESET_QUEUE_H */
