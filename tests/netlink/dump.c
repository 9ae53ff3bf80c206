// SPDX-License-Identifier: MIT
// A dump has every entry exactly once, over any number of messages.
/*
 * It says so when pools or images came or went meanwhile. A pool is in it whole or not
 * at all, and it keeps no pool from working or going away.
 */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "abi.h"
#include "answer.h"
#include "child.h"
#include "client.h"
#include "guest.h"
#include "image.h"
#include "memory.h"
#include "message.h"
#include "pool.h"
#include "pool_id.h"
#include "request.h"

/* ---- slots --------------------------------------------------------------- */

struct slots {
	uint32_t pool;
	uint32_t next;
	uint64_t resident;
};

static void next_slot(struct nlmsghdr *message, void *data)
{
	struct slots *slots = data;

	test_eq(message_cmd(message), GUARDSLOT_CMD_SLOT_GET);
	test_ok(message->nlmsg_flags & NLM_F_MULTI);
	test_eq(get_attr(message, GUARDSLOT_A_SLOT_POOL), slots->pool);
	test_eq(get_attr(message, GUARDSLOT_A_SLOT_INDEX), slots->next++);
	slots->resident += get_attr(message, GUARDSLOT_A_SLOT_RESIDENT_PAGES);
}

TEST("50,000 slots: each once, in order, over many messages")
{
	struct pool pool = pool_plain(50000, 1, 0);
	struct client client = client_open();
	struct slots slots = { .pool = pool_id(&pool) };
	struct outcome outcome;

	test_timeout(120);
	for (uint32_t slot = 0; slot < 50000; slot += 499)
		poke(area_at(&pool, slot, 0), 1);
	outcome = ask(&client, slots_request(&client, slots.pool), next_slot, &slots);
	test_note("%u reads of the socket", outcome.reads);
	test_eq(outcome.error, 0);
	test_ok(!outcome.interrupted);
	test_eq(outcome.messages, 50000);
	test_eq(slots.next, 50000);
	test_eq(slots.resident, 101);
	test_ok(outcome.reads > 100);
}

TEST("one slot, and two dumps on two sockets at a time")
{
	struct pool one = pool_plain(1, 1, 0), many = pool_plain(3000, 1, 0);
	struct client a = client_open(), b = client_open();
	struct slots slots = { .pool = pool_id(&one) };
	struct slots of_a = { .pool = pool_id(&many) }, of_b = { .pool = pool_id(&many) };
	struct outcome outcome_a = { 0 }, outcome_b = { 0 };
	bool end_a = false, end_b = false;

	test_eq(ask(&a, slots_request(&a, slots.pool), next_slot, &slots).error, 0);
	test_eq(slots.next, 1);
	request_send(&a, slots_request(&a, of_a.pool));
	request_send(&b, slots_request(&b, of_b.pool));
	while (!end_a || !end_b) {
		end_a = end_a || outcome_read(&a, &outcome_a, next_slot, &of_a);
		end_b = end_b || outcome_read(&b, &outcome_b, next_slot, &of_b);
	}
	test_eq(of_a.next, 3000);
	test_eq(of_b.next, 3000);
}

/* The counters that belong together: a slot is purged as often as it is reset. */
static void balanced_slot(struct nlmsghdr *message, void *data)
{
	uint64_t resets = get_attr(message, GUARDSLOT_A_SLOT_RESETS);
	uint64_t resident = get_attr(message, GUARDSLOT_A_SLOT_RESIDENT_PAGES);

	(void)data;
	test_ok(resident <= 4);
	test_ok(resets + 1 >= get_attr(message, GUARDSLOT_A_SLOT_PURGES));
}

struct worker {
	struct pool *pool;
	uint32_t first, count;
	_Atomic bool *stop;
	_Atomic unsigned long rounds;
};

static void *work(void *data)
{
	struct worker *worker = data;

	while (!atomic_load(worker->stop)) {
		uint32_t slot = worker->first + (uint32_t)worker->rounds++ % worker->count;

		write_pages(area_at(worker->pool, slot, 0), 4, 1);
		if (do_reset(worker->pool, slot) || peek(area_at(worker->pool, slot, 0)))
			abort();
		if (do_purge(worker->pool, slot))
			abort();
	}
	return NULL;
}

TEST("dumps while other threads fault, reset and purge the slots")
{
	struct pool pool = pool_plain(400, 4, 0);
	struct client client = client_open();
	struct worker workers[2] = { { 0 } };
	_Atomic bool stop = false;
	pthread_t threads[2];

	test_timeout(120);
	for (uint32_t i = 0; i < 2; i++) {
		workers[i] = (struct worker){ &pool, i * 200, 200, &stop, 0 };
		test_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (uint32_t i = 0; i < 2; i++)
		test_until(atomic_load(&workers[i].rounds) > 0);
	for (long i = 0; i < scaled(60, 8); i++) {
		struct outcome outcome =
			ask(&client, slots_request(&client, pool_id(&pool)), balanced_slot, NULL);

		test_eq(outcome.error, 0);
		test_eq(outcome.messages, 400);
	}
	stop = true;
	for (uint32_t i = 0; i < 2; i++)
		test_eq(pthread_join(threads[i], NULL), 0);
}

TEST("a pool that goes during its dump: the dump ends with ENOENT, and says so")
{
	struct pool pool = pool_plain(20000, 1, 0);
	struct client client = client_open();
	struct slots slots = { .pool = pool_id(&pool) };
	struct outcome outcome = { 0 };

	request_send(&client, slots_request(&client, slots.pool));
	test_ok(!outcome_read(&client, &outcome, next_slot, &slots));
	pool_close(&pool);
	while (!outcome_read(&client, &outcome, next_slot, &slots))
		;
	test_eq(outcome.error, -ENOENT);
	test_ok(outcome.interrupted);
	test_ok(slots.next > 0 && slots.next < 20000);
}

TEST("a dump that is left half read holds neither the pool nor its memory")
{
	struct client client = client_open();
	struct outcome outcome = { 0 };

	for (int i = 0; i < 20; i++) {
		struct pool pool = pool_plain(20000, 1, 0);

		request_send(&client, slots_request(&client, pool_id(&pool)));
		test_ok(!outcome_read(&client, &outcome, NULL, NULL));
		client_close(&client);
		pool_close(&pool);
		client = client_open();
	}
}

/* ---- pools --------------------------------------------------------------- */

struct pools {
	uint32_t last;
	uint32_t count;
};

/* Ids only rise, and a pool is whole: it has all its slots and areas. */
static void next_pool(struct nlmsghdr *message, void *data)
{
	struct pools *pools = data;
	uint64_t slots = get_attr(message, GUARDSLOT_A_POOL_SLOTS);

	test_eq(message_cmd(message), GUARDSLOT_CMD_POOL_GET);
	test_ok(get_attr(message, GUARDSLOT_A_POOL_ID) > pools->last);
	pools->last = (uint32_t)get_attr(message, GUARDSLOT_A_POOL_ID);
	pools->count++;
	test_ok(slots >= 1 && slots <= 32);
	test_eq(get_attr(message, GUARDSLOT_A_POOL_MAP_SIZE),
		get_attr(message, GUARDSLOT_A_POOL_PRE_GUARD) +
			slots * get_attr(message, GUARDSLOT_A_POOL_STRIDE));
	test_ok(find_attr(message, GUARDSLOT_A_POOL_AREA));
	/* Each slot of such a pool was reset once. */
	test_ok(get_attr(message, GUARDSLOT_A_POOL_RESETS) <= slots);
}

#define POOLS 300

TEST("300 pools: each once, over many messages, and none interrupted")
{
	struct guardslot_create geometry = small_geometry(1);
	struct client client = client_open();
	struct pools pools = { 0 };
	struct outcome outcome;

	for (int i = 0; i < POOLS; i++)
		pool_create(&geometry);
	outcome = ask(&client, pools_request(&client), next_pool, &pools);
	test_eq(outcome.error, 0);
	test_ok(!outcome.interrupted);
	test_eq(pools.count, POOLS);
	test_ok(outcome.reads > 3);
}

/* Reads a message, does something, reads the rest. */
static struct outcome pools_around(struct client *client, void (*change)(void *), void *data,
				   struct pools *pools)
{
	struct outcome outcome = { 0 };

	request_send(client, pools_request(client));
	test_ok(!outcome_read(client, &outcome, next_pool, pools));
	change(data);
	while (!outcome_read(client, &outcome, next_pool, pools))
		;
	test_eq(outcome.error, 0);
	return outcome;
}

static void make_one(void *data)
{
	struct guardslot_create geometry = small_geometry(1);

	*(struct pool *)data = pool_create(&geometry);
}

static void close_one(void *data)
{
	test_sys(close(((struct pool *)data)->fd));
}

static void do_nothing(void *data)
{
	(void)data;
}

TEST("a pool that comes or goes between two messages interrupts the dump")
{
	struct guardslot_create geometry = small_geometry(1);
	struct client client = client_open();
	struct pool pools[POOLS], more;
	struct pools seen;

	for (int i = 0; i < POOLS; i++)
		pools[i] = pool_create(&geometry);
	seen = (struct pools){ 0 };
	test_ok(!pools_around(&client, do_nothing, NULL, &seen).interrupted);
	seen = (struct pools){ 0 };
	test_ok(pools_around(&client, make_one, &more, &seen).interrupted);
	/* A pool that is gone before its turn, and one that was dumped before. */
	seen = (struct pools){ 0 };
	test_ok(pools_around(&client, close_one, &pools[POOLS - 1], &seen).interrupted);
	seen = (struct pools){ 0 };
	test_ok(pools_around(&client, close_one, &pools[0], &seen).interrupted);
	seen = (struct pools){ 0 };
	test_ok(!pools_around(&client, do_nothing, NULL, &seen).interrupted);
	test_eq(seen.count, POOLS - 1);
}

static void come_and_go(_Atomic bool *stop, unsigned int seed)
{
	while (!atomic_load(stop)) {
		struct pool pool = pool_small((uint32_t)rand_r(&seed) % 32 + 1);

		for (uint32_t slot = 0; slot < pool.geometry.slots; slot++) {
			poke(area_at(&pool, slot, 0), 1);
			test_reset(&pool, slot);
		}
		image_filled(&pool, 1, 1, 2);
		pool_close(&pool);
	}
}

/* Asks about all that a pool has, which may be gone at any time. */
static void look_into(struct client *client, uint32_t id)
{
	struct nl_msg *requests[] = {
		pool_request(client, id),
		slot_request(client, id, 0),
		slots_request(client, id),
		images_request(client, id),
	};

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		int error = ask(client, requests[i], NULL, NULL).error;

		test_ok(error == 0 || error == -ENOENT);
	}
}

static void look_until(struct client *client, long rounds, uint32_t *whole)
{
	/* And until the others have come that far. */
	for (long i = 0; i < rounds || *whole == 0; i++) {
		struct pools pools = { 0 };

		test_eq(ask(client, pools_request(client), next_pool, &pools).error, 0);
		*whole += pools.count;
		for (uint32_t id = pools.last > 4 ? pools.last - 4 : 1; id <= pools.last; id++)
			look_into(client, id);
	}
}

TEST("pools come and go in four processes while two others dump all that there is")
{
	_Atomic bool *stop =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct client client = client_open();
	pid_t makers[4], reader;
	uint32_t whole = 0;

	test_timeout(200);
	test_ok(stop != MAP_FAILED);
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++) {
		makers[i] = fork();
		test_sys(makers[i]);
		if (makers[i] == 0) {
			come_and_go(stop, (unsigned int)i);
			_exit(0);
		}
	}
	reader = fork();
	test_sys(reader);
	if (reader == 0) {
		struct client own = client_open();

		look_until(&own, scaled(300, 40), &whole);
		_exit(0);
	}
	look_until(&client, scaled(300, 40), &whole);
	test_note("%u pools seen", whole);
	test_child(reader);
	*stop = true;
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		test_child(makers[i]);
}

/* ---- images -------------------------------------------------------------- */

struct images {
	uint32_t last;
	uint32_t count;
};

static void next_image(struct nlmsghdr *message, void *data)
{
	struct images *images = data;

	test_eq(message_cmd(message), GUARDSLOT_CMD_IMAGE_GET);
	test_ok(get_attr(message, GUARDSLOT_A_IMAGE_ID) > images->last);
	images->last = (uint32_t)get_attr(message, GUARDSLOT_A_IMAGE_ID);
	test_eq(get_attr(message, GUARDSLOT_A_IMAGE_TAG), 1000 + images->last);
	images->count++;
}

TEST("2,000 images: each once; one that comes or goes interrupts the dump")
{
	struct client client = client_open();
	struct pool pool = pool_small(1);
	struct images images = { 0 };
	uint32_t ids[2000], id = pool_id(&pool);
	struct outcome outcome;

	test_timeout(60);
	for (uint32_t i = 0; i < 2000; i++) {
		ids[i] = image_filled(&pool, 1001 + i, 1, 1);
		test_eq(ids[i], 1 + i);
	}
	outcome = ask(&client, images_request(&client, id), next_image, &images);
	test_eq(outcome.error, 0);
	test_ok(!outcome.interrupted);
	test_eq(images.count, 2000);
	test_ok(outcome.reads > 3);

	images = (struct images){ 0 };
	outcome = (struct outcome){ 0 };
	request_send(&client, images_request(&client, id));
	test_ok(!outcome_read(&client, &outcome, next_image, &images));
	test_image_destroy(&pool, ids[1900]);
	while (!outcome_read(&client, &outcome, next_image, &images))
		;
	test_ok(outcome.interrupted);
	test_eq(images.count, 1999);

	images = (struct images){ 0 };
	outcome = (struct outcome){ 0 };
	request_send(&client, images_request(&client, id));
	test_ok(!outcome_read(&client, &outcome, next_image, &images));
	image_filled(&pool, 1000 + 2001, 1, 1);
	while (!outcome_read(&client, &outcome, next_image, &images))
		;
	test_ok(outcome.interrupted);
	test_eq(images.count, 2000);
}

TEST("a pool without images has an empty dump")
{
	struct client client = client_open();
	struct pool pool = pool_small(1);
	struct outcome outcome = ask(&client, images_request(&client, pool_id(&pool)), NULL, NULL);

	test_eq(outcome.error, 0);
	test_eq(outcome.messages, 0);
	test_ok(!outcome.interrupted);
}

TEST_MAIN()
