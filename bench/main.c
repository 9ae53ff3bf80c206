// SPDX-License-Identifier: MIT
/*
 * Runs scenarios and prints a line of JSON for each set of parameters. Made to
 * be run in the guest, by bench/run.
 *
 *	bench insn|ns SCENARIO [CONTENDER]
 *
 * Contenders run whose names contain CONTENDER.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "clock.h"

static const struct scenario *const scenarios[] = {
	&scenario_reset_affine,	  &scenario_varied,	    &scenario_drift,
	&scenario_bimodal,	  &scenario_traces,	    &scenario_rebind,
	&scenario_grow,		  &scenario_first_instance, &scenario_fault,
	&scenario_instance_cycle, &scenario_purge_module,   &scenario_scale,
	&scenario_threads,	  &scenario_latency,	    &scenario_neighbour,
	&scenario_check,
};

const struct contender *const contenders[] = {
	&contender_limit,
	&contender_guardslot_bulk,
	&contender_guardslot,
	&contender_pagemap_scan,
	&contender_pagemap_scan_resumed,
	&contender_uffd_wp_async,
	&contender_uffd_wp_async_shared,
	&contender_uffd_rwp_async,
	&contender_libshim_mmap,
	&contender_madvise,
	&contender_process_madvise,
	&contender_copy_all,
	&contender_fork,
	NULL,
};

size_t page_size;

/* Of the command line; NULL: all contenders. */
static const char *contender_filter;

bool is_wanted(const char *contender)
{
	return !contender_filter || strstr(contender, contender_filter);
}

void pin_to(uint32_t processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity: %m");
}

void die(const char *format, ...)
{
	va_list args;

	/* A line of results may have begun. */
	fflush(stdout);
	fputs("\nbench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		die("no memory");
	return memory;
}

int main(int argc, char **argv)
{
	if (argc < 3 || (strcmp(argv[1], "insn") && strcmp(argv[1], "ns"))) {
		fprintf(stderr, "usage: bench insn|ns SCENARIO [CONTENDER]\n");
		return 2;
	}
	page_size = (size_t)sysconf(_SC_PAGESIZE);
	contender_filter = argv[3];
	/* With several processors no clock counts instructions. */
	if (strcmp(argv[1], "insn") || sysconf(_SC_NPROCESSORS_ONLN) == 1)
		clock_init(!strcmp(argv[1], "insn"));
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
		if (!strcmp(argv[2], scenarios[i]->name)) {
			scenarios[i]->run();
			return 0;
		}
	die("no scenario %s", argv[2]);
}
