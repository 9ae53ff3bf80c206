/* SPDX-License-Identifier: MIT */
#ifndef SHIM_RESET_QUEUE_H
#define SHIM_RESET_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Slots that wait to be reset together, a queue for each shard. A slot that was taken
 * out is on its way until shim_reset_queue_done(): it neither waits nor is unused.
 */
struct shim_reset_queue;

/* batch is 2 or more. NULL with a message: no memory. */
struct shim_reset_queue *shim_reset_queue_create(uint32_t shards, uint32_t batch);
void shim_reset_queue_destroy(struct shim_reset_queue *queue);

/*
 * Adds a slot. If the queue then has a batch, all of it is taken out into slots, which
 * has room for a batch. Returns how many slots were taken.
 */
uint32_t shim_reset_queue_add(struct shim_reset_queue *queue, uint32_t shard, uint32_t slot,
			      uint32_t *slots);

/* Takes out what waits in a shard; returns how many slots that are. */
uint32_t shim_reset_queue_take(struct shim_reset_queue *queue, uint32_t shard, uint32_t *slots);

/* Ends one take from a shard, whose slots are no longer on their way. */
void shim_reset_queue_done(struct shim_reset_queue *queue, uint32_t shard);

/* Whether a slot waits or is on its way. */
bool shim_reset_queue_busy(struct shim_reset_queue *queue);

/* The number of slots that wait. */
uint32_t shim_reset_queue_count(struct shim_reset_queue *queue);

#endif /* SHIM_RESET_QUEUE_H */
