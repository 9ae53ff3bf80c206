/* SPDX-License-Identifier: MIT */
/*
 * What the files of the benchmark share: the workload that a scenario sets, the
 * contenders that carry it out, and how a cycle is measured.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define MIB (UINT64_C(1) << 20)

/* Address space of a slot: what a 32-bit memory needs, and a guard after it. */
#define RESERVE (UINT64_C(4) << 30)
#define GUARD (UINT64_C(32) * MIB)

/* Slots that one call takes where calls take many. */
#define BULK 64
#define MOST_THREADS 4
#define MOST_SLOTS (MOST_THREADS * BULK)
/* Untimed cycles before the first timed one. */
#define WARM_UP 4
#define CYCLES 31
#define MOST_CYCLES 500
#define MOST_CONTENDERS 16
#define EVENT_CYCLES 10

/* The system's, set by main(). */
extern size_t page_size;

/* Keeps the calling thread on a processor. */
void pin_to(uint32_t processor);
/* Says why and ends the program. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Zeroed memory; ends the program when there is none. */
void *allocate(size_t count, size_t size);

/* Pages by number. */
struct page_set {
	uint32_t *pages;
	uint32_t count;
};

/*
 * What one cycle is: in each slot a tenant writes a word into some pages, and
 * then every slot is brought back to its image.
 *
 * @slots: how many slots a cycle has
 * @memory: accessible bytes of a slot, page multiple
 * @image: bytes of initial content from the start of the memory; zero after that
 * @content: the image
 * @pages, @count: the pages that the tenants write, by number
 * @sets: what is written instead in each slot, where slots differ; else NULL
 * @vary: called before each cycle to change pages or content; may be NULL
 * @warm_up, @cycles, @mean: as in struct job
 * @first: the number of the first slot
 * @base: where the memory of each slot is; set by the contender
 * @own: the contender's own data
 */
struct workload {
	uint32_t slots;
	uint64_t memory;
	uint64_t image;
	const uint8_t *content;
	const uint32_t *pages;
	uint32_t count;
	const struct page_set *sets;
	void (*vary)(struct workload *work);
	uint32_t warm_up;
	uint32_t cycles;
	bool mean;
	uint32_t first;
	uint8_t **base;
	void *own;
};

/*
 * @slots: slots in a cycle; what takes one slot a call has 1
 * @drops_pages: pages are gone after a reset, so that reading them changes what the
 *               next cycle costs
 * @init: makes the slots; returns NULL, or why this kernel cannot
 * @cycle: tenants and reset, where reset alone is not enough; else NULL
 * @resident: private pages that a slot has; NULL where that is not known
 */
struct contender {
	const char *name;
	uint32_t slots;
	bool drops_pages;
	const char *(*init)(struct workload *work);
	void (*cycle)(struct workload *work);
	void (*reset)(struct workload *work);
	uint32_t (*resident)(struct workload *work);
	void (*uninit)(struct workload *work);
};

extern const struct contender contender_limit, contender_guardslot, contender_guardslot_bulk,
	contender_madvise, contender_process_madvise, contender_pagemap_scan,
	contender_pagemap_scan_resumed, contender_uffd_wp_async, contender_uffd_wp_async_shared,
	contender_uffd_rwp_async, contender_libshim_mmap, contender_copy_all, contender_fork;

/* All of them, in the order of the tables; ends with NULL. */
extern const struct contender *const contenders[];

struct scenario {
	const char *name;
	void (*run)(void);
};

extern const struct scenario scenario_reset_affine, scenario_rebind, scenario_grow,
	scenario_first_instance, scenario_fault, scenario_instance_cycle, scenario_purge_module,
	scenario_scale, scenario_threads, scenario_varied, scenario_drift, scenario_bimodal,
	scenario_traces, scenario_latency, scenario_neighbour, scenario_check;

/* Whether the command line asks for this contender. */
bool is_wanted(const char *contender);

#endif /* BENCH_H */
