// SPDX-License-Identifier: MIT
// The group gets an event for each pool that comes or goes, guard hit, cap reached and reclaim.
/*
 * It says what happened where. Kinds that can come in floods are limited, and what was
 * left out is counted.
 */
#include "test.h"

#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "abi.h"
#include "answer.h"
#include "bookkeeping.h"
#include "child.h"
#include "client.h"
#include "file.h"
#include "guest.h"
#include "listener.h"
#include "memory.h"
#include "message.h"
#include "pool.h"
#include "pool_id.h"
#include "sysctl.h"

#define PAGES 16

/* In milliseconds, of the clock that goes forward with the ticks that events are limited by. */
static uint64_t now_ms(void)
{
	struct timespec now;

	test_sys(clock_gettime(CLOCK_MONOTONIC_COARSE, &now));
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The most events of a kind that a pool has in that time, with both its ends. */
static uint64_t most_events(uint64_t since)
{
	return 2 + (now_ms() - since) * GUARDSLOT_EVENT_RATE / 1000;
}

static void hit_guard(struct pool *pool, uint32_t slot, uint64_t past)
{
	uint8_t *at = area_at(pool, slot, 0) + PAGES * PAGE + past;

	test_signal(SIGSEGV, at, poke(at, 1));
}

TEST("a pool that comes and one that goes, with all that POOL_GET answers")
{
	struct client listener = listener_open();
	struct kept kept;
	struct pool pool;
	uint32_t id;

	pool = pool_plain(3, PAGES, 0);
	id = pool_id(&pool);
	test_event(&listener, &kept, GUARDSLOT_CMD_POOL_CREATED_NTF, GUARDSLOT_A_POOL_ID, id);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_SLOTS), 3);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_PID), getpid());
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_UID), 0);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_RESETS), 0);
	write_pages(area_at(&pool, 1, 0), 7, 1);
	test_reset(&pool, 1);
	test_reset(&pool, 2);
	test_purge(&pool, 2);
	pool_close(&pool);
	test_event(&listener, &kept, GUARDSLOT_CMD_POOL_GONE_NTF, GUARDSLOT_A_POOL_ID, id);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_SLOTS), 3);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_RESETS), 2);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_PURGES), 1);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_FAULTS), 7);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_RESIDENT_PAGES), 7);
}

TEST("a pool that goes with its process has an event")
{
	struct client listener = listener_open();
	struct kept kept;
	pid_t child = fork();
	uint64_t id;

	test_sys(child);
	if (child == 0) {
		pool_plain(2, PAGES, 0);
		kill(getpid(), SIGKILL);
	}
	next_event(&listener, &kept);
	test_eq(message_cmd(&kept.message), GUARDSLOT_CMD_POOL_CREATED_NTF);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_PID), child);
	id = get_attr(&kept.message, GUARDSLOT_A_POOL_ID);
	test_event(&listener, &kept, GUARDSLOT_CMD_POOL_GONE_NTF, GUARDSLOT_A_POOL_ID, id);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_PID), child);
	test_eq(waitpid(child, NULL, 0), child);
}

TEST("a file that never got its geometry is no event")
{
	struct client listener = listener_open();
	struct kept kept;

	test_sys(close(device_open()));
	test_ok(!try_event(&listener, &kept));
}

TEST("a guard hit: pool, slot, place and process")
{
	struct pool pool = pool_plain(4, PAGES, 0);
	struct client listener = listener_open();
	struct kept kept;
	pid_t child;

	child = fork();
	test_sys(child);
	if (child == 0) {
		/* Not inherited by fork, so mapped anew. */
		pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
		hit_guard(&pool, 2, PAGE + 123);
		_exit(0);
	}
	test_child(child);
	test_event(&listener, &kept, GUARDSLOT_CMD_GUARD_HIT_NTF, GUARDSLOT_A_EVENT_POOL,
		   pool_id(&pool));
	test_eq(get_attr(&kept.message, GUARDSLOT_A_EVENT_SLOT), 2);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_EVENT_OFFSET),
		slab_offset(&pool, 2, 0) + PAGES * PAGE + PAGE + 123);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_EVENT_PID), child);
	test_str(get_words(&kept.message, GUARDSLOT_A_EVENT_COMM), "events");
	test_eq(get_attr(&kept.message, GUARDSLOT_A_EVENT_SUPPRESSED), 0);
	test_ok(!try_event(&listener, &kept));
}

TEST("a guard hit that a system call makes")
{
	struct pool pool = pool_plain(2, PAGES, 0);
	struct client listener = listener_open();
	struct kept kept;
	int pipes[2];

	test_sys(pipe(pipes));
	test_eq(write(pipes[1], "x", 1), 1);
	test_sys_err(-EFAULT, read(pipes[0], area_at(&pool, 1, 0) + PAGES * PAGE, 1));
	test_event(&listener, &kept, GUARDSLOT_CMD_GUARD_HIT_NTF, GUARDSLOT_A_EVENT_POOL,
		   pool_id(&pool));
	test_eq(get_attr(&kept.message, GUARDSLOT_A_EVENT_SLOT), 1);
}

/* The touches of a flood, and the events that told of them. */
struct flood {
	struct client *listener;
	enum guardslot_cmd cmd;
	uint32_t pool;
	uint64_t touches, events, suppressed;
	uint64_t started;
};

/* Reads what is there, so that a slow machine's many events fit into the socket. */
static void flood_read(struct flood *flood)
{
	struct kept kept;

	while (try_event(flood->listener, &kept)) {
		test_eq(message_cmd(&kept.message), flood->cmd);
		test_eq(get_attr(&kept.message, GUARDSLOT_A_EVENT_POOL), flood->pool);
		flood->events++;
		flood->suppressed += get_attr(&kept.message, GUARDSLOT_A_EVENT_SUPPRESSED);
	}
}

static void flood_run(struct flood *flood, struct pool *pool, uint64_t touches,
		      void (*touch)(struct pool *pool))
{
	for (uint64_t i = 0; i < touches; i++) {
		touch(pool);
		flood->touches++;
		flood_read(flood);
	}
}

/* Until an event has the count of those that were left out before it. */
static void flood_end(struct flood *flood, struct pool *pool, void (*touch)(struct pool *pool))
{
	uint64_t events = flood->events;

	while (flood->events == events) {
		tap_pause();
		flood_run(flood, pool, 1, touch);
	}
	test_note("%llu touches in %llu ms, %llu events", (unsigned long long)flood->touches,
		  (unsigned long long)(now_ms() - flood->started),
		  (unsigned long long)flood->events);
	test_eq(flood->events + flood->suppressed, flood->touches);
	test_ok(flood->events <= most_events(flood->started));
}

static void hit_first_guard(struct pool *pool)
{
	hit_guard(pool, 0, 0);
}

TEST("a flood of guard hits: no more events than the rate, and none is lost in the counts")
{
	struct pool pool = pool_plain(1, PAGES, 0), other = pool_plain(1, PAGES, 0);
	struct client listener = listener_open();
	struct flood flood = {
		.listener = &listener,
		.cmd = GUARDSLOT_CMD_GUARD_HIT_NTF,
		.pool = pool_id(&pool),
		.started = now_ms(),
	};
	struct kept kept;

	test_timeout(60);
	flood_run(&flood, &pool, 2000, hit_first_guard);
	/* The flood of one pool does not silence another. */
	hit_guard(&other, 0, 0);
	test_ok(try_event(&listener, &kept));
	test_eq(get_attr(&kept.message, GUARDSLOT_A_EVENT_POOL), pool_id(&other));
	flood_end(&flood, &pool, hit_first_guard);
}

static void test_cap_event(struct client *listener, struct pool *pool, enum guardslot_cap cap,
			   uint64_t pages)
{
	struct kept kept;

	test_event(listener, &kept, GUARDSLOT_CMD_CAP_REACHED_NTF, GUARDSLOT_A_EVENT_POOL,
		   pool_id(pool));
	test_eq(get_attr(&kept.message, GUARDSLOT_A_EVENT_CAP), cap);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_EVENT_CAP_PAGES), pages);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_EVENT_PID), getpid());
	test_str(get_words(&kept.message, GUARDSLOT_A_EVENT_COMM), "events");
}

static void touch_past_cap(struct pool *pool)
{
	uint8_t *at = area_at(pool, 0, 0) + 3 * PAGE;

	test_signal(SIGBUS, at, poke(at, 1));
}

TEST("the pool's cap, once for many refusals")
{
	struct guardslot_create geometry = plain_geometry(1, PAGES);
	struct flood flood = { .cmd = GUARDSLOT_CMD_CAP_REACHED_NTF };
	struct client listener;
	struct pool pool;
	struct kept kept;

	geometry.max_resident = 3 * PAGE;
	pool = pool_map(&geometry);
	listener = listener_open();
	write_pages(area_at(&pool, 0, 0), 3, 1);
	test_ok(!try_event(&listener, &kept));
	touch_past_cap(&pool);
	test_cap_event(&listener, &pool, GUARDSLOT_CAP_POOL, 3);
	flood.listener = &listener;
	flood.pool = pool_id(&pool);
	flood.started = now_ms();
	flood_run(&flood, &pool, 500, touch_past_cap);
	flood_end(&flood, &pool, touch_past_cap);
}

TEST("the module's cap")
{
	struct pool pool = pool_plain(1, PAGES, 0);
	struct client listener = listener_open();
	unsigned long cap = 5 + bookkeeping(1, 1, 0);

	sysctl_set_number(PARAMETERS "max_pages", cap);
	write_pages(area_at(&pool, 0, 0), 5, 1);
	test_signal(SIGBUS, area_at(&pool, 0, 0) + 5 * PAGE,
		    poke(area_at(&pool, 0, 0) + 5 * PAGE, 1));
	test_cap_event(&listener, &pool, GUARDSLOT_CAP_MODULE, cap);
}

TEST("reclaim: what many slots lost at once is one event, and before the pool's last")
{
	struct pool pool = pool_plain(40, PAGES, 0), other = pool_plain(1, PAGES, 0);
	struct client listener = listener_open();
	uint64_t slots = 0, pages = 0, events = 0, started = now_ms();
	uint32_t id = pool_id(&pool), other_id = pool_id(&other);
	struct kept kept;

	for (uint32_t slot = 0; slot < 40; slot++) {
		write_pages(area_at(&pool, slot, 0), slot % PAGES + 1, 1);
		test_reset(&pool, slot);
		if (slot % 2)
			atomic_store(claim_word(&pool, slot), GUARDSLOT_IDLE);
	}
	write_pages(area_at(&other, 0, 0), 5, 1);
	atomic_store(claim_word(&other, 0), GUARDSLOT_IDLE);
	write_file("/proc/sys/vm/drop_caches", "2");
	pool_close(&pool);
	for (;;) {
		next_event(&listener, &kept);
		if (message_cmd(&kept.message) == GUARDSLOT_CMD_POOL_GONE_NTF)
			break;
		test_eq(message_cmd(&kept.message), GUARDSLOT_CMD_RECLAIM_NTF);
		if (get_attr(&kept.message, GUARDSLOT_A_EVENT_POOL) == other_id) {
			test_eq(get_attr(&kept.message, GUARDSLOT_A_EVENT_SLOTS), 1);
			test_eq(get_attr(&kept.message, GUARDSLOT_A_EVENT_PAGES), 5);
			other_id = 0;
			continue;
		}
		test_eq(get_attr(&kept.message, GUARDSLOT_A_EVENT_POOL), id);
		slots += get_attr(&kept.message, GUARDSLOT_A_EVENT_SLOTS);
		pages += get_attr(&kept.message, GUARDSLOT_A_EVENT_PAGES);
		events++;
	}
	test_eq(slots, 20);
	/* Slots 1, 3 ... 39 with 2, 4 ... 16, and again, and 2 to 8. */
	test_eq(pages, 2 * (2 + 4 + 6 + 8 + 10 + 12 + 14 + 16) + 2 + 4 + 6 + 8);
	test_ok(events <= most_events(started));
	if (other_id) {
		next_event(&listener, &kept);
		test_eq(message_cmd(&kept.message), GUARDSLOT_CMD_RECLAIM_NTF);
		test_eq(get_attr(&kept.message, GUARDSLOT_A_EVENT_POOL), other_id);
	}
}

TEST("two listeners get the same events, and one that stopped gets none")
{
	struct client a = listener_open(), b = listener_open(), none = client_open();
	struct pool pool;
	struct kept kept;
	uint32_t id;

	client_close(&b);
	b = listener_open();
	pool = pool_plain(1, PAGES, 0);
	id = pool_id(&pool);
	test_event(&a, &kept, GUARDSLOT_CMD_POOL_CREATED_NTF, GUARDSLOT_A_POOL_ID, id);
	test_event(&b, &kept, GUARDSLOT_CMD_POOL_CREATED_NTF, GUARDSLOT_A_POOL_ID, id);
	test_ok(!try_event(&none, &kept));
}

TEST("a listener that does not read gets ENOBUFS for the events it lost; the pools do not wait")
{
	struct client listener = listener_open();
	struct guardslot_create geometry = small_geometry(1);
	struct kept kept;
	int size = 8192; /* bytes: much less than all the events take */

	test_timeout(60);
	test_sys(setsockopt(listener.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
	for (int i = 0; i < 200; i++) {
		struct pool pool = pool_create(&geometry);

		test_sys(close(pool.fd));
	}
	test_sys_err(-ENOBUFS, recv(listener.fd, &kept, sizeof(kept), 0));
	next_event(&listener, &kept);
	test_eq(message_cmd(&kept.message), GUARDSLOT_CMD_POOL_CREATED_NTF);
}

TEST_MAIN()
