// SPDX-License-Identifier: MIT
/*
 * Reservations: a map without access, of which a part is made accessible.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "allocator/reservation.h"
#include "base/map.h"
#include "base/pages.h"

static int reserve(struct shim_reservation *reservation, uint64_t room, uint64_t guard,
		   uint64_t page_size)
{
	uint64_t length;
	void *map;

	if (shim_page_round_overflow(room, page_size, &room) ||
	    shim_page_round_overflow(guard, page_size, &guard) ||
	    __builtin_add_overflow(room, guard, &length) ||
	    __builtin_add_overflow(length, page_size, &length))
		return -ENOMEM;
	map = shim_map_create(length, PROT_NONE, -1, page_size);
	if (!map)
		return -errno;
	/* gdb dumps what is not accessible, too. Where it is refused, dumps are larger. */
	madvise(map, length, MADV_DONTDUMP);
	*reservation = (struct shim_reservation){
		.start = (unsigned char *)map + page_size,
		.room = room,
		.map = map,
		.length = length,
	};
	return 0;
}

int shim_reservation_open(const struct shim_reservation *reservation, uint64_t from, uint64_t to)
{
	unsigned char *start = reservation->start + from;

	if (to <= from)
		return 0;
	if (mprotect(start, to - from, PROT_READ | PROT_WRITE))
		return -errno;
	/* Without a memory map for it, what is new is missing in dumps, and works. */
	madvise(start, to - from, MADV_DODUMP);
	return 0;
}

int shim_reservation_create(struct shim_reservation *reservation, uint64_t room, uint64_t guard,
			    uint64_t opened, uint64_t page_size)
{
	int error = reserve(reservation, room, guard, page_size);

	if (error)
		return error;
	error = shim_reservation_open(reservation, 0, opened);
	if (error)
		goto destroy_reservation;
	return 0;
destroy_reservation:
	shim_reservation_destroy(reservation);
	return error;
}

void shim_reservation_destroy(struct shim_reservation *reservation)
{
	if (reservation->map)
		munmap(reservation->map, reservation->length);
	memset(reservation, 0, sizeof(*reservation));
}

void shim_reservation_mend(struct shim_reservation *reservation, void *part, uint64_t length)
{
	unsigned char *map = reservation->map, *end = map + reservation->length;
	uint64_t page_size = (uint64_t)(reservation->start - map);
	unsigned char *hole = part;

	/* All of the part is free, or somebody has some of it. */
	if (!shim_map_has_hole(hole, length) || !shim_map_fill(hole, length, page_size))
		return;
	munmap(map, (size_t)(hole - map));
	munmap(hole + length, (size_t)(end - hole - (ptrdiff_t)length));
	reservation->map = NULL;
}
