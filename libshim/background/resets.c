// SPDX-License-Identifier: MIT
/*
 * Slots that wait for their reset: the checks of a config, and who is told that a batch
 * waits.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "background/reset_queue.h"
#include "background/resets.h"
#include "background/workers.h"
#include "base/descriptor.h"
#include "base/error.h"
#include "base/padded_alloc.h"
#include "base/shards.h"

/* Slots that a thread resets which needs one, where others reset the rest. */
#define HELP 4

/* Immutable after its creation, but for what is atomic or has a lock of its own. */
struct shim_resets {
	uint32_t mode;
	uint32_t shards;
	uint32_t batch; /* of a shard, until which nobody is told; 1 or more */
	void (*reset)(void *context, const uint32_t *slots, uint32_t count);
	void *context;
	struct shim_reset_queue *queue;
	struct shim_workers *workers; /* of SHIM_RESET_THREADS */
	struct shim_descriptor event; /* of SHIM_RESET_EVENT */
	/* The descriptor was written, or will be, since the last flush began. */
	atomic_bool is_told __attribute__((aligned(SHIM_PADDING)));
};

/* ---- the config ------------------------------------------------------------------ */

static int mode_check(const struct shim_resets_config *config)
{
	if (config->mode > SHIM_RESET_EVENT)
		return shim_error_set(-EINVAL, "reset_mode %" PRIu32 " is over %d", config->mode,
				      SHIM_RESET_EVENT);
	if (config->threads > SHIM_MAX_RESET_THREADS)
		return shim_error_set(-EINVAL, "reset_threads %" PRIu32 " is over %d",
				      config->threads, SHIM_MAX_RESET_THREADS);
	if (config->threads && config->mode != SHIM_RESET_THREADS)
		return shim_error_set(-EINVAL, "reset_threads %" PRIu32 " with reset_mode %" PRIu32,
				      config->threads, config->mode);
	return 0;
}

static int cpus_check(const struct shim_resets_config *config)
{
	if (!config->cpus && !config->cpus_size)
		return 0;
	if (config->mode != SHIM_RESET_THREADS)
		return shim_error_set(-EINVAL, "reset_cpus with reset_mode %" PRIu32, config->mode);
	if (!config->cpus)
		return shim_error_set(-EFAULT, "reset_cpus is NULL, reset_cpus_size is %" PRIu32,
				      config->cpus_size);
	return 0;
}

int shim_resets_check(const struct shim_resets_config *config)
{
	int error = mode_check(config);

	if (error)
		return error;
	if (config->batch > SHIM_MAX_RESET_BATCH)
		return shim_error_set(-EINVAL, "reset_batch %" PRIu32 " is over %d", config->batch,
				      SHIM_MAX_RESET_BATCH);
	if (config->waiting && config->mode == SHIM_RESET_CALLER)
		return shim_error_set(-EINVAL, "reset_waiting %" PRIu32 " with reset_mode %d",
				      config->waiting, SHIM_RESET_CALLER);
	if (config->waiting && config->batch > config->waiting)
		return shim_error_set(-EINVAL,
				      "reset_batch %" PRIu32 " is over reset_waiting %" PRIu32,
				      config->batch, config->waiting);
	return cpus_check(config);
}

/* ---- create and destroy ---------------------------------------------------------- */

/* A caller that fills a batch takes it a moment later, when others may have added to it. */
static uint32_t room_of(const struct shim_resets_config *config)
{
	uint32_t most = config->waiting ? config->waiting : config->slots;

	if (config->mode == SHIM_RESET_CALLER)
		most = SHIM_MAX_RESET_BATCH;
	return most < config->slots ? most : config->slots;
}

static int event_create(struct shim_resets *resets)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), error = -errno;

	if (fd >= 0)
		error = shim_descriptor_init(&resets->event, fd);
	if (!error)
		return 0;
	errno = -error;
	return shim_error_set(error, "reset_mode %d: no descriptor: %m", SHIM_RESET_EVENT);
}

/* Makes what tells that a batch waits. */
static int told_create(struct shim_resets *resets, const struct shim_resets_config *config)
{
	switch (config->mode) {
	case SHIM_RESET_THREADS:
		return shim_workers_create(config, resets->queue, &resets->workers);
	case SHIM_RESET_EVENT:
		return event_create(resets);
	default:
		return 0;
	}
}

int shim_resets_create(const struct shim_resets_config *config, struct shim_resets **out)
{
	struct shim_resets *resets = shim_padded_zalloc(1, sizeof(*resets));
	int error = -ENOMEM;

	if (!resets)
		return shim_error_set(-ENOMEM, "reset_batch %" PRIu32 ": no memory", config->batch);
	resets->mode = config->mode;
	resets->shards = shim_shards_suitable(config->slots);
	resets->batch = config->batch > 1 ? config->batch : 1;
	resets->reset = config->reset;
	resets->context = config->context;
	resets->event.fd = -1;
	resets->queue = shim_reset_queue_create(resets->shards, room_of(config));
	if (!resets->queue) {
		shim_error_set(-ENOMEM, "reset_batch %" PRIu32 ": no memory", config->batch);
		goto free_resets;
	}
	error = told_create(resets, config);
	if (error)
		goto destroy_queue;
	*out = resets;
	return 0;
destroy_queue:
	shim_reset_queue_destroy(resets->queue);
free_resets:
	free(resets);
	return error;
}

void shim_resets_destroy(struct shim_resets *resets, bool is_child)
{
	if (!resets)
		return;
	shim_workers_destroy(resets->workers, is_child);
	shim_descriptor_uninit(&resets->event);
	shim_reset_queue_destroy(resets->queue);
	free(resets);
}

/* ---- resets in the calling thread ------------------------------------------------- */

/* Resets slots of a shard, where so many wait; returns how many. */
static uint32_t shard_reset(struct shim_resets *resets, uint32_t shard, uint32_t least,
			    uint32_t most)
{
	uint32_t slots[SHIM_MAX_RESET_BATCH];
	uint32_t count = shim_reset_queue_take(resets->queue, shard, least, most, slots);

	if (!count)
		return 0;
	resets->reset(resets->context, slots, count);
	shim_reset_queue_done(resets->queue, shard, count);
	return count;
}

void shim_resets_help(struct shim_resets *resets, uint32_t at)
{
	uint32_t shard = (shim_shards_home(resets->shards) + at) % resets->shards;

	shard_reset(resets, shard, 1,
		    resets->mode == SHIM_RESET_CALLER ? SHIM_MAX_RESET_BATCH : HELP);
}

uint32_t shim_resets_shards(const struct shim_resets *resets)
{
	return resets->shards;
}

/*
 * Who adds a slot that is not seen below finds is_told cleared, as the queue's lock orders
 * that, and writes the descriptor again.
 */
static void event_clear(struct shim_resets *resets)
{
	eventfd_t count;

	if (shim_descriptor_is_intact(&resets->event))
		eventfd_read(resets->event.fd, &count);
	atomic_store(&resets->is_told, false);
}

void shim_resets_flush(struct shim_resets *resets)
{
	if (resets->mode == SHIM_RESET_EVENT)
		event_clear(resets);
	for (uint32_t shard = 0; shard < resets->shards; shard++)
		while (shard_reset(resets, shard, 1, SHIM_MAX_RESET_BATCH) == SHIM_MAX_RESET_BATCH)
			;
	if (resets->workers)
		shim_workers_await(resets->workers);
}

/* ---- hand over -------------------------------------------------------------------- */

static void event_tell(struct shim_resets *resets)
{
	if (atomic_load(&resets->is_told) || atomic_exchange(&resets->is_told, true))
		return;
	if (shim_descriptor_is_intact(&resets->event))
		eventfd_write(resets->event.fd, 1);
}

/* A batch waits. Apart, as the stack of a reset is not needed for most slots. */
static __attribute__((noinline)) void batch_ready(struct shim_resets *resets, uint32_t shard)
{
	switch (resets->mode) {
	case SHIM_RESET_THREADS:
		shim_workers_wake(resets->workers);
		return;
	case SHIM_RESET_EVENT:
		event_tell(resets);
		return;
	default:
		shard_reset(resets, shard, resets->batch, SHIM_MAX_RESET_BATCH);
	}
}

void shim_resets_add(struct shim_resets *resets, uint32_t slot)
{
	uint32_t shard = shim_shards_home(resets->shards);
	uint32_t count = shim_reset_queue_add(resets->queue, shard, slot);

	if (!count)
		resets->reset(resets->context, &slot, 1);
	else if (count >= resets->batch)
		batch_ready(resets, shard);
}

/* ---- what waits -------------------------------------------------------------------- */

bool shim_resets_are_busy(struct shim_resets *resets)
{
	return shim_reset_queue_busy(resets->queue);
}

uint32_t shim_resets_count(struct shim_resets *resets)
{
	return shim_reset_queue_count(resets->queue);
}

int shim_resets_event(const struct shim_resets *resets)
{
	if (!resets || resets->mode != SHIM_RESET_EVENT)
		return shim_error_set(-EOPNOTSUPP, "reset_mode is not %d", SHIM_RESET_EVENT);
	return resets->event.fd;
}
