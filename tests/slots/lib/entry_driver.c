// SPDX-License-Identifier: MIT
/*
 * Area 0 of the slot, in units of a few pages, or of huge pages:
 *
 *	| zero | image | zero | past the first limit |
 *	0      1       2      3                      4
 */
#include "entry_driver.h"

#include "slot_test.h"

#include <sys/resource.h>

#define HUGE (PAGE / 8 * PAGE)

struct trial {
	const struct entry_state *state;
	bool copied; /* images have no file; slots have copies of their content */
	struct shim_pool_config config;
	struct shim_pool *pool;
	uint64_t unit;
	struct model model; /* what the image shows */
	struct model other; /* of the image to rebind to, which starts at 0 */
	uint32_t images[2];
	unsigned char *written; /* what the tenant wrote, to 4 units */
	bool made[4];		/* the unit came into the state */
};

static void config_make(struct trial *t)
{
	/* Two of them have a whole huge page among them. */
	t->unit = t->state->huge ? 2 * HUGE : 8 * PAGE;
	t->config = config_default();
	t->config.slots = 2;
	t->config.area_count = 1;
	memset(&t->config.areas[1], 0, sizeof(t->config.areas[1]));
	t->config.areas[0].reserve = 4 * t->unit;
	t->config.areas[0].max = 4 * t->unit;
	t->config.areas[0].initial = 0;
}

/* The library makes no file of more than that, as the kernel would not let it. */
static void files_limit(rlim_t bytes)
{
	struct rlimit limit;

	test_sys(getrlimit(RLIMIT_FSIZE, &limit));
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	test_sys(setrlimit(RLIMIT_FSIZE, &limit));
}

static uint32_t image_make(struct trial *t, uint64_t offset, unsigned int seed, struct model *model)
{
	struct shim_image_area area = { .offset = offset, .length = t->unit, .limit = 3 * t->unit };
	uint32_t image;

	*model = model_none(&t->config);
	model->limits[0] = area.limit;
	fill(model->bytes[0] + offset, area.length, seed);
	area.source = model->bytes[0] + offset;
	if (t->copied)
		files_limit(0);
	must(shim_image_create(t->pool, seed, &area, 1, &image));
	if (t->copied)
		files_limit(RLIM_INFINITY);
	return image;
}

static unsigned char *unit_at(struct trial *t, uint64_t unit)
{
	return (unsigned char *)area_at(t->pool, 0, 0) + unit * t->unit;
}

/* What a tenant does, and then the kernel; the third unit is only written. */
static void dirty(struct trial *t)
{
	static const unsigned int units[] = { 0, 1, 3 };
	const struct entry_state *state = t->state;

	resize(t->pool, 0, 0, 4 * t->unit);
	if (state->fill == ENTRY_ANY_FILL)
		fill(unit_at(t, 0), 4 * t->unit, 77);
	else
		memset(unit_at(t, 0), state->fill, 4 * t->unit);
	memcpy(t->written, unit_at(t, 0), 4 * t->unit);
	for (unsigned int i = 0; i < ARRAY_SIZE(units); i++) {
		uint64_t unit = units[i];
		bool file = unit == 1 && !t->copied;

		if (backend_get() == SHIM_BACKEND_DEVICE)
			entry_attempt(state, unit_at(t, unit), t->unit);
		else
			t->made[unit] = entry_make(state, unit_at(t, unit), t->unit, file);
	}
	entry_settle(state);
}

/* ---- checks ----------------------------------------------------------------------- */

static bool page_shows(const unsigned char *page, const unsigned char *written, bool zero,
		       bool either)
{
	if ((zero || either) && page[0] == 0 && memcmp(page, page + 1, PAGE - 1) == 0)
		return true;
	return (!zero || either) && memcmp(page, written, PAGE) == 0;
}

/* That the memory at this address has what the tenant saw last. */
static void shows_tenant(struct trial *t, const unsigned char *at)
{
	for (uint64_t i = 0; i < 4 * t->unit; i += PAGE) {
		enum entry_shows shows = t->state->shows;

		if (!t->made[i / t->unit])
			shows = ENTRY_SHOWS_WRITTEN;
		if (!page_shows(at + i, t->written + i, shows == ENTRY_SHOWS_ZERO,
				shows == ENTRY_SHOWS_EITHER))
			test_fail("page %" PRIu64 " does not show what the tenant saw", i / PAGE);
	}
}

/* That the slot is the image's, and that there is zero past the limit. */
static void shows_image(struct trial *t, const struct model *model)
{
	model_check(t->pool, 0, model);
	resize(t->pool, 0, 0, 4 * t->unit);
	test_bytes(unit_at(t, 3), 0, t->unit);
}

static void counts_resident(struct trial *t)
{
	uint64_t pages = 0;

	/* Other ways to count do not tell a page that is shared from the zero page. */
	if (!backend_keeps_pages() || backend_get() != SHIM_BACKEND_MMAP ||
	    t->state->shows == ENTRY_SHOWS_EITHER || t->state->huge ||
	    t->state->shows == ENTRY_FAULTS)
		return;
	for (unsigned int i = 0; i < 4; i++)
		if (!t->made[i] || t->state->counts)
			pages += t->unit / PAGE;
	test_eq(query(t->pool, 0).resident_pages, pages);
}

/* ---- operations -------------------------------------------------------------------- */

static void do_reset(struct trial *t)
{
	reset(t->pool, 0);
	shows_image(t, &t->model);
}

static void do_rebind(struct trial *t)
{
	rebind(t->pool, 0, t->images[1]);
	shows_image(t, &t->other);
}

static void do_unbind(struct trial *t)
{
	struct model none = model_none(&t->config);

	rebind(t->pool, 0, SHIM_IMAGE_NONE);
	model_check(t->pool, 0, &none);
	resize(t->pool, 0, 0, 4 * t->unit);
	test_bytes(unit_at(t, 0), 0, 4 * t->unit);
	model_free(&none);
}

static void do_purge(struct trial *t)
{
	purge(t->pool, 0);
	test_eq(query(t->pool, 0).resident_pages, 0);
	shows_image(t, &t->model);
}

/* What shrinking took away does not come back, and neither does the tenant's. */
static void do_shrink(struct trial *t)
{
	resize(t->pool, 0, 0, PAGE);
	resize(t->pool, 0, 0, 4 * t->unit);
	test_mem(unit_at(t, 0) + PAGE, t->model.bytes[0] + PAGE, 4 * t->unit - PAGE);
	do_reset(t);
}

static void do_snapshot(struct trial *t)
{
	uint32_t image;

	if (t->state->shows == ENTRY_FAULTS)
		return;
	must(shim_image_snapshot(t->pool, 3, 0, &image));
	shows_tenant(t, unit_at(t, 0));
	rebind(t->pool, 1, image);
	shows_tenant(t, (const unsigned char *)area_at(t->pool, 1, 0));
	do_reset(t);
}

static void (*const operations[])(struct trial *t) = {
	[ENTRY_RESET] = do_reset, [ENTRY_REBIND] = do_rebind, [ENTRY_UNBIND] = do_unbind,
	[ENTRY_PURGE] = do_purge, [ENTRY_SHRINK] = do_shrink, [ENTRY_SNAPSHOT] = do_snapshot,
};

static void trial_run(const struct entry_state *state, enum entry_operation operation, bool copied)
{
	struct trial t = { .state = state, .copied = copied };

	config_make(&t);
	entry_begin(state);
	t.pool = pool_create(&t.config);
	t.images[0] = image_make(&t, t.unit, 5, &t.model);
	t.images[1] = image_make(&t, 0, 6, &t.other);
	t.written = malloc(4 * t.unit);
	test_ok(t.written);
	rebind(t.pool, 0, t.images[0]);
	/* Once on new memory, and a reset once more on what it left. */
	for (unsigned int round = 0; round < (operation == ENTRY_RESET ? 2 : 1); round++) {
		dirty(&t);
		counts_resident(&t);
		operations[operation](&t);
		entry_end(state);
		rebind(t.pool, 0, t.images[0]);
		if (operation == ENTRY_RESET && round == 0)
			entry_begin(state);
	}
	pool_destroy(t.pool);
	model_free(&t.model);
	model_free(&t.other);
	free(t.written);
}

void entry_operations(const struct entry_state *state)
{
	for (enum entry_operation i = 0; i < ENTRY_OPERATIONS; i++) {
		test_note("operation %d", i);
		trial_run(state, i, false);
	}
	if (backend_get() == SHIM_BACKEND_DEVICE)
		return;
	test_note("with copied images");
	trial_run(state, ENTRY_RESET, true);
	trial_run(state, ENTRY_SNAPSHOT, true);
}
