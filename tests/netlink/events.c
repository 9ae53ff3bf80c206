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
#include "child.h"
#include "client.h"
#include "file.h"
#include "guest.h"
#include "listener.h"
#include "memory.h"
#include "message.h"
#include "pool.h"
#include "pool_id.h"

#define PAGES 16

/* A millisecond clock that only goes forward. */
static uint64_t now_ms(void)
{
	struct timespec now;

	test_sys(clock_gettime(CLOCK_MONOTONIC, &now));
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
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
	test_ok(try_event(&listener, &kept, 20000));
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
	test_ok(!try_event(&listener, &kept, 300));
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
	test_ok(!try_event(&listener, &kept, 300));
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

TEST("a flood of guard hits: no more events than the rate, and none is lost in the counts")
{
	struct pool pool = pool_plain(1, PAGES, 0), other = pool_plain(1, PAGES, 0);
	struct client listener = listener_open();
	uint64_t started = now_ms(), lasted, events = 0, suppressed = 0, other_events = 0;
	const uint64_t hits = 2000;
	struct kept kept;

	test_timeout(60);
	for (uint64_t i = 0; i < hits; i++)
		hit_guard(&pool, 0, 0);
	lasted = now_ms() - started;
	/* The flood of one pool does not silence another. */
	hit_guard(&other, 0, 0);
	usleep(1000000 / GUARDSLOT_EVENT_RATE + 100000);
	/* Has the count of those that were left out last. */
	hit_guard(&pool, 0, 0);
	while (try_event(&listener, &kept, 300)) {
		test_eq(message_cmd(&kept.message), GUARDSLOT_CMD_GUARD_HIT_NTF);
		if (get_attr(&kept.message, GUARDSLOT_A_EVENT_POOL) == pool_id(&other)) {
			other_events++;
			continue;
		}
		events++;
		suppressed += get_attr(&kept.message, GUARDSLOT_A_EVENT_SUPPRESSED);
	}
	test_note("%llu hits in %llu ms, %llu events", (unsigned long long)hits,
		  (unsigned long long)lasted, (unsigned long long)events);
	test_eq(events + suppressed, hits + 1);
	test_eq(other_events, 1);
	/* The first and the last one, and one for each interval between. */
	test_ok(events <= 2 + lasted * GUARDSLOT_EVENT_RATE / 1000 + 1);
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

TEST("the pool's cap, once for many refusals")
{
	struct guardslot_create geometry = plain_geometry(1, PAGES);
	struct client listener;
	struct pool pool;
	struct kept kept;

	geometry.max_resident = 3 * PAGE;
	pool = pool_map(&geometry);
	listener = listener_open();
	write_pages(area_at(&pool, 0, 0), 3, 1);
	test_ok(!try_event(&listener, &kept, 300));
	for (int i = 0; i < 5; i++)
		test_signal(SIGBUS, area_at(&pool, 0, 0) + 3 * PAGE,
			    poke(area_at(&pool, 0, 0) + 3 * PAGE, 1));
	test_cap_event(&listener, &pool, GUARDSLOT_CAP_POOL, 3);
	usleep(1000000 / GUARDSLOT_EVENT_RATE + 100000);
	while (try_event(&listener, &kept, 300))
		;
	test_signal(SIGBUS, area_at(&pool, 0, 0) + 3 * PAGE,
		    poke(area_at(&pool, 0, 0) + 3 * PAGE, 1));
	test_cap_event(&listener, &pool, GUARDSLOT_CAP_POOL, 3);
}

TEST("the module's cap")
{
	struct pool pool = pool_plain(1, PAGES, 0);
	struct client listener = listener_open();
	unsigned long before = read_number(PARAMETERS "max_pages");

	write_number(PARAMETERS "max_pages", 5);
	write_pages(area_at(&pool, 0, 0), 5, 1);
	test_signal(SIGBUS, area_at(&pool, 0, 0) + 5 * PAGE,
		    poke(area_at(&pool, 0, 0) + 5 * PAGE, 1));
	write_number(PARAMETERS "max_pages", before);
	test_cap_event(&listener, &pool, GUARDSLOT_CAP_MODULE, 5);
}

TEST("reclaim: what many slots lost at once is one event, and before the pool's last")
{
	struct pool pool = pool_plain(40, PAGES, 0), other = pool_plain(1, PAGES, 0);
	struct client listener = listener_open();
	uint64_t slots = 0, pages = 0, events = 0;
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
		test_ok(try_event(&listener, &kept, 20000));
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
	test_ok(events < 10);
	if (other_id) {
		test_ok(try_event(&listener, &kept, 20000));
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
	test_ok(!try_event(&none, &kept, 300));
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
	test_ok(try_event(&listener, &kept, 20000));
	test_eq(message_cmd(&kept.message), GUARDSLOT_CMD_POOL_CREATED_NTF);
}

TEST_MAIN()
