// SPDX-License-Identifier: MIT
// Slots of 4 GiB with guards of 4 GiB are one VMA, as many as the address space takes.
/*
 * What a call or a fault on one slot costs does not depend on how many others there
 * are.
 *
 * The cost is compared without a clock, as that of an emulated processor means nothing:
 * by the functions of the module, and of the kernel that it calls, that one call enters
 * (or, where the kernel has no function tracer, by the locks it takes). Under -icount a
 * clock counts instructions: with the argument "icount" these are compared as well.
 * Without it they are only shown.
 */
#include "test.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "abi.h"
#include "clock.h"
#include "fdinfo.h"
#include "file.h"
#include "guest.h"
#include "image.h"
#include "memory.h"
#include "perf.h"
#include "claim.h"
#include "worker.h"
#include "pool.h"
#include "vmas.h"

#define GIB (1ull << 30)
#define INSTANCE TRACING "instances/guardslot_scale/"

static struct guardslot_create wasm_geometry(uint32_t slots)
{
	return (struct guardslot_create){
		.slots = slots,
		.area_count = 1,
		.areas[0] = { 4 * GIB, 4 * GIB, 4 * GIB, 16 * PAGE },
	};
}

/* Creates and maps that many slots; false when the address space is too small. */
static bool map_slots(uint32_t slots, struct pool *pool)
{
	struct guardslot_create geometry = wasm_geometry(slots);
	int fd = device_open(), ret;
	void *base;

	test_success(fd);
	ret = do_create(fd, &geometry);
	if (ret == 0) {
		base = mmap(NULL, geometry.out_map_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		ret = base == MAP_FAILED ? -errno : 0;
	}
	if (ret) {
		test_ok(ret == -EOVERFLOW || ret == -ENOMEM);
		test_sys(close(fd));
		return false;
	}
	*pool = (struct pool){ .fd = fd, .base = base, .geometry = geometry };
	return true;
}

/* The most slots that can be had. */
static uint32_t most_slots(void)
{
	struct guardslot_info info = { 0 };
	uint32_t low = 1, high;
	struct pool pool;
	int fd = test_success(device_open());

	test_info(fd, &info);
	test_sys(close(fd));
	high = (uint32_t)(info.out_max_map_size / (8 * GIB));
	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (map_slots(middle, &pool)) {
			test_sys(munmap(pool.base, pool.geometry.out_map_size));
			test_sys(close(pool.fd));
			low = middle;
		} else {
			high = middle - 1;
		}
	}
	return low;
}

TEST("all slots of 4 GiB + 4 GiB that fit the address space, in one VMA")
{
	size_t before = vma_count(), others = 0;
	uint32_t slots = most_slots();
	struct pool pool;
	double start;

	start = seconds();
	test_ok(map_slots(slots, &pool));
	test_note("%u slots, %llu TiB, created and mapped in %.3f s", slots,
		  pool.geometry.out_map_size >> 40, seconds() - start);
	/* 47 bits are 16,384 slots, and the program needs some room as well. */
	test_ok(slots >= 16000);
	test_eq(vma_count() - before, 1);

	for (uint64_t i = 0; i <= 64; i++) {
		uint32_t slot = (uint32_t)((slots - 1) * i / 64);
		uint8_t *at = area_at(&pool, slot, 0);

		poke(at, (uint8_t)(i + 1));
		test_signal(SIGSEGV, at + 16 * PAGE, poke(at + 16 * PAGE, 1));
		test_signal(SIGSEGV, at + 4 * GIB, poke(at + 4 * GIB, 1));
		test_resize(&pool, slot, 0, 4 * GIB);
		poke(at + 4 * GIB - 1, (uint8_t)(i + 2));
	}
	for (uint64_t i = 0; i <= 64; i++) {
		uint32_t slot = (uint32_t)((slots - 1) * i / 64);
		uint8_t *at = area_at(&pool, slot, 0);

		test_eq(peek(at), i + 1);
		test_eq(peek(at + 4 * GIB - 1), i + 2);
		test_reset(&pool, slot);
		test_eq(peek(at), 0);
		test_signal(SIGSEGV, at + 4 * GIB - 1, peek(at + 4 * GIB - 1));
		others += resident_of(&pool, slot);
	}
	test_eq(fdinfo_resident_pages(&pool), others);
	test_eq(vma_count() - before, 1);
}

/* ---- what a call costs --------------------------------------------------- */

struct probe {
	bool has_functions;
	int counter;
	int on;
};

/* What the module calls, as far as this kernel has it under that name. */
static const char *const callees[] = {
	"mutex_lock",
	"mutex_unlock",
	"xa_load",
	"xas_load",
	"xas_find",
	"xas_find_marked",
	"xa_find",
	"xa_store",
	"xa_erase",
	"unmap_mapping_range",
	"unmap_mapping_pages",
	"_copy_from_user",
	"_copy_to_user",
	"alloc_pages",
	"alloc_pages_noprof",
	"__free_pages",
	"apply_to_page_range",
	"list_lru_add_obj",
	"list_lru_add",
	"list_lru_del_obj",
	"list_lru_del",
	"kmem_cache_free",
	"kmem_cache_alloc_lru",
	"kmem_cache_alloc_lru_noprof",
	"clear_page_erms",
	"copy_page",
};

/* The kernel with KCSAN has neither tracer nor lockdep. */
static bool has_probes(void)
{
	return !is_instrumented() || is_debug_kernel();
}

static struct probe probe_open(void)
{
	struct probe probe = { 0 };
	char text[256];

	read_file(TRACING "available_tracers", text, sizeof(text));
	probe.has_functions = strstr(text, "function") != NULL;
	if (!probe.has_functions) {
		probe.counter = counter_open("lock/lock_acquire", true);
		return probe;
	}
	rmdir(INSTANCE);
	test_sys(mkdir(INSTANCE, 0700));
	write_file(INSTANCE "tracing_on", "0");
	write_file(INSTANCE "set_ftrace_filter", ":mod:guardslot");
	for (size_t i = 0; i < ARRAY_SIZE(callees); i++) {
		int fd = open(INSTANCE "set_ftrace_filter", O_WRONLY | O_APPEND | O_CLOEXEC);

		test_sys(fd);
		if (write(fd, callees[i], strlen(callees[i])) < 0)
			test_eq(errno, EINVAL);
		close(fd);
	}
	write_number(INSTANCE "set_ftrace_pid", (unsigned long)syscall(SYS_gettid));
	write_file(INSTANCE "current_tracer", "function");
	probe.on = open(INSTANCE "tracing_on", O_WRONLY | O_CLOEXEC);
	test_sys(probe.on);
	return probe;
}

static void probe_close(struct probe *probe)
{
	if (!probe->has_functions)
		return;
	close(probe->on);
	write_file(INSTANCE "current_tracer", "nop");
	test_sys(rmdir(INSTANCE));
}

/*
 * "... [001] d.s1.  12.34: gs_call_reset <-...": the third letter after the processor
 * tells of an interrupt, which may free what an earlier call left to RCU. On a busy
 * machine each try has one.
 */
static bool is_of_interrupt(const char *line)
{
	const char *flags = strchr(line, ']');

	return flags && strchr("hHsZz", flags[4]);
}

static uint64_t functions_traced(void)
{
	static char text[1 << 20];
	char *line, *rest = text;
	uint64_t count = 0;

	read_file(INSTANCE "trace", text, sizeof(text));
	while ((line = strsep(&rest, "\n")))
		count += strstr(line, " <-") && !is_of_interrupt(line);
	return count;
}

/* The least of some tries: an interrupt may add to one, nothing takes away. */
static uint64_t probe_run(struct probe *probe, void (*work)(struct pool *pool, uint32_t slot),
			  struct pool *pool, uint32_t slot)
{
	uint64_t least = UINT64_MAX, count;

	for (int try = 0; try < 10; try++) {
		if (probe->has_functions) {
			write_file(INSTANCE "trace", "");
			test_eq(write(probe->on, "1", 1), 1);
			work(pool, slot);
			test_eq(write(probe->on, "0", 1), 1);
			count = functions_traced();
		} else {
			count = counter_read(probe->counter);
			work(pool, slot);
			count = counter_read(probe->counter) - count;
		}
		if (count < least)
			least = count;
	}
	return least;
}

static void reset_one(struct pool *pool, uint32_t slot)
{
	test_reset(pool, slot);
}

/* The first touch of a purged slot, so that there is a fault each time. */
static void purge_and_touch(struct pool *pool, uint32_t slot)
{
	test_purge(pool, slot);
	poke(area_at(pool, slot, 0), 1);
}

static void rebind_and_query(struct pool *pool, uint32_t slot)
{
	struct guardslot_query query;

	test_rebind(pool, slot, 1);
	test_rebind(pool, slot, GUARDSLOT_IMAGE_NONE);
	test_query(pool, slot, &query);
}

static void shrink_and_grow(struct pool *pool, uint32_t slot)
{
	test_resize(pool, slot, 0, 0);
	test_resize(pool, slot, 0, 16 * PAGE);
	poke(area_at(pool, slot, 0), 1);
}

static void prefault_some(struct pool *pool, uint32_t slot)
{
	test_purge(pool, slot);
	prefault_range(pool, slot, 0, 0, 4 * PAGE);
}

static const struct {
	const char *name;
	void (*work)(struct pool *pool, uint32_t slot);
} works[] = {
	{ "RESET", reset_one },
	{ "PURGE and a fault", purge_and_touch },
	{ "RESET with REBIND, twice, and QUERY", rebind_and_query },
	{ "RESIZE, twice, and a fault", shrink_and_grow },
	{ "PURGE and PREFAULT", prefault_some },
};

static int compare_numbers(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

/* The median time of a reset of 16 pages: instructions under -icount. */
static double reset_nanoseconds(struct pool *pool, uint32_t slot)
{
	double times[101];

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		double start;

		write_pages(area_at(pool, slot, 0), 16, 1);
		start = seconds();
		test_reset(pool, slot);
		times[i] = (seconds() - start) * 1e9;
	}
	qsort(times, ARRAY_SIZE(times), sizeof(*times), compare_numbers);
	return times[ARRAY_SIZE(times) / 2];
}

TEST_WHEN(has_probes, "a call or a fault costs the same in a pool of 4 slots and in one of 16,000")
{
	const uint32_t few = 4, many = 16000;
	uint64_t costs[ARRAY_SIZE(works)][2];
	double times[2];
	struct probe probe;

	test_timeout(60);
	for (int large = 0; large < 2; large++) {
		uint32_t slots = large ? many : few, slot = slots / 2;
		struct pool pool;

		/* Pages wait for first writes by processor. */
		worker_pin(0);
		test_ok(map_slots(slots, &pool));
		test_eq(image_keyed(&pool, 1, 100, 16), 1);
		/* Many slots that hold pages, so that lists of slots are long. */
		for (uint32_t i = 0; i < slots; i += 16)
			poke(area_at(&pool, i, 0), 1);
		write_pages(area_at(&pool, slot, 0), 16, 1);
		times[large] = reset_nanoseconds(&pool, slot);
		probe = probe_open();
		for (size_t i = 0; i < ARRAY_SIZE(works); i++) {
			/* No page waits for a first write. */
			drop_caches();
			costs[i][large] = probe_run(&probe, works[i].work, &pool, slot);
		}
		probe_close(&probe);
		test_sys(munmap(pool.base, pool.geometry.out_map_size));
		test_sys(close(pool.fd));
	}
	for (size_t i = 0; i < ARRAY_SIZE(works); i++)
		test_note("%s: %lu %s in a pool of 4 slots, %lu in one of 16,000", works[i].name,
			  (unsigned long)costs[i][0],
			  probe.has_functions ? "functions entered" : "locks taken",
			  (unsigned long)costs[i][1]);
	test_note("a reset of 16 pages by the clock: %.0f ns, %.0f ns", times[0], times[1]);
	for (size_t i = 0; i < ARRAY_SIZE(works); i++) {
		test_ok(costs[i][0] > 0);
		/* The number of locks that an allocation takes varies; a reset does not allocate. */
		if (probe.has_functions || works[i].work == reset_one)
			test_eq(costs[i][1], costs[i][0]);
		else
			test_ok(costs[i][1] < 2 * costs[i][0]);
	}
	if (test_argc > 1 && strcmp(test_argv[1], "icount") == 0)
		test_ok(times[1] < times[0] * 1.02 && times[0] < times[1] * 1.02);
}

TEST_MAIN()
