/* SPDX-License-Identifier: MIT */
/*
 * Records: a pool, an image, a slot, the module or an event, as the kernel sent it.
 * A value has the index of its attribute; the record's command says which enum the
 * attributes are of.
 */
#ifndef CTL_RECORD_H
#define CTL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <guardslot.h>
#include <guardslot_netlink.h>

#define RECORD_VALUES 32

struct nlmsghdr;

struct area {
	uint64_t offset;
	uint64_t max;
	uint64_t initial;
	bool has_reserve; /* and guard: an older module does not say them */
	uint64_t reserve;
	uint64_t guard;
};

struct record {
	uint8_t command;  /* enum guardslot_cmd */
	uint32_t present; /* bit n: attribute n was sent */
	uint64_t value[RECORD_VALUES];
	char name[32];		 /* of a process; what is not printable is a ? */
	unsigned int area_count; /* areas of a pool, or limits */
	struct area areas[GUARDSLOT_MAX_AREAS];
	uint64_t limits[GUARDSLOT_MAX_AREAS];
};

struct records {
	struct record *items;
	size_t count;
	size_t room;
};

/* Reads the attributes after the generic netlink header. */
void record_read(struct record *record, struct nlmsghdr *header);
static inline bool record_has(const struct record *record, int attribute)
{
	return record->present >> attribute & 1;
}

void records_add(struct records *records, struct nlmsghdr *header);
void records_put(struct records *records, const struct record *record);
/* The last one takes the place of the one that goes. */
void records_drop(struct records *records, size_t index);
/* Frees the items; the list is empty afterwards. */
void records_clear(struct records *records);

#endif /* CTL_RECORD_H */
