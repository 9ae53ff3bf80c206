// SPDX-License-Identifier: MIT
/*
 * Which layout a pool has, by the length of its mapping, which is all that is known when it
 * is made: length = pre_guard + slots * (reserve + guard), where pre_guard is guard or 0.
 *
 * A wrong guess is noticed later, and costs the pool its place on slots, no more.
 */
#include <stddef.h>
#include <stdlib.h>

#include "seam/geometry.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)
#define MOST_SLOTS (1u << 20)
#define LEAST_PAGE 4096u

static bool layout_fits(uint64_t length, uint64_t pre_guard, uint64_t reserve, uint64_t guard,
			struct seam_geometry *out)
{
	uint64_t stride = reserve + guard;
	uint64_t slots;

	if (length < pre_guard + stride || (length - pre_guard) % stride)
		return false;
	slots = (length - pre_guard) / stride;
	if (slots > MOST_SLOTS)
		return false;
	*out = (struct seam_geometry){
		.pre_guard = pre_guard,
		.reserve = reserve,
		.guard = guard,
		.slots = (uint32_t)slots,
	};
	return true;
}

static bool text_read(const char *text, uint64_t *reserve, uint64_t *guard)
{
	char *end;

	*reserve = strtoull(text, &end, 0);
	if (end == text || *end != ',')
		return false;
	text = end + 1;
	*guard = strtoull(text, &end, 0);
	return end != text && !*end && *reserve && *reserve <= 1ull << 46 && *guard <= 1ull << 46 &&
	       !((*reserve | *guard) % LEAST_PAGE);
}

bool seam_geometry_find(uint64_t length, const char *text, struct seam_geometry *out)
{
	/* Of the versions since 2023. */
	static const uint64_t guards[] = { 32 * MIB, 2 * GIB };
	uint64_t reserve;
	uint64_t guard;

	if (text)
		return text_read(text, &reserve, &guard) &&
		       (layout_fits(length, guard, reserve, guard, out) ||
			layout_fits(length, 0, reserve, guard, out));
	for (size_t i = 0; i < sizeof(guards) / sizeof(guards[0]); i++)
		if (layout_fits(length, guards[i], 4 * GIB, guards[i], out))
			return true;
	/* Without a guard before the first slot; many a mapping has 6 GiB. */
	if (layout_fits(length, 0, 4 * GIB, guards[0], out))
		return true;
	/* Another memory_reservation, the guard as it was. */
	for (reserve = 1024 * GIB; reserve >= 64 * MIB; reserve /= 2)
		for (size_t i = 0; i < sizeof(guards) / sizeof(guards[0]); i++)
			if (layout_fits(length, guards[i], reserve, guards[i], out))
				return true;
	return false;
}
