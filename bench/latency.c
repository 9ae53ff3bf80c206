// SPDX-License-Identifier: MIT
/*
 * What a thread waits for an instance: the instructions of the calling thread in one
 * allocate and the deallocate after it, of each of many instances. A median says nothing of
 * a queue, which makes one in so many pay for all.
 *
 * The clock is that of the thread's processor time. With one processor it counts
 * instructions as the other one does, and stands while another thread runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libshim.h>

#include "arch.h"
#include "clock.h"
#include "instance.h"
#include "mapping.h"
#include "median.h"
#include "result.h"
#include "workload.h"

#define SAMPLES 2001
#define INSTANCES 384
/* Of what waits in the background. A wake is then rarer than 1 in 100. */
#define BATCH 256
#define MEMORY (4 * MIB)
#define LOOP_ROUNDS 10000

struct candidate {
	const char *name;
	enum shim_allocator_kind kind;
	uint32_t mode;
	uint32_t batch;
	bool is_paced; /* after a full batch the next instance comes when that was reset */
};

static const struct candidate candidates[] = {
	{ "guardslot", SHIM_ALLOCATOR_POOLING_DEVICE, SHIM_RESET_CALLER, 1, false },
	{ "guardslot_bulk", SHIM_ALLOCATOR_POOLING_DEVICE, SHIM_RESET_CALLER, BULK, false },
	{ "guardslot_background", SHIM_ALLOCATOR_POOLING_DEVICE, SHIM_RESET_THREADS, BATCH, true },
	{ "guardslot_background_saturated", SHIM_ALLOCATOR_POOLING_DEVICE, SHIM_RESET_THREADS,
	  BATCH, false },
	{ "mmap_bulk", SHIM_ALLOCATOR_POOLING_MMAP, SHIM_RESET_CALLER, BULK, false },
	{ "mmap_background", SHIM_ALLOCATOR_POOLING_MMAP, SHIM_RESET_THREADS, BATCH, true },
};

/* ---- the clock --------------------------------------------------------------------- */

static uint64_t cost;

static uint64_t thread_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t thread_loop(void)
{
	uint64_t start = thread_clock();

	run_loop(LOOP_ROUNDS);
	return thread_clock() - start;
}

/* What it costs to read it; where instructions are counted, it must count them too. */
static void thread_clock_init(void)
{
	uint64_t samples[CYCLES], loop, want = LOOP_INSTRUCTIONS * LOOP_ROUNDS;

	for (int i = 0; i < CYCLES; i++) {
		uint64_t start = thread_clock();

		samples[i] = thread_clock() - start;
	}
	cost = median(samples, CYCLES);
	for (int i = 0; i < CYCLES; i++)
		samples[i] = thread_loop();
	loop = median(samples, CYCLES) - cost;
	if (!strcmp(clock_unit(), "insn") && (loop < want * 0.99 || loop > want * 1.01))
		die("the thread's clock counts no instructions: %lu for a loop of %lu",
		    (unsigned long)loop, (unsigned long)want);
}

static void print(const char *name, uint64_t *samples)
{
	const char *unit = clock_unit();
	char key[32];

	result_contender(name);
	result_value(unit, (double)median(samples, SAMPLES));
	snprintf(key, sizeof(key), "p99_%s", unit);
	result_value(key, (double)samples[SAMPLES * 99 / 100]);
	snprintf(key, sizeof(key), "largest_%s", unit);
	result_value(key, (double)samples[SAMPLES - 1]);
}

/* ---- allocators ---------------------------------------------------------------------- */

static uint64_t instance_measure(struct shim_allocator *allocator, struct shim_module *module,
				 uint32_t pages)
{
	struct shim_instance_request request;
	struct shim_instance *instance;
	uint64_t start, allocated, written, end;
	volatile uint8_t *memory;

	shim_instance_request_init(&request, module);
	start = thread_clock();
	must(shim_allocator_allocate(allocator, &request, &instance));
	allocated = thread_clock();
	memory = shim_instance_memory(instance, 0)->base;
	for (uint32_t page = 0; page < pages; page++) {
		if (memory[page * page_size])
			die("byte 0 of page %u of a new instance is not 0", page);
		memory[page * page_size] = 0xee;
	}
	written = thread_clock();
	shim_allocator_deallocate(allocator, instance);
	end = thread_clock();
	return allocated - start + end - written - 2 * cost;
}

static uint32_t waiting(struct shim_allocator *allocator)
{
	struct shim_allocator_info info;

	shim_allocator_info_init(&info);
	must(shim_allocator_query(allocator, &info));
	return info.waiting;
}

/* A thread that serves requests waits for the next one, and other threads run. */
static void pace(struct shim_allocator *allocator)
{
	if (waiting(allocator) < BATCH)
		return;
	while (waiting(allocator))
		usleep(100);
}

static void candidate_measure(const struct candidate *candidate, struct shim_module *module,
			      uint32_t pages, uint64_t *samples)
{
	struct shim_allocator_config config;
	struct shim_allocator *allocator;

	if (!is_wanted(candidate->name))
		return;
	shim_allocator_config_init(&config, candidate->kind);
	config.instances = INSTANCES;
	config.max_unused_warm = INSTANCES;
	config.reset_batch = candidate->batch;
	config.reset_mode = candidate->mode;
	must(shim_allocator_create(&config, &allocator));
	/* First so many that each slot was used. */
	for (int i = -2 * INSTANCES; i < SAMPLES; i++) {
		uint64_t sample = instance_measure(allocator, module, pages);

		if (i >= 0)
			samples[i] = sample;
		if (candidate->is_paced)
			pace(allocator);
	}
	print(candidate->name, samples);
	must(shim_allocator_purge_module(allocator, module));
	must(shim_allocator_destroy(allocator));
}

/* ---- as Wasmtime does it --------------------------------------------------------------- */

/* A slot of which the image stays mapped: an allocate does nothing, as its list is short. */
static void madvise_measure(uint32_t count, uint64_t *samples)
{
	uint32_t pages[MEMORY / 4096];
	uint8_t *base[1];
	struct workload work = {
		.slots = 1,
		.memory = MEMORY,
		.image = MIB,
		.content = content_create(MIB, 1),
		.pages = pages,
		.count = count,
		.base = base,
	};

	if (!is_wanted(contender_madvise.name))
		return;
	pages_dense(pages, count);
	contender_madvise.init(&work);
	for (int i = -WARM_UP; i < SAMPLES; i++) {
		uint64_t start;

		workload_touch(&work);
		start = thread_clock();
		contender_madvise.reset(&work);
		if (i >= 0)
			samples[i] = thread_clock() - start - cost;
	}
	workload_check(&work);
	print(contender_madvise.name, samples);
	contender_madvise.uninit(&work);
	free((void *)work.content);
}

static void run_latency(void)
{
	static const uint32_t counts[] = { 4, 64, 512 };
	struct shim_module *module = module_create();
	uint64_t samples[SAMPLES];

	thread_clock_init();
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		result_begin("latency");
		result_param("pages", counts[i]);
		madvise_measure(counts[i], samples);
		for (size_t j = 0; j < ARRAY_SIZE(candidates); j++)
			candidate_measure(&candidates[j], module, counts[i], samples);
		result_end();
	}
	shim_module_destroy(module);
}

const struct scenario scenario_latency = { "latency", run_latency };
