/* SPDX-License-Identifier: MIT */
/*
 * What the pooling allocator tells the kernel about a slot, a function for each kind of call:
 * the table in docs/wasmtime.md. The address is in the pool. They return 0 or -errno, as the
 * kernel would, and SEAM_PLAIN: the call is for the kernel as it is.
 */
#ifndef SEAM_SLOT_H
#define SEAM_SLOT_H

#include <sys/uio.h>

#include "seam/pool.h"

#define SEAM_PLAIN 1

int seam_slot_protect(struct seam_pool *pool, void *address, size_t length, int prot);
int seam_slot_map(struct seam_pool *pool, void *address, size_t length, int prot, int flags, int fd,
		  off_t offset);
/* A call that the allocator does not make for a slot that is on slots: of one slot, ... */
int seam_slot_leave(struct seam_pool *pool, void *address, size_t length, const char *reason);
/* ... or of a range that may have several, and guards. */
int seam_slot_leave_all(struct seam_pool *pool, void *address, size_t length, const char *reason);

/*
 * MADV_DONTNEED of all ranges, in slots or anywhere, with one reset for all slots of a pool
 * that come after each other. Some may be done when it fails.
 */
int seam_decommit(const struct iovec *ranges, size_t count);
/* Whether one of them is in a pool. */
bool seam_decommit_is_ours(const struct iovec *ranges, size_t count);

/* Of a locked slot, for decommit.c. */
int seam_slot_limit(struct seam_pool *pool, uint32_t slot, uint64_t value);
int seam_slot_bind(struct seam_pool *pool, uint32_t slot, struct seam_image *image);

#endif /* SEAM_SLOT_H */
