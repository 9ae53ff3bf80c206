// SPDX-License-Identifier: MIT
// In a child of the process that made a pool, each call on it but destroy is -EPERM.
#include "slot_test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "child.h"

static struct shim_pool *pool;
static uint32_t image;
static uintptr_t pool_address;

/* A pool with an image, whose slots the parent has written. */
static void start(void)
{
	struct shim_pool_config config = config_default();
	struct model model;

	pool = pool_create(&config);
	image = image_noise(pool, &config, 1, 1, &model);
	rebind(pool, 1, image);
	for (uint32_t slot = 0; slot < 4; slot++)
		dirty_all(pool, slot, slot);
}

static void parent_has_its_content(void)
{
	for (uint32_t slot = 0; slot < 4; slot++)
		test_eq(area_at(pool, slot, 0)[99], noise(99, slot));
}

static void is_refused(int error)
{
	char owner[64];

	snprintf(owner, sizeof(owner), "the pool belongs to process %d", getppid());
	test_eq(error, -EPERM);
	if (!strstr(shim_error(), owner))
		test_fail("%s", shim_error());
}

static void every_call_is_refused(void)
{
	static const struct shim_image_area areas[SHIM_MAX_AREAS];
	const uint32_t slots[] = { 0, 1 };
	struct shim_pool_info pool_info = { .size = sizeof(pool_info) };
	struct shim_slot_info info = { .size = sizeof(info) };
	struct shim_command command = { .size = sizeof(command), .slots = slots, .count = 2 };
	struct shim_place place;
	uint64_t sqe[16];
	uint32_t made;
	int reason;

	is_refused(shim_image_create(pool, 1, areas, 2, &made));
	is_refused(shim_image_snapshot(pool, 1, 0, &made));
	is_refused(shim_image_destroy(pool, image));
	is_refused(shim_slot_reset(pool, slots, 2, NULL));
	is_refused(shim_slot_rebind(pool, slots, 2, image, NULL));
	is_refused(shim_slot_resize(pool, 0, 0, 0, NULL));
	is_refused(shim_slot_prefault(pool, slots, 2, NULL, NULL));
	is_refused(shim_slot_prefault_range(pool, slots, 2, 0, 0, PAGE, NULL, NULL));
	is_refused(shim_slot_purge(pool, slots, 2, NULL));
	is_refused(shim_pool_purge_image(pool, image, NULL));
	is_refused(shim_pool_purge_tag(pool, 1, NULL));
	is_refused(shim_pool_purge_idle(pool, NULL));
	is_refused(shim_slot_query(pool, 0, &info));
	is_refused(shim_slot_claim(pool, 0));
	is_refused(shim_slot_claim_any(pool, &made));
	is_refused(shim_slot_set_user(pool, 0, &made));
	test_ok(!shim_slot_user(pool, 0));
	test_err(-EPERM, shim_pool_find(pool, pool, &place));
	is_refused(shim_pool_query(pool, &pool_info));
	is_refused(shim_slot_release(pool, slots, 2, 0, NULL));
	is_refused(shim_slot_claim_failed(pool, &made, &reason));
	is_refused(shim_pool_event(pool));
	shim_pool_flush(pool);
	is_refused(shim_command_prepare(pool, &command, (void *)sqe));
	is_refused(shim_command_finish(pool, &command, 0, NULL, NULL));
	test_ok(!shim_slot_address(pool, 0, 0));
	test_eq(shim_pool_backend(pool), SHIM_BACKEND_BEST);
}

TEST("each call is refused, and the parent's slots stay as they are")
{
	start();
	in_child(every_call_is_refused());
	parent_has_its_content();
}

/* The child of clone(), of which the C library knows nothing. */
TEST("so it is in a child that fork() did not make")
{
	pid_t child;

	start();
	child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	test_sys(child);
	if (!child) {
		every_call_is_refused();
		_exit(0);
	}
	test_child(child);
	parent_has_its_content();
}

TEST("so it is in a child that has made a pool of its own, and in a grandchild")
{
	start();
	in_child({
		struct shim_pool *own = pool_default();

		every_call_is_refused();
		reset(own, 0);
		pool = own;
		in_child({
			test_err(-EPERM, shim_slot_claim(own, 0));
			shim_pool_destroy(own);
		});
		dirty_all(own, 0, 1);
		reset(own, 0);
	});
	parent_has_its_content();
}

/* The child has nothing mapped where the slots are, until it maps something. */
static void destroys_around_own_map(void)
{
	unsigned char *at = (unsigned char *)pool_address, *own;

	own = mmap(at, PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	test_ok(own == at);
	own[0] = 7;
	shim_pool_destroy(pool);
	test_eq(own[0], 7);
}

TEST("destroy is allowed, and leaves alone what the child has where the slots were")
{
	start();
	pool_address = (uintptr_t)area_at(pool, 0, 0);
	in_child(destroys_around_own_map());
	parent_has_its_content();
	reset(pool, 0);
}

/* ---- locks ---------------------------------------------------------------------------- */

static atomic_bool stop;

static void *make_pools(void *unused)
{
	(void)unused;
	while (!atomic_load(&stop))
		pool_destroy(pool_default());
	return NULL;
}

static void *use_slots(void *unused)
{
	(void)unused;
	while (!atomic_load(&stop)) {
		reset(pool, 0);
		rebind(pool, 1, image);
		must(release_kept(pool, 2));
		must(shim_slot_claim(pool, 2));
	}
	return NULL;
}

TEST("a lock that another thread had when the process forked stops no call in the child")
{
	pthread_t threads[2];

	start();
	test_eq(pthread_create(&threads[0], NULL, make_pools, NULL), 0);
	test_eq(pthread_create(&threads[1], NULL, use_slots, NULL), 0);
	for (int round = 0; round < 50; round++)
		in_child({
			struct shim_pool *own = pool_default();

			every_call_is_refused();
			shim_pool_destroy(pool);
			dirty_all(own, 0, 1);
			reset(own, 0);
			shim_pool_destroy(own);
		});
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
}

TEST_MAIN()
