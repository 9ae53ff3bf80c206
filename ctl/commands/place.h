/* SPDX-License-Identifier: MIT */
/*
 * Where in a slot an event was: the pools that there are, and their areas.
 */
#ifndef CTL_PLACE_H
#define CTL_PLACE_H

#include "netlink/record.h"

struct places {
	struct records pools;
};

struct place {
	unsigned int area;
	uint64_t offset; /* from the area's start */
	uint64_t max;	 /* the area's highest limit */
};

/* The event that a pool was created, or is gone. */
void places_add(struct places *places, const struct record *event);
void places_remove(struct places *places, const struct record *event);
/* False: the pool is not known, or the event is at no place of an area. */
bool places_find(const struct places *places, const struct record *event, struct place *place);

#endif /* CTL_PLACE_H */
