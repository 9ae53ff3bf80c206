/* SPDX-License-Identifier: MIT */
/*
 * Address space that is reserved as a whole and opened from its start as far as it is
 * in use. A touch past that, in the guard after it or in the page before it faults.
 */
#ifndef SHIM_RESERVATION_H
#define SHIM_RESERVATION_H

#include <stdint.h>

/* The struct belongs to one instance, and so to one thread. All zero: none. */
struct shim_reservation {
	unsigned char *start; /* of the room */
	uint64_t room;	      /* bytes that can be opened, a page multiple */
	void *map;	      /* with the page before the room and the guard after it */
	uint64_t length;      /* of map */
};

/* Reserves room and guard and opens the first bytes. -errno without a message. */
int shim_reservation_create(struct shim_reservation *reservation, uint64_t room, uint64_t guard,
			    uint64_t opened, uint64_t page_size);
/* None is allowed. */
void shim_reservation_destroy(struct shim_reservation *reservation);

/*
 * Opens the bytes [from, to) of the room, up to the end of the last page. from is aligned.
 * -errno without a message.
 */
int shim_reservation_open(const struct shim_reservation *reservation, uint64_t from, uint64_t to);

/*
 * After a call failed that was to replace a part of the room: where the kernel unmapped the part
 * first, the hole is closed, or else all but the hole is given back and forgotten, as another
 * thread's map may be in the hole by now.
 */
void shim_reservation_mend(struct shim_reservation *reservation, void *part, uint64_t length);

#endif /* SHIM_RESERVATION_H */
