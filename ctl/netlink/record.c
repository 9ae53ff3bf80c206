// SPDX-License-Identifier: MIT
/*
 * Reading of attributes.
 */
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "base/fail.h"
#include "netlink/record.h"

_Static_assert(GUARDSLOT_A_POOL_MAX < RECORD_VALUES, "pool");
_Static_assert(GUARDSLOT_A_SLOT_MAX < RECORD_VALUES, "slot");
_Static_assert(GUARDSLOT_A_EVENT_MAX < RECORD_VALUES, "event");
_Static_assert(GUARDSLOT_A_MODULE_MAX < RECORD_VALUES, "module");

/* The attributes of a command's records that are no plain numbers; 0: none. */
struct shape {
	int name;
	int area;
	int limit;
};

static struct shape shape_of(uint8_t command)
{
	switch (command) {
	case GUARDSLOT_CMD_POOL_GET:
	case GUARDSLOT_CMD_POOL_CREATED_NTF:
	case GUARDSLOT_CMD_POOL_GONE_NTF:
		return (struct shape){ .name = GUARDSLOT_A_POOL_COMM,
				       .area = GUARDSLOT_A_POOL_AREA };
	case GUARDSLOT_CMD_IMAGE_GET:
		return (struct shape){ .limit = GUARDSLOT_A_IMAGE_LIMIT };
	case GUARDSLOT_CMD_SLOT_GET:
		return (struct shape){ .limit = GUARDSLOT_A_SLOT_LIMIT };
	case GUARDSLOT_CMD_GUARD_HIT_NTF:
	case GUARDSLOT_CMD_CAP_REACHED_NTF:
		return (struct shape){ .name = GUARDSLOT_A_EVENT_COMM };
	default:
		return (struct shape){ 0 };
	}
}

static uint64_t number(struct nlattr *attribute)
{
	switch (nla_len(attribute)) {
	case sizeof(uint32_t):
		return nla_get_u32(attribute);
	case sizeof(uint64_t):
		return nla_get_u64(attribute);
	default:
		return 0;
	}
}

/* A process chooses its name, which may have control sequences of a terminal. */
static void name_read(char *name, size_t size, struct nlattr *attribute)
{
	nla_strlcpy(name, attribute, size);
	for (; *name; name++)
		if (*name < ' ' || *name > '~')
			*name = '?';
}

static void area_read(struct area *area, struct nlattr *nest)
{
	struct nlattr *at;
	int left;

	nla_for_each_nested(at, nest, left) {
		switch (nla_type(at)) {
		case GUARDSLOT_A_AREA_OFFSET:
			area->offset = number(at);
			break;
		case GUARDSLOT_A_AREA_MAX_LIMIT:
			area->max = number(at);
			break;
		case GUARDSLOT_A_AREA_INITIAL_LIMIT:
			area->initial = number(at);
			break;
		case GUARDSLOT_A_AREA_RESERVE:
			area->has_reserve = true;
			area->reserve = number(at);
			break;
		case GUARDSLOT_A_AREA_GUARD:
			area->guard = number(at);
			break;
		}
	}
}

void record_read(struct record *record, struct nlmsghdr *header)
{
	struct genlmsghdr *message = nlmsg_data(header);
	struct shape shape = shape_of(message->cmd);
	struct nlattr *at;
	int left;

	memset(record, 0, sizeof(*record));
	record->command = message->cmd;
	nla_for_each_attr(at, genlmsg_attrdata(message, 0), genlmsg_attrlen(message, 0), left) {
		int type = nla_type(at);

		if (type <= 0 || type >= RECORD_VALUES)
			continue; /* from a newer module */
		record->present |= UINT32_C(1) << type;
		if (type == shape.name)
			name_read(record->name, sizeof(record->name), at);
		else if (type != shape.area && type != shape.limit)
			record->value[type] = number(at);
		else if (record->area_count == GUARDSLOT_MAX_AREAS)
			continue;
		else if (type == shape.area)
			area_read(&record->areas[record->area_count++], at);
		else
			record->limits[record->area_count++] = number(at);
	}
}

static struct record *record_new(struct records *records)
{
	if (records->count == records->room) {
		records->room = records->room ? 2 * records->room : 16;
		records->items =
			must(realloc(records->items, records->room * sizeof(*records->items)));
	}
	return &records->items[records->count++];
}

void records_add(struct records *records, struct nlmsghdr *header)
{
	record_read(record_new(records), header);
}

void records_put(struct records *records, const struct record *record)
{
	*record_new(records) = *record;
}

void records_drop(struct records *records, size_t index)
{
	records->items[index] = records->items[--records->count];
}

void records_clear(struct records *records)
{
	free(records->items);
	*records = (struct records){ 0 };
}
