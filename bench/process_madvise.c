// SPDX-License-Identifier: MIT
/*
 * As madvise, with one system call and one TLB flush for many slots. A process
 * may do that to itself since Linux 6.14.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "mapping.h"

/* PIDFD_SELF of linux/pidfd.h, which is newer than many a libc. */
#define SELF (-10000)

/* Says whether the first slots were dropped, at most BULK. */
static bool drop(struct workload *work, uint32_t slots)
{
	struct iovec ranges[BULK];

	for (uint32_t slot = 0; slot < slots; slot++)
		ranges[slot] = (struct iovec){ work->base[slot], work->memory };
	return syscall(SYS_process_madvise, SELF, ranges, (unsigned long)slots, MADV_DONTNEED, 0) ==
	       (long)(slots * work->memory);
}

static void process_madvise_reset(struct workload *work)
{
	if (!drop(work, work->slots))
		die("process_madvise: %m");
}

static const char *process_madvise_init(struct workload *work)
{
	mapping_init(work);
	if (drop(work, 1))
		return NULL;
	mapping_uninit(work);
	return "this kernel cannot process_madvise(PIDFD_SELF, MADV_DONTNEED)";
}

const struct contender contender_process_madvise = {
	.name = "process_madvise",
	.slots = BULK,
	.drops_pages = true,
	.init = process_madvise_init,
	.reset = process_madvise_reset,
	.uninit = mapping_uninit,
};
