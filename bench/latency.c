// SPDX-License-Identifier: MIT
/*
 * What a thread waits for an instance: the instructions of the calling thread in one
 * allocate and the deallocate after it, of each of many instances. A median says nothing of
 * a queue, which makes one in so many pay for all.
 *
 * The clock is that of the thread's processor time. With one processor it counts
 * instructions as the other one does, and stands while another thread runs. Each reading of
 * it makes the scheduler look whether the thread's turn is over, and on Linux 7 each is
 * followed by a call of the scheduler, 950 instructions, while another thread has just gone to
 * sleep. The clock of the machine is read within, which no system call is needed for. What
 * the thread ran is in both intervals, and so it is the shorter one at most.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <liburing.h>

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

struct interval {
	uint64_t outer; /* of the thread's clock */
	uint64_t inner; /* of the machine's */
};

static struct interval interval_begin(void)
{
	struct interval interval = { .outer = thread_clock() };

	interval.inner = clock_read();
	return interval;
}

static uint64_t interval_end(const struct interval *begun)
{
	uint64_t inner = clock_read() - begun->inner - clock_cost();
	uint64_t outer = thread_clock() - begun->outer - cost;

	return inner < outer ? inner : outer;
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

static void pages_write(volatile uint8_t *memory, uint32_t pages)
{
	for (uint32_t page = 0; page < pages; page++) {
		if (memory[page * page_size])
			die("byte 0 of page %u of a new instance is not 0", page);
		memory[page * page_size] = 0xee;
	}
}

static uint64_t instance_measure(struct shim_allocator *allocator, struct shim_module *module,
				 uint32_t pages)
{
	struct shim_instance_request request;
	struct shim_instance *instance;
	struct interval interval;
	uint64_t allocated;

	shim_instance_request_init(&request, module);
	interval = interval_begin();
	must(shim_allocator_allocate(allocator, &request, &instance));
	allocated = interval_end(&interval);
	pages_write(shim_instance_memory(instance, 0)->base, pages);
	interval = interval_begin();
	shim_allocator_deallocate(allocator, instance);
	return allocated + interval_end(&interval);
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

/* ---- io_uring ------------------------------------------------------------------------ */

/* Slots without an allocator: a program with a ring has its own list of those that are ready. */
static struct {
	struct shim_pool *pool;
	struct io_uring ring;
	struct shim_command commands[INSTANCES]; /* by slot, as slots */
	uint32_t slots[INSTANCES];
	uint32_t ready[INSTANCES];
	uint32_t ready_count;
} uring;

static void uring_open(void)
{
	struct shim_pool_config config;

	shim_pool_config_init(&config);
	config.backend = SHIM_BACKEND_DEVICE;
	config.slots = INSTANCES;
	config.area_count = 1;
	config.areas[0] = (struct shim_area_config){ RESERVE, GUARD, MEMORY, MEMORY };
	must(shim_pool_create(&config, &uring.pool));
	must(io_uring_queue_init(INSTANCES, &uring.ring, 0));
	uring.ready_count = 0;
	for (uint32_t slot = 0; slot < INSTANCES; slot++) {
		uring.slots[slot] = slot;
		uring.ready[uring.ready_count++] = slot;
	}
}

static void uring_close(void)
{
	io_uring_queue_exit(&uring.ring);
	shim_pool_destroy(uring.pool);
}

/* Takes back the slots whose resets are over. */
static void uring_reap(void)
{
	struct io_uring_cqe *cqe;

	while (!io_uring_peek_cqe(&uring.ring, &cqe)) {
		uint32_t slot = (uint32_t)cqe->user_data;

		must(shim_command_finish(uring.pool, &uring.commands[slot], cqe->res, NULL, NULL));
		io_uring_cqe_seen(&uring.ring, cqe);
		uring.ready[uring.ready_count++] = slot;
	}
}

static uint32_t uring_take(void)
{
	struct io_uring_cqe *cqe;

	uring_reap();
	while (!uring.ready_count) {
		must(io_uring_wait_cqe(&uring.ring, &cqe));
		uring_reap();
	}
	return uring.ready[--uring.ready_count];
}

/* Submits the reset of a slot, and waits for nothing. */
static void uring_give(uint32_t slot)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&uring.ring);
	struct shim_command *command = &uring.commands[slot];

	shim_command_init(command);
	command->kind = SHIM_COMMAND_RESET;
	command->slots = &uring.slots[slot];
	command->count = 1;
	must(shim_command_prepare(uring.pool, command, sqe));
	sqe->user_data = slot;
	if (io_uring_submit(&uring.ring) != 1)
		die("io_uring_submit");
}

static uint64_t uring_measure_one(uint32_t pages)
{
	struct interval interval = interval_begin();
	uint32_t slot = uring_take();
	uint64_t taken = interval_end(&interval);

	pages_write(shim_slot_address(uring.pool, slot, 0), pages);
	interval = interval_begin();
	uring_give(slot);
	return taken + interval_end(&interval);
}

/* As with the threads of the library, after each 256 the next comes when these were reset. */
static void uring_measure(uint32_t pages, uint64_t *samples)
{
	static const char name[] = "guardslot_uring";

	if (!is_wanted(name))
		return;
	uring_open();
	for (int i = -2 * INSTANCES; i < SAMPLES; i++) {
		uint64_t sample = uring_measure_one(pages);

		if (i >= 0)
			samples[i] = sample;
		while (i % BATCH == 0 && uring.ready_count < INSTANCES) {
			usleep(100);
			uring_reap();
		}
	}
	print(name, samples);
	uring_close();
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
		struct interval interval;
		uint64_t sample;

		workload_touch(&work);
		interval = interval_begin();
		contender_madvise.reset(&work);
		sample = interval_end(&interval);
		if (i >= 0)
			samples[i] = sample;
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
		uring_measure(counts[i], samples);
		result_end();
	}
	shim_module_destroy(module);
}

const struct scenario scenario_latency = { "latency", run_latency };
