// SPDX-License-Identifier: MIT
// What the family says of a pool, an image, a slot and the module agrees with the device's calls.
#include "test.h"

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <stdatomic.h>

#include "abi.h"
#include "answer.h"
#include "bookkeeping.h"
#include "client.h"
#include "file.h"
#include "guest.h"
#include "image.h"
#include "memory.h"
#include "message.h"
#include "pool.h"
#include "pool_id.h"
#include "request.h"

#define PAGES 16
/* Bytes of bookkeeping that a user may have in reserve. */
#define RESERVE (64ul << 10)

TEST("a pool: owner, geometry, caps and flags as they were given")
{
	struct guardslot_create geometry = small_geometry(7);
	struct client client = client_open();
	struct kept kept;
	struct pool pool;

	geometry.flags = GUARDSLOT_CREATE_PREFAULT;
	geometry.max_resident = 33 * PAGE;
	geometry.keep_resident = 5 * PAGE;
	pool = pool_map(&geometry);
	get(&client, pool_request(&client, pool_id(&pool)), &kept);
	test_eq(message_cmd(&kept.message), GUARDSLOT_CMD_POOL_GET);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_ID), pool_id(&pool));
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_UID), geteuid());
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_PID), getpid());
	test_str(get_words(&kept.message, GUARDSLOT_A_POOL_COMM), "get");
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_FLAGS), GUARDSLOT_CREATE_PREFAULT);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_SLOTS), 7);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_PRE_GUARD), geometry.pre_guard);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_STRIDE), pool.geometry.out_stride);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_MAP_SIZE), pool.geometry.out_map_size);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_MAX_RESIDENT_PAGES), 33);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_KEEP_RESIDENT_PAGES), 5);
}

static void areas_are_told(struct pool *pool)
{
	struct client client = client_open();
	struct nlattr *attr;
	struct kept kept;
	uint32_t area = 0;
	int left;

	get(&client, pool_request(&client, pool_id(pool)), &kept);
	nlmsg_for_each_attr(attr, &kept.message, GENL_HDRLEN, left) {
		struct nlattr *in[GUARDSLOT_A_AREA_MAX + 1];

		if (nla_type(attr) != GUARDSLOT_A_POOL_AREA)
			continue;
		test_eq(nla_parse_nested(in, GUARDSLOT_A_AREA_MAX, attr, NULL), 0);
		test_ok(area < pool->geometry.area_count);
		test_eq(nla_get_u64(in[GUARDSLOT_A_AREA_OFFSET]),
			pool->geometry.out_area_offset[area]);
		test_eq(nla_get_u64(in[GUARDSLOT_A_AREA_MAX_LIMIT]),
			pool->geometry.areas[area].max);
		test_eq(nla_get_u64(in[GUARDSLOT_A_AREA_INITIAL_LIMIT]),
			pool->geometry.areas[area].initial);
		test_eq(nla_get_u64(in[GUARDSLOT_A_AREA_RESERVE]),
			pool->geometry.areas[area].reserve);
		test_eq(nla_get_u64(in[GUARDSLOT_A_AREA_GUARD]), pool->geometry.areas[area].guard);
		area++;
	}
	test_eq(area, pool->geometry.area_count);
}

TEST("a pool: its areas, in their order, also where there are 16")
{
	struct pool pool = pool_small(1);
	struct guardslot_create geometry = { .slots = 2, .area_count = 16 };

	areas_are_told(&pool);
	for (uint32_t i = 0; i < geometry.area_count; i++)
		geometry.areas[i] = (struct guardslot_area){ (20 + i) * PAGE, i * PAGE,
							     (10 + i) * PAGE, i * PAGE };
	pool = pool_map(&geometry);
	areas_are_told(&pool);
}

TEST("a pool: no cap is 0, and what it holds and did is the sum over its slots")
{
	struct pool pool = pool_plain(4, PAGES, 0);
	struct client client = client_open();
	uint32_t image = image_keyed(&pool, 1, 1, 3);
	struct guardslot_query query;
	uint64_t faults = 0;
	struct kept kept;

	for (uint32_t slot = 0; slot < 4; slot++)
		write_pages(area_at(&pool, slot, 0), slot + 1, 1);
	test_reset(&pool, 0);
	test_reset(&pool, 3);
	test_rebind(&pool, 3, image);
	test_purge(&pool, 1);
	test_signal(SIGSEGV, area_at(&pool, 2, 0) + PAGES * PAGE,
		    peek(area_at(&pool, 2, 0) + PAGES * PAGE));
	for (uint32_t slot = 0; slot < 4; slot++) {
		test_query(&pool, slot, &query);
		faults += query.out_faults;
	}
	get(&client, pool_request(&client, pool_id(&pool)), &kept);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_MAX_RESIDENT_PAGES), 0);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_KEEP_RESIDENT_PAGES), 0);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_IMAGES), 1);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_IMAGE_PAGES), 3);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_RESIDENT_PAGES), 1 + 3 + 3);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_RESETS), 3);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_PURGES), 1);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_FAULTS), faults);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_GUARD_HITS), 1);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_RECLAIMS), 0);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_RECLAIMED_PAGES), 0);
}

TEST("an image: tag, pages, limits, write set, and the slots bound to it")
{
	struct client client = client_open();
	struct pool pool = pool_small(5);
	uint32_t image = image_filled(&pool, 0xfedcba9876543210, 7, 3), limits = 0;
	struct nlattr *attr;
	struct kept kept;
	int left;

	for (uint32_t slot = 0; slot < 4; slot++)
		test_rebind(&pool, slot, image);
	write_pages(area_at(&pool, 2, 0), 2, 1);
	get(&client, image_request(&client, pool_id(&pool), image), &kept);
	test_eq(message_cmd(&kept.message), GUARDSLOT_CMD_IMAGE_GET);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_IMAGE_POOL), pool_id(&pool));
	test_eq(get_attr(&kept.message, GUARDSLOT_A_IMAGE_ID), image);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_IMAGE_TAG), 0xfedcba9876543210);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_IMAGE_PAGES), 3);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_IMAGE_WRITE_SET_PAGES), 2);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_IMAGE_USERS), 4);
	nlmsg_for_each_attr(attr, &kept.message, GENL_HDRLEN, left)
		if (nla_type(attr) == GUARDSLOT_A_IMAGE_LIMIT)
			test_eq(nla_get_u64(attr), limits++ ? 2 * PAGE : 3 * PAGE);
	test_eq(limits, 2);
}

static void test_slot_is_as_queried(struct client *client, struct pool *pool, uint32_t slot)
{
	struct guardslot_query query;
	uint32_t limits = 0;
	struct nlattr *attr;
	struct kept kept;
	int left;

	test_query(pool, slot, &query);
	get(client, slot_request(client, pool_id(pool), slot), &kept);
	test_eq(message_cmd(&kept.message), GUARDSLOT_CMD_SLOT_GET);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_POOL), pool_id(pool));
	test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_INDEX), slot);
	test_eq(!find_attr(&kept.message, GUARDSLOT_A_SLOT_IMAGE), !query.out_image);
	test_eq(!find_attr(&kept.message, GUARDSLOT_A_SLOT_TAG), !query.out_image);
	if (query.out_image) {
		test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_IMAGE), query.out_image);
		test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_TAG), query.out_tag);
	}
	test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_RESIDENT_PAGES), query.out_resident_pages);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_SHARED_PAGES), query.out_shared_pages);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_WRITE_SET_PAGES),
		query.out_write_set_pages);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_RESETS), query.out_resets);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_PURGES), query.out_purges);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_FAULTS), query.out_faults);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_GUARD_HITS), query.out_guard_hits);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_RECLAIMS), query.out_reclaims);
	nlmsg_for_each_attr(attr, &kept.message, GENL_HDRLEN, left) {
		if (nla_type(attr) != GUARDSLOT_A_SLOT_LIMIT)
			continue;
		test_eq(nla_get_u64(attr), query.out_limit[limits++]);
	}
	test_eq(limits, pool->geometry.area_count);
}

TEST("a slot: what QUERY says, after each thing that may happen to it")
{
	struct client client = client_open();
	struct pool pool = pool_small(3);
	uint32_t image = image_filled(&pool, 99, 7, 5);

	test_slot_is_as_queried(&client, &pool, 1);
	write_pages(area_at(&pool, 1, 0), 3, 1);
	test_slot_is_as_queried(&client, &pool, 1);
	test_rebind(&pool, 1, image);
	read_pages(area_at(&pool, 1, 0), 5);
	test_slot_is_as_queried(&client, &pool, 1);
	test_resize(&pool, 1, 0, 9 * PAGE);
	test_resize(&pool, 1, 1, 0);
	write_pages(area_at(&pool, 1, 0), 9, 2);
	test_slot_is_as_queried(&client, &pool, 1);
	test_image_destroy(&pool, image);
	test_slot_is_as_queried(&client, &pool, 1);
	test_purge(&pool, 1);
	test_slot_is_as_queried(&client, &pool, 1);
}

TEST("a slot: its claim word, and ACTIVE for one that means nothing")
{
	static const struct {
		uint32_t word, shown;
	} cases[] = {
		{ GUARDSLOT_ACTIVE, GUARDSLOT_ACTIVE },	  { GUARDSLOT_IDLE, GUARDSLOT_IDLE },
		{ GUARDSLOT_RECLAIM, GUARDSLOT_RECLAIM }, { 3, GUARDSLOT_ACTIVE },
		{ 0xffffffff, GUARDSLOT_ACTIVE },
	};
	struct client client = client_open();
	struct pool pool = pool_small(2);
	struct kept kept;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		atomic_store(claim_word(&pool, 1), cases[i].word);
		get(&client, slot_request(&client, pool_id(&pool), 1), &kept);
		test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_STATE), cases[i].shown);
	}
	atomic_store(claim_word(&pool, 1), GUARDSLOT_ACTIVE);
}

TEST("what reclaim took is shown, of the slot and of the pool")
{
	struct pool pool = pool_plain(2, PAGES, 0);
	struct client client = client_open();
	struct kept kept;

	write_pages(area_at(&pool, 1, 0), 9, 1);
	test_reset(&pool, 1);
	atomic_store(claim_word(&pool, 1), GUARDSLOT_IDLE);
	write_file("/proc/sys/vm/drop_caches", "2");
	get(&client, slot_request(&client, pool_id(&pool), 1), &kept);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_RECLAIMS), 1);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_SLOT_RECLAIMED_PAGES), 9);
	get(&client, pool_request(&client, pool_id(&pool)), &kept);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_RECLAIMS), 1);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_RECLAIMED_PAGES), 9);
}

TEST("the module: page size, caps, and what there is of all pools")
{
	static const int sums[] = { GUARDSLOT_A_MODULE_PAGES, GUARDSLOT_A_MODULE_USER_PAGES };
	struct client client = client_open();
	struct kept before, with;
	struct pool pool;

	get(&client, request_new(&client, GUARDSLOT_CMD_MODULE_GET, 0), &before);
	test_eq(get_attr(&before.message, GUARDSLOT_A_MODULE_ABI_VERSION), GUARDSLOT_ABI_VERSION);
	test_eq(get_attr(&before.message, GUARDSLOT_A_MODULE_PAGE_SIZE), PAGE);
	test_eq(get_attr(&before.message, GUARDSLOT_A_MODULE_MAX_PAGES),
		read_number(PARAMETERS "max_pages"));
	test_eq(get_attr(&before.message, GUARDSLOT_A_MODULE_MAX_USER_PAGES),
		read_number(PARAMETERS "max_user_pages"));
	pool = pool_plain(1, PAGES, 0);
	write_pages(area_at(&pool, 0, 0), 5, 1);
	get(&client, request_new(&client, GUARDSLOT_CMD_MODULE_GET, 0), &with);
	test_eq(get_attr(&with.message, GUARDSLOT_A_MODULE_POOLS),
		get_attr(&before.message, GUARDSLOT_A_MODULE_POOLS) + 1);
	for (size_t i = 0; i < ARRAY_SIZE(sums); i++) {
		long more = get_attr(&with.message, sums[i]) - get_attr(&before.message, sums[i]);

		/* And the bookkeeping, some of which may be in the user's reserve. */
		test_ok(more >= 5);
		test_ok(more <= 5 + (long)(bookkeeping(1, 1, RESERVE)));
	}
}

TEST("the module's counters are the sum of all pools, and stay when a pool goes")
{
	struct client client = client_open();
	struct kept before, with, after;
	struct pool pool, other;
	uint64_t resets, faults;

	other = pool_plain(1, PAGES, 0);
	write_pages(area_at(&other, 0, 0), 1, 1);
	get(&client, request_new(&client, GUARDSLOT_CMD_MODULE_GET, 0), &before);
	resets = get_attr(&before.message, GUARDSLOT_A_MODULE_RESETS);
	faults = get_attr(&before.message, GUARDSLOT_A_MODULE_FAULTS);
	pool = pool_plain(2, PAGES, 0);
	write_pages(area_at(&pool, 1, 0), 3, 1);
	test_reset(&pool, 0);
	test_reset(&pool, 1);
	get(&client, request_new(&client, GUARDSLOT_CMD_MODULE_GET, 0), &with);
	test_eq(get_attr(&with.message, GUARDSLOT_A_MODULE_RESETS), resets + 2);
	test_eq(get_attr(&with.message, GUARDSLOT_A_MODULE_FAULTS), faults + 3);
	pool_close(&pool);
	get(&client, request_new(&client, GUARDSLOT_CMD_MODULE_GET, 0), &after);
	test_eq(get_attr(&after.message, GUARDSLOT_A_MODULE_RESETS), resets + 2);
	test_eq(get_attr(&after.message, GUARDSLOT_A_MODULE_FAULTS), faults + 3);
	pool_close(&other);
}

TEST("a file without geometry is no pool yet")
{
	struct pool pool = { .fd = device_open(), .geometry = small_geometry(2) };
	struct client client = client_open();
	uint32_t id = pool_id(&pool);
	struct kept kept;

	test_refused(ENOENT, &client, pool_request(&client, id));
	test_create(pool.fd, &pool.geometry);
	get(&client, pool_request(&client, id), &kept);
	test_sys(close(pool.fd));
	test_refused(ENOENT, &client, pool_request(&client, id));
}

TEST_MAIN()
