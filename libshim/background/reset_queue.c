// SPDX-License-Identifier: MIT
/*
 * Reset queues: one for each shard, so that threads with different home shards share no
 * lock.
 */
#include <pthread.h>

#include "background/reset_queue.h"
#include "base/padded_alloc.h"

struct queue {
	pthread_mutex_t lock; /* protects the other members */
	uint32_t first;	      /* the place of the slot that waits for longest */
	uint32_t count;
	uint32_t on_the_way; /* slots that were taken and are not done */
	uint32_t *slots;     /* a ring of those that wait */
} __attribute__((aligned(SHIM_PADDING)));

struct shim_reset_queue {
	uint32_t shards;
	uint32_t room;
	struct queue queues[];
};

struct shim_reset_queue *shim_reset_queue_create(uint32_t shards, uint32_t room)
{
	struct shim_reset_queue *queue =
		shim_padded_zalloc(1, sizeof(*queue) + shards * sizeof(queue->queues[0]));

	if (!queue)
		return NULL;
	queue->room = room;
	for (; queue->shards < shards; queue->shards++) {
		struct queue *q = &queue->queues[queue->shards];

		q->slots = shim_padded_alloc(room, sizeof(*q->slots));
		if (!q->slots)
			goto destroy_queue;
		pthread_mutex_init(&q->lock, NULL);
	}
	return queue;
destroy_queue:
	shim_reset_queue_destroy(queue);
	return NULL;
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

uint32_t shim_reset_queue_add(struct shim_reset_queue *queue, uint32_t shard, uint32_t slot)
{
	struct queue *q = &queue->queues[shard];
	uint32_t count = 0;

	pthread_mutex_lock(&q->lock);
	if (q->count < queue->room) {
		uint32_t at = q->first + q->count;

		q->slots[at < queue->room ? at : at - queue->room] = slot;
		count = ++q->count;
	}
	pthread_mutex_unlock(&q->lock);
	return count;
}

/* With the lock held. */
static void take(struct queue *q, uint32_t room, uint32_t count, uint32_t *slots)
{
	uint32_t straight = room - q->first < count ? room - q->first : count;

	memcpy(slots, q->slots + q->first, straight * sizeof(*slots));
	memcpy(slots + straight, q->slots, (count - straight) * sizeof(*slots));
	q->count -= count;
	q->on_the_way += count;
	q->first = q->first + count < room ? q->first + count : q->first + count - room;
}

uint32_t shim_reset_queue_take(struct shim_reset_queue *queue, uint32_t shard, uint32_t least,
			       uint32_t most, uint32_t *slots)
{
	struct queue *q = &queue->queues[shard];
	uint32_t count;

	pthread_mutex_lock(&q->lock);
	count = q->count < least ? 0 : q->count;
	if (count > most)
		count = most;
	take(q, queue->room, count, slots);
	pthread_mutex_unlock(&q->lock);
	return count;
}

void shim_reset_queue_done(struct shim_reset_queue *queue, uint32_t shard, uint32_t count)
{
	struct queue *q = &queue->queues[shard];

	pthread_mutex_lock(&q->lock);
	q->on_the_way -= count;
	pthread_mutex_unlock(&q->lock);
}

bool shim_reset_queue_has(struct shim_reset_queue *queue, uint32_t least)
{
	bool has = false;

	for (uint32_t i = 0; !has && i < queue->shards; i++) {
		pthread_mutex_lock(&queue->queues[i].lock);
		has = queue->queues[i].count >= least;
		pthread_mutex_unlock(&queue->queues[i].lock);
	}
	return has;
}

uint32_t shim_reset_queue_count(struct shim_reset_queue *queue)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < queue->shards; i++) {
		pthread_mutex_lock(&queue->queues[i].lock);
		count += queue->queues[i].count + queue->queues[i].on_the_way;
		pthread_mutex_unlock(&queue->queues[i].lock);
	}
	return count;
}

bool shim_reset_queue_busy(struct shim_reset_queue *queue)
{
	return shim_reset_queue_count(queue) > 0;
}

uint32_t shim_reset_queue_shards(const struct shim_reset_queue *queue)
{
	return queue->shards;
}
