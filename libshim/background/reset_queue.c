// SPDX-License-Identifier: MIT
/*
 * Reset queues: one for each shard, so that threads with different home shards share no
 * lock.
 */
#include <errno.h>
#include <pthread.h>

#include "base/padded_alloc.h"
#include "background/reset_queue.h"
#include "base/error.h"

struct queue {
	pthread_mutex_t lock; /* protects the other members */
	uint32_t count;
	uint32_t on_the_way; /* batches that were taken and are not done */
	uint32_t *slots;     /* the slots that wait; room for a batch */
} __attribute__((aligned(SHIM_PADDING)));

struct shim_reset_queue {
	uint32_t shards;
	uint32_t batch;
	struct queue queues[];
};

static struct shim_reset_queue *queue_alloc(uint32_t shards, uint32_t batch)
{
	struct shim_reset_queue *queue =
		shim_padded_zalloc(1, sizeof(*queue) + shards * sizeof(queue->queues[0]));

	if (!queue)
		return NULL;
	queue->batch = batch;
	for (; queue->shards < shards; queue->shards++) {
		struct queue *q = &queue->queues[queue->shards];

		q->slots = shim_padded_alloc(batch, sizeof(*q->slots));
		if (!q->slots)
			goto destroy_queue;
		pthread_mutex_init(&q->lock, NULL);
	}
	return queue;
destroy_queue:
	shim_reset_queue_destroy(queue);
	return NULL;
}

struct shim_reset_queue *shim_reset_queue_create(uint32_t shards, uint32_t batch)
{
	struct shim_reset_queue *queue = queue_alloc(shards, batch);

	if (!queue)
		shim_error_set(-ENOMEM, "reset_batch %u: no memory", batch);
	return queue;
}

void shim_reset_queue_destroy(struct shim_reset_queue *queue)
{
	if (!queue)
		return;
	for (uint32_t i = 0; i < queue->shards; i++) {
		free(queue->queues[i].slots);
		pthread_mutex_destroy(&queue->queues[i].lock);
	}
	free(queue);
}

/* Takes out what waits, with the lock held. */
static uint32_t take_all(struct queue *queue, uint32_t *slots)
{
	uint32_t count = queue->count;

	memcpy(slots, queue->slots, count * sizeof(*slots));
	queue->count = 0;
	queue->on_the_way += count > 0;
	return count;
}

uint32_t shim_reset_queue_add(struct shim_reset_queue *queue, uint32_t shard, uint32_t slot,
			      uint32_t *slots)
{
	struct queue *q = &queue->queues[shard];
	uint32_t count = 0;

	pthread_mutex_lock(&q->lock);
	q->slots[q->count++] = slot;
	if (q->count == queue->batch)
		count = take_all(q, slots);
	pthread_mutex_unlock(&q->lock);
	return count;
}

uint32_t shim_reset_queue_take(struct shim_reset_queue *queue, uint32_t shard, uint32_t *slots)
{
	struct queue *q = &queue->queues[shard];
	uint32_t count;

	pthread_mutex_lock(&q->lock);
	count = take_all(q, slots);
	pthread_mutex_unlock(&q->lock);
	return count;
}

void shim_reset_queue_done(struct shim_reset_queue *queue, uint32_t shard)
{
	struct queue *q = &queue->queues[shard];

	pthread_mutex_lock(&q->lock);
	q->on_the_way--;
	pthread_mutex_unlock(&q->lock);
}

bool shim_reset_queue_busy(struct shim_reset_queue *queue)
{
	bool busy = false;

	for (uint32_t i = 0; !busy && i < queue->shards; i++) {
		pthread_mutex_lock(&queue->queues[i].lock);
		busy = queue->queues[i].count || queue->queues[i].on_the_way;
		pthread_mutex_unlock(&queue->queues[i].lock);
	}
	return busy;
}

uint32_t shim_reset_queue_count(struct shim_reset_queue *queue)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < queue->shards; i++) {
		pthread_mutex_lock(&queue->queues[i].lock);
		count += queue->queues[i].count;
		pthread_mutex_unlock(&queue->queues[i].lock);
	}
	return count;
}
