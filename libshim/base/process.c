// SPDX-License-Identifier: MIT
/*
 * The mark of this process and its lock.
 *
 * The mark is a page that the kernel clears in a child (MADV_WIPEONFORK), whichever way
 * it was made. Before Linux 4.14, and where a filter refuses that, the handler of fork()
 * does so, which clone() does not call. A child that makes objects of its own makes a page
 * of its own, and leaves the one that its parent's objects refer to as it is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/map.h"
#include "base/process.h"

const uint8_t shim_process_any = 1;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static uint8_t *mark; /* the present one; NULL: there was none yet. Under the lock */

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

static void after_fork_in_child(void)
{
	if (mark)
		*mark = 0;
	pthread_mutex_unlock(&lock);
}

static void prepare(void)
{
	pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

void shim_process_lock(void)
{
	pthread_once(&prepared, prepare);
	pthread_mutex_lock(&lock);
}

void shim_process_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

static uint8_t *mark_create(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *page = shim_map_create(size, PROT_READ | PROT_WRITE, -1, size);

	if (!page)
		return NULL;
	/* Where this fails there is still the handler. */
	madvise(page, size, MADV_WIPEONFORK);
	*page = 1;
	return page;
}

int shim_process_mark(const uint8_t **out)
{
	int error = 0;

	shim_process_lock();
	if (!mark || !*mark) {
		uint8_t *made = mark_create();

		if (!made) {
			error = -errno;
			shim_error_set(error, "a page for the mark of the process: %m");
			goto unlock;
		}
		mark = made;
	}
	*out = mark;
unlock:
	shim_process_unlock();
	return error;
}

int shim_process_error(const char *what, pid_t owner)
{
	return shim_error_set(-EPERM, "the %s belongs to process %jd, and this is process %jd",
			      what, (intmax_t)owner, (intmax_t)getpid());
}
