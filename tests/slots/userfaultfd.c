// SPDX-License-Identifier: MIT
// Slots that the program watches with userfaultfd work, and what is given back is watched no more.
#include "slot_test.h"

#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "uffd.h"
#include "vmas.h"

static struct shim_pool_config config;
static struct shim_pool *pool;
static int watcher;
static _Atomic unsigned int missing, protected;

/* Counts each fault and answers it: a page of zeroes, or the write may go on. */
static void *answer(void *unused)
{
	struct uffd_msg message;

	(void)unused;
	while (read(watcher, &message, sizeof(message)) == sizeof(message)) {
		uint64_t at = message.arg.pagefault.address & ~(uint64_t)(PAGE - 1);

		if (message.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP) {
			struct uffdio_writeprotect range = { .range = { at, PAGE } };

			protected++;
			ioctl(watcher, UFFDIO_WRITEPROTECT, &range);
		} else {
			struct uffdio_zeropage range = { .range = { at, PAGE } };

			missing++;
			ioctl(watcher, UFFDIO_ZEROPAGE, &range);
		}
	}
	return NULL;
}

/* Whether the kernel has userfaultfd with these features. Asked by the program, not by a test. */
static bool has(uint64_t features)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	struct uffdio_api api = { .api = UFFD_API };
	bool found;

	if (fd < 0)
		return false;
	found = ioctl(fd, UFFDIO_API, &api) == 0 && (api.features & features) == features;
	close(fd);
	return found;
}

static bool can_watch(void)
{
	return has(0);
}

/* Linux 6.1 cannot on arm64. */
static bool can_protect(void)
{
	return has(UFFD_FEATURE_PAGEFAULT_FLAG_WP);
}

/* Whether the kernel lets slots be watched: on the device it does not. */
static bool watch(uint64_t mode, uint64_t length)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = mode == UFFDIO_REGISTER_MODE_WP ? UFFD_FEATURE_PAGEFAULT_FLAG_WP : 0,
	};
	struct uffdio_register range = {
		.range = { (uintptr_t)area_at(pool, 0, 0), length },
		.mode = mode,
	};
	pthread_t thread;

	watcher = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	test_sys(watcher);
	test_sys(ioctl(watcher, UFFDIO_API, &api));
	if (ioctl(watcher, UFFDIO_REGISTER, &range)) {
		test_eq(config.backend, SHIM_BACKEND_DEVICE);
		return false;
	}
	test_eq(pthread_create(&thread, NULL, answer, NULL), 0);
	return true;
}

/* Before Linux 6.4 a call takes no more than one VMA. */
static void protect_vma(const struct vma *vma, void *data)
{
	uint64_t start = (uintptr_t)area_at(pool, 0, 0), end = start + *(uint64_t *)data;
	struct uffdio_writeprotect range = { .mode = UFFDIO_WRITEPROTECT_MODE_WP };

	range.range.start = vma->start > start ? vma->start : start;
	range.range.len = (vma->end < end ? vma->end : end) - range.range.start;
	test_sys(ioctl(watcher, UFFDIO_WRITEPROTECT, &range));
}

static void protect(uint64_t length)
{
	uint64_t start = (uintptr_t)area_at(pool, 0, 0);

	vma_walk(start, start + length, protect_vma, &length);
}

TEST_WHEN(can_watch, "pages that are missing")
{
	struct model none;
	bool is_watched;

	config = config_default();
	pool = pool_create(&config);
	none = model_none(&config);
	is_watched = watch(UFFDIO_REGISTER_MODE_MISSING, config.areas[0].initial);
	dirty_all(pool, 0, 4);
	test_eq(missing > 0, is_watched);
	reset(pool, 0);
	model_check(pool, 0, &none);
	for (unsigned int round = 0; round < 3; round++) {
		resize(pool, 0, 0, config.areas[0].max);
		dirty_all(pool, 0, round);
		resize(pool, 0, 0, PAGE);
		reset(pool, 0);
		model_check(pool, 0, &none);
	}
	purge(pool, 0);
	missing = 0;
	operations_work(pool, &config);
	test_eq(missing, 0);
}

TEST_WHEN(can_protect, "pages that are write-protected")
{
	struct model model;
	bool is_watched;

	config = config_default();
	pool = pool_create(&config);
	rebind(pool, 0, image_noise(pool, &config, 1, 3, &model));
	is_watched = watch(UFFDIO_REGISTER_MODE_WP, model.limits[0]);
	for (unsigned int round = 0; round < 3; round++) {
		dirty_all(pool, 0, round);
		if (is_watched)
			protect(model.limits[0]);
		reset(pool, 0);
		model_check(pool, 0, &model);
	}
	dirty_all(pool, 0, 7);
	test_eq(protected > 0, is_watched);
	purge(pool, 0);
	model_check(pool, 0, &model);
	protected = 0;
	operations_work(pool, &config);
	test_eq(protected, 0);
}

TEST_MAIN()
