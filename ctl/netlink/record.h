/* SPDX-License-Identifier: MIT */
/*
 * Records: one pool, image or slot, or the module, as the kernel told of it; or
 * one event. A value stands under the number of its attribute, which the command
 * that brought it gives its meaning.
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
};

struct record {
	uint8_t command;  /* enum guardslot_cmd */
	uint32_t present; /* bit n: value n is there */
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

/* The attributes after the generic netlink header. */
void record_read(struct record *record, struct nlmsghdr *header);
static inline bool record_has(const struct record *record, int attribute)
{
	return record->present >> attribute & 1;
}

void records_add(struct records *records, struct nlmsghdr *header);
/* As empty as { 0 }. */
void records_clear(struct records *records);

#endif /* CTL_RECORD_H */
