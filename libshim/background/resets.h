/* SPDX-License-Identifier: MIT */
/*
 * Slots that wait for their reset, and who resets them: the thread that has made a batch
 * full, threads of the library, or the program, which a descriptor tells.
 *
 * The owner of the slots hands them over by number, and gives the function that resets
 * some of them and makes each of these usable again, or takes it out of use. From
 * shim_resets_add() until that function has returned nobody else may touch the slot.
 */
#ifndef SHIM_RESETS_H
#define SHIM_RESETS_H

#include <stdbool.h>
#include <stdint.h>

#include <libshim/slots.h>

/* The members of a config that begin with reset_, and what the owner adds. */
struct shim_resets_config {
	uint32_t mode; /* enum shim_reset_mode */
	uint32_t threads;
	uint32_t batch;
	uint32_t waiting;
	uint32_t cpus_size;
	const void *cpus;
	uint32_t slots; /* that can be handed over */
	/* MT-Safe; slots are at most SHIM_MAX_RESET_BATCH. */
	void (*reset)(void *context, const uint32_t *slots, uint32_t count);
	void *context;
};

struct shim_resets;

/* Whether any slot waits with this config. */
static inline bool shim_resets_are_wanted(const struct shim_resets_config *config)
{
	return config->mode != SHIM_RESET_CALLER || config->batch > 1;
}

/* -EINVAL, -EFAULT: the config is wrong */
int shim_resets_check(const struct shim_resets_config *config);

/*
 * Of a config that was checked. The threads run when it returns.
 *
 * -ENOMEM: no memory; -EAGAIN: no thread; -EMFILE, -ENFILE: no descriptor
 * -EINVAL: none of the processors is there
 */
int shim_resets_create(const struct shim_resets_config *config, struct shim_resets **out);

/*
 * Ends the threads, each after the reset that it is at. What waits is not reset. In a child
 * of the process that made it there are no threads. NULL is allowed.
 */
void shim_resets_destroy(struct shim_resets *resets, bool is_child);

/* Hands a slot over. It is reset by the caller where no more slots may wait. */
void shim_resets_add(struct shim_resets *resets, uint32_t slot);

/*
 * For who needs a slot, and has found none: resets some of those that wait in the calling
 * thread's shard or, by at, the at-th after it. There are as many as shim_resets_shards().
 */
void shim_resets_help(struct shim_resets *resets, uint32_t at);
uint32_t shim_resets_shards(const struct shim_resets *resets);

/* Resets all that wait, and waits for the threads to be done with what they are at. */
void shim_resets_flush(struct shim_resets *resets);

/* Whether a slot waits or is being reset. */
bool shim_resets_are_busy(struct shim_resets *resets);
/* How many do. */
uint32_t shim_resets_count(struct shim_resets *resets);

/* The descriptor of SHIM_RESET_EVENT, or -EOPNOTSUPP with a message. NULL is allowed. */
int shim_resets_event(const struct shim_resets *resets);

#endif /* SHIM_RESETS_H */
