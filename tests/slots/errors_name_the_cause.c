// SPDX-License-Identifier: MIT
// The message of a failed system call has its error, and names no limit that is not reached.
#include "slot_test.h"

#include "failing_calls.h"

/* The errors of each call, after its manual page and the kernel's sources. */
static const struct {
	const char *name;
	int errors[10];
} calls[] = {
	{ "mmap", { ENOMEM, EAGAIN, EINVAL, EPERM, EACCES, EBADF, ENODEV, EOVERFLOW } },
	{ "mremap", { ENOMEM, EAGAIN, EINVAL, EFAULT, EPERM } },
	{ "mprotect", { ENOMEM, EINVAL, EACCES, EPERM } },
	{ "madvise", { ENOMEM, EAGAIN, EINVAL, EPERM, EBADF, EIO, EFAULT, EHWPOISON } },
	{ "memfd_create", { ENOMEM, EMFILE, ENFILE, EINVAL, EPERM, EFAULT, ENOSYS } },
	{ "ftruncate", { ENOMEM, EFBIG, EINVAL, EIO, EPERM } },
	{ "fallocate", { ENOMEM, ENOSPC, EIO, EPERM, EINTR, EOPNOTSUPP } },
	{ "pwrite", { ENOMEM, ENOSPC, EIO, EFBIG, EPERM, EBADF } },
	{ "fcntl", { ENOMEM, EBUSY, EINVAL, EPERM, EMFILE, EBADF } },
	{ "ioctl", { ENOMEM, EINVAL, EINTR, EPERM, EFAULT, ENOTTY } },
};

static int error_now;
static const char *call_now;
static struct shim_pool_config config;
static struct shim_pool *pool;
static uint32_t images[2];

/* Slot 0 is bound to an image, area 0 grown, area 1 shrunk, all dirty. */
static void start(void)
{
	struct model models[2];

	config = config_default();
	pool = pool_create(&config);
	for (unsigned int i = 0; i < 2; i++) {
		images[i] = image_noise(pool, &config, i, i, &models[i]);
		model_free(&models[i]);
	}
	rebind(pool, 0, images[0]);
	resize(pool, 0, 0, config.areas[0].max);
	resize(pool, 0, 1, PAGE);
	dirty_all(pool, 0, 40);
}

/* Words that say more than the error does, and when they may. */
static void message_is_true(const char *message)
{
	/* No limit is reached. That of locked memory is all that EAGAIN can mean for a map. */
	static const char *const limits[] = { "max_map_count", "RLIMIT_AS", "RLIMIT_DATA",
					      "commit" };
	static const char *const memory[] = { "no memory", "no room", "no address space" };

	for (unsigned int i = 0; i < ARRAY_SIZE(limits); i++)
		if (strstr(message, limits[i]))
			test_fail("%s is %s: %s", call_now, strerror(error_now), message);
	if (error_now != EAGAIN && strstr(message, "MEMLOCK"))
		test_fail("%s is %s: %s", call_now, strerror(error_now), message);
	for (unsigned int i = 0; i < ARRAY_SIZE(memory); i++)
		if (error_now != ENOMEM && error_now != ENOSPC && strstr(message, memory[i]))
			test_fail("%s is %s: %s", call_now, strerror(error_now), message);
}

static void finish(int error)
{
	/* madvise() says EAGAIN for no memory, and pwrite() ENOSPC. */
	bool is_memory = error_now == EAGAIN || error_now == ENOSPC;

	if (error) {
		if (error != -error_now && !(is_memory && error == -ENOMEM))
			test_fail("%s is %s: the error is %s, %s", call_now, strerror(error_now),
				  strerror(-error), shim_error());
		if (!strstr(shim_error(), strerror(error_now)) &&
		    !strstr(shim_error(), strerror(-error)) && error_now != EFAULT)
			test_fail("%s is %s: not said: %s", call_now, strerror(error_now),
				  shim_error());
		message_is_true(shim_error());
	}
	pool_destroy(pool);
}

/* Each call alone fails, in turn, with each of its errors. */
static void sweep(int (*operation)(void))
{
	unsigned int failures = 0;

	test_timeout(120);
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++)
		for (unsigned int k = 0; calls[i].errors[k]; k++) {
			bool failed = true;

			call_now = calls[i].name;
			error_now = calls[i].errors[k];
			calls_choose(call_now, error_now);
			for (long nth = 0; failed; nth++) {
				int error;

				start();
				calls_arm(nth, 1);
				error = operation();
				failed = calls_disarm();
				failures += failed;
				finish(error);
			}
		}
	test_note("%u calls failed", failures);
	test_ok(failures > 0);
}

static const uint32_t zero;

static int do_reset(void)
{
	return shim_slot_reset(pool, &zero, 1, NULL);
}

TEST("in a reset")
{
	sweep(do_reset);
}

static int do_rebind(void)
{
	return shim_slot_rebind(pool, &zero, 1, images[1], NULL);
}

TEST("in a rebind")
{
	sweep(do_rebind);
}

static int do_grow(void)
{
	return shim_slot_resize(pool, 0, 1, config.areas[1].max, NULL);
}

TEST("in a resize that grows")
{
	sweep(do_grow);
}

static int do_shrink(void)
{
	return shim_slot_resize(pool, 0, 0, PAGE, NULL);
}

TEST("in a resize that shrinks")
{
	sweep(do_shrink);
}

static int do_purge(void)
{
	return shim_slot_purge(pool, &zero, 1, NULL);
}

TEST("in a purge")
{
	sweep(do_purge);
}

static int do_prefault(void)
{
	return shim_slot_prefault_range(pool, &zero, 1, 0, 0, 4 * PAGE, NULL, NULL);
}

TEST("in a prefault")
{
	sweep(do_prefault);
}

static int do_snapshot(void)
{
	uint32_t image;

	return shim_image_snapshot(pool, 1, 0, &image);
}

TEST("in a snapshot")
{
	sweep(do_snapshot);
}

static int do_image(void)
{
	static unsigned char bytes[5 * PAGE_MAX];
	struct shim_image_area areas[2] = { {
		.source = bytes,
		.length = 5 * PAGE,
		.limit = 5 * PAGE,
	} };
	uint32_t image;

	fill(bytes + 2 * PAGE, PAGE, 1);
	return shim_image_create(pool, 1, areas, 2, &image);
}

TEST("in the making of an image")
{
	sweep(do_image);
}

static int do_create(void)
{
	struct shim_pool_config other = config_default();
	struct shim_pool *made = NULL;
	int error = shim_pool_create(&other, &made);

	calls_pause();
	shim_pool_destroy(made);
	return error;
}

TEST("in the making of a pool")
{
	sweep(do_create);
}

TEST_MAIN()
