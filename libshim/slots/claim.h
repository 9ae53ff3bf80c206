/* SPDX-License-Identifier: MIT */
/*
 * What the instance allocator needs of a slot's claim word beyond the public calls. This
 * is the one private header of the layer that it may include.
 */
#ifndef SHIM_CLAIM_H
#define SHIM_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include <libshim/slots.h>

/*
 * Whether the slot is claimed. After shim_slot_claim() failed on a slot that was
 * released, false means that its pages are being taken and that the call may be
 * tried again; true, that a purge of idle slots left it unusable.
 */
bool shim_slot_is_active(const struct shim_pool *pool, uint32_t slot);

/*
 * shim_slot_release() of one slot that was reset. -EBUSY where it is not claimed, or the
 * error of a reset that left it unusable.
 */
int shim_slot_set_idle(struct shim_pool *pool, uint32_t slot);

#endif /* SHIM_CLAIM_H */
