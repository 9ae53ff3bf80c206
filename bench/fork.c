// SPDX-License-Identifier: MIT
/*
 * A process for each tenant, whose pages end with it. The parent's memory has the
 * image's content.
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mapping.h"
#include "workload.h"

static const char *fork_init(struct workload *work)
{
	mapping_init(work);
	for (uint32_t slot = 0; slot < work->slots; slot++)
		workload_restore_range(work, work->base[slot], 0, work->image);
	return NULL;
}

static void fork_cycle(struct workload *work)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		die("fork: %m");
	if (child == 0) {
		workload_touch(work);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || status)
		die("a tenant ended with status %d", status);
}

const struct contender contender_fork = {
	.name = "fork",
	.slots = 1,
	.init = fork_init,
	.cycle = fork_cycle,
	.uninit = mapping_uninit,
};
