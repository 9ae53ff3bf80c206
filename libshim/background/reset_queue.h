/* SPDX-License-Identifier: MIT */
#ifndef SHIM_RESET_QUEUE_H
#define SHIM_RESET_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Slots that wait to be reset, a queue for each shard. A slot that was taken out is on its
 * way until shim_reset_queue_done(): it neither waits nor is unused.
 */
struct shim_reset_queue;

/* room: the most slots that wait in a shard, 1 or more. NULL, without a message: no memory. */
struct shim_reset_queue *shim_reset_queue_create(uint32_t shards, uint32_t room);
void shim_reset_queue_destroy(struct shim_reset_queue *queue);

/* Adds a slot. Returns how many wait in the shard then; 0: there was no room. */
uint32_t shim_reset_queue_add(struct shim_reset_queue *queue, uint32_t shard, uint32_t slot);

/*
 * Takes out of a shard the slots that wait for longest, at most so many, if so many wait at
 * least. Returns how many slots that are.
 */
uint32_t shim_reset_queue_take(struct shim_reset_queue *queue, uint32_t shard, uint32_t least,
			       uint32_t most, uint32_t *slots);

/* Slots that were taken from a shard are no longer on their way. */
void shim_reset_queue_done(struct shim_reset_queue *queue, uint32_t shard, uint32_t count);

/* Whether so many slots wait in some shard. */
bool shim_reset_queue_has(struct shim_reset_queue *queue, uint32_t least);

/* Whether a slot waits or is on its way. */
bool shim_reset_queue_busy(struct shim_reset_queue *queue);

/* The number of slots that wait or are on their way. */
uint32_t shim_reset_queue_count(struct shim_reset_queue *queue);

uint32_t shim_reset_queue_shards(const struct shim_reset_queue *queue);

#endif /* SHIM_RESET_QUEUE_H */
