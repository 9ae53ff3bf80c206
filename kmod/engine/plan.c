// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision by cost. A reset either copies all private pages of a slot, or looks for
 * those that were written and copies only these. The first needs nothing but the copies;
 * the second a look at each entry, and a flush of the TLBs, which all slots of a call
 * share.
 *
 * How many pages are written is not known before resets look. So a slot whose copies
 * have cost many times what two looks would cost is tried: the first look clears the dirty
 * bits, the second tells. Where it does not pay, the next try comes after twice as many
 * copies, so that a slot whose tenants write all its pages pays next to nothing for tries.
 * A slot that is copied at less than the price of one flush is never tried, and none where
 * processors do not set the dirty bit: each page that is written costs its tenant a fault
 * there, which is dearer than the copy of some pages, and which no price here knows of.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/module.h>

#include "engine/plan.h"
#include "engine/price.h"
#include "objects/resident.h"

/* A try may cost an eighth of the copies before it, and later ones less and less. */
#define TRY_SHIFT 3
#define VAIN_MAX 6

uint gs_plan_reset_mode __read_mostly = GS_PLAN_AUTO;
module_param_named(reset_mode, gs_plan_reset_mode, uint, 0644);
MODULE_PARM_DESC(
	reset_mode,
	"0: resets do what costs least (default), 1: copy all, 2: look for what was written");

static u64 copy_cost(const struct gs_price *price, u32 pages)
{
	return price->copy * pages;
}

/* The pages that may be copied before a look is tried, by one of @slots that share a flush. */
static u32 patience(const struct gs_price *price, u32 count, u32 slots, u32 vain)
{
	u64 try = 2 * (div_u64(price->flush, slots) + price->look * count);

	return min_t(u64, div64_u64(try << (TRY_SHIFT + vain), price->copy), U32_MAX / 2);
}

static void set_patience(struct gs_tracking *tracking, u32 pages)
{
	tracking->patience = pages;
	tracking->credit = pages;
}

/* There are new pages: what was in vain with fewer need not be so now. */
static void renew(struct gs_slot *slot)
{
	struct gs_tracking *tracking = &slot->residents->tracking;

	tracking->known = gs_resident_count(slot);
	tracking->vain = 0;
	tracking->patience = 0;
}

static bool decide(struct gs_slot *slot, u32 slots)
{
	struct gs_tracking *tracking = &slot->residents->tracking;
	struct gs_price price = gs_price_get(current->mm);
	u32 count = gs_resident_count(slot);
	bool dear = gs_compat_has_hw_dirty() && copy_cost(&price, count) > price.flush;

	if (count > tracking->known)
		renew(slot);
	tracking->looking = dear && tracking->patience;
	set_patience(tracking, dear ? patience(&price, count, slots, tracking->vain) : 16 * count);
	/* The next one looks too, so that it can be told what a look is worth. */
	if (tracking->looking)
		tracking->credit = 0;
	return tracking->looking;
}

/*
 * gs_plan_looks() where each reset looks, it is time for a try, or there are new pages; else
 * when to ask again.
 */
bool gs_plan_decide(struct gs_slot *slot, u32 slots)
{
	struct gs_tracking *tracking = &slot->residents->tracking;

	if (!tracking->looking)
		return decide(slot, slots);
	tracking->credit = 0;
	return true;
}

/* A look did not pay, or could not tell. */
void gs_plan_give_up(struct gs_slot *slot, u32 slots)
{
	struct gs_tracking *tracking = &slot->residents->tracking;
	struct gs_price price = gs_price_get(current->mm);

	tracking->looking = false;
	tracking->cleared = false;
	tracking->vain = min(tracking->vain + 1, VAIN_MAX);
	set_patience(tracking, patience(&price, gs_resident_count(slot), slots, tracking->vain));
}

/*
 * After a look that found so many pages, one of @slots that share a flush. Goes on while
 * looking costs less than copying.
 */
void gs_plan_judge(struct gs_slot *slot, u32 written, u32 slots)
{
	struct gs_tracking *tracking = &slot->residents->tracking;
	struct gs_price price = gs_price_get(current->mm);
	u32 count = gs_resident_count(slot);
	u64 cost;

	/* The first look finds what was written at any time. */
	if (!tracking->cleared) {
		tracking->cleared = true;
		tracking->average = 0;
		return;
	}
	tracking->average = tracking->average ? (3 * tracking->average + written) / 4 : written;
	cost = price.look * (count + GS_PRICE_MARK * tracking->average) +
	       div_u64(price.flush, slots) + copy_cost(&price, tracking->average);
	if (cost < copy_cost(&price, count))
		tracking->vain = 0;
	else
		gs_plan_give_up(slot, slots);
}
