// SPDX-License-Identifier: MIT
/* Recording locks: tracepoints or probes of a thread, read from one ring of perf. */
#include "locks.h"

#include <linux/perf_event.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "perf.h"

#define RING_SIZE (1 << 20)
#define GROUP "guardslot_locks"

/* What perf records of lock/lock_acquire, and of a probe, as far as we look at it. */
struct lock_sample {
	struct perf_event_header header;
	uint32_t raw_size;
	uint8_t data[64];
} __attribute__((packed));

/* Functions that get the lock as their first argument. */
static const char *const takers[] = {
	"mutex_lock",
	"mutex_lock_interruptible",
	"mutex_lock_killable",
	"mutex_trylock",
	"_raw_spin_lock",
	"_raw_spin_lock_irq",
	"_raw_spin_lock_irqsave",
	"_raw_spin_lock_bh",
	"_raw_spin_trylock",
	"_raw_read_lock",
	"_raw_write_lock",
	"_raw_write_lock_irq",
	"down_read",
	"down_read_killable",
	"down_read_trylock",
	"down_write",
	"down_write_killable",
	"down_write_trylock",
};

static struct perf_event_mmap_page *ring;
static int recorders[ARRAY_SIZE(takers)];
static size_t recorder_count;
/* Of all recorders. The name is where its place in the data and its length are. */
static struct trace_field address_field, name_field;
/* The locks that switching the recorder on and off takes, and a task switch. */
static struct locks overhead;

bool has_lock_debugging(void)
{
	return tracepoint_id("lock/lock_acquire") >= 0;
}

/* @address: the field that has the lock's */
static void recorder_add(const char *name, const char *address)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.config = (uint64_t)tracepoint_id(name),
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_RAW,
		.disabled = 1,
	};
	struct trace_field field = trace_field(name, address);
	int fd = perf_open(&attr, 0, -1);

	test_success(fd);
	test_ok(!recorder_count || field.offset == address_field.offset);
	address_field = field;
	/* Not the locks of interrupts that come now. */
	test_sys(ioctl(fd, PERF_EVENT_IOC_SET_FILTER, "!(common_flags & 24)"));
	if (recorder_count)
		test_sys(ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, recorders[0]));
	recorders[recorder_count++] = fd;
	if (recorder_count > 1)
		return;
	ring = mmap(NULL, PAGE + RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	test_ok(ring != MAP_FAILED);
}

/* "-:": remove a probe, "p:": set it. */
static int change_probe(const char *format, const char *function)
{
	char text[128];
	int fd = open(TRACING "kprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC), ret = 0;

	test_sys(fd);
	snprintf(text, sizeof(text), format, function, function);
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

bool locks_are_functions(void)
{
	if (change_probe("p:" GROUP "/try_%s %s lock=$arg1:u64", "_raw_spin_lock"))
		return false;
	change_probe("-:" GROUP "/try_%s", "_raw_spin_lock");
	return true;
}

void locks_stop(void)
{
	while (recorder_count)
		close(recorders[--recorder_count]);
	for (size_t i = 0; i < ARRAY_SIZE(takers); i++)
		change_probe("-:" GROUP "/%s", takers[i]);
}

static void add_probes(void)
{
	char name[128];

	locks_stop();
	for (size_t i = 0; i < ARRAY_SIZE(takers); i++) {
		if (change_probe("p:" GROUP "/%s %s lock=$arg1:u64", takers[i]))
			continue;
		snprintf(name, sizeof(name), GROUP "/%s", takers[i]);
		recorder_add(name, "lock");
	}
	test_note("%zu functions that take locks are watched", recorder_count);
	/* At least these must be there, or there is nothing to see. */
	test_ok(tracepoint_id(GROUP "/mutex_lock") >= 0);
	test_ok(tracepoint_id(GROUP "/_raw_spin_lock") >= 0);
	test_ok(tracepoint_id(GROUP "/down_read") >= 0);
}

static void copy_from_ring(void *to, uint64_t at, size_t length)
{
	const uint8_t *data = (const uint8_t *)ring + ring->data_offset;

	for (size_t i = 0; i < length; i++)
		((uint8_t *)to)[i] = data[(at + i) % ring->data_size];
}

const struct lock *locks_find(const struct locks *locks, uint64_t address)
{
	for (size_t i = 0; i < locks->count; i++)
		if (locks->locks[i].address == address)
			return &locks->locks[i];
	return NULL;
}

static void note_lock(struct locks *locks, uint64_t address, const char *name, int run)
{
	size_t i;

	for (i = 0; i < locks->count; i++)
		if (locks->locks[i].address == address)
			break;
	if (i == locks->count) {
		test_ok(locks->count < MAX_LOCKS);
		locks->locks[locks->count].address = address;
		locks->locks[locks->count].runs = 0;
		snprintf(locks->locks[i].name, sizeof(locks->locks[i].name), "%s", name);
		locks->count++;
	}
	/* Once a run. */
	if (locks->locks[i].runs == run)
		locks->locks[i].runs++;
}

void locks_record(void (*work)(struct pool *pool, uint32_t slot), struct pool *pool, uint32_t slot,
		  struct locks *locks, int run)
{
	uint64_t at = ring->data_head, end;

	for (size_t i = 0; i < recorder_count; i++)
		test_sys(ioctl(recorders[i], PERF_EVENT_IOC_ENABLE, 0));
	work(pool, slot);
	for (size_t i = 0; i < recorder_count; i++)
		test_sys(ioctl(recorders[i], PERF_EVENT_IOC_DISABLE, 0));
	end = *(volatile __u64 *)&ring->data_head;
	atomic_thread_fence(memory_order_acquire);
	while (at < end) {
		struct lock_sample sample;
		char name[40] = "?";
		uint64_t address;

		copy_from_ring(&sample, at, sizeof(sample));
		test_eq(sample.header.type, PERF_RECORD_SAMPLE);
		if (has_lock_debugging())
			copy_from_ring(name,
				       at + offsetof(struct lock_sample, data) +
					       (trace_value(sample.data, name_field) & 0xffff),
				       sizeof(name) - 1);
		address = trace_value(sample.data, address_field);
		if (!locks_find(&overhead, address) || locks == &overhead)
			note_lock(locks, address, name, run);
		at += sample.header.size;
	}
	ring->data_tail = end;
}

static void work_yield(struct pool *pool, uint32_t slot)
{
	(void)pool;
	(void)slot;
	sched_yield();
}

void locks_record_nothing(struct locks *locks, int runs)
{
	for (int run = 0; run < runs; run++)
		locks_record(work_yield, NULL, 0, locks, run);
}

void locks_each_processor(void (*work)(void))
{
	cpu_set_t all, one;

	test_sys(sched_getaffinity(0, sizeof(all), &all));
	for (int processor = 0; processor < CPU_SETSIZE; processor++) {
		if (!CPU_ISSET(processor, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(processor, &one);
		test_sys(sched_setaffinity(0, sizeof(one), &one));
		work();
	}
	test_sys(sched_setaffinity(0, sizeof(all), &all));
}

static void learn_overhead(void)
{
	locks_record_nothing(&overhead, 10);
}

void locks_start(void)
{
	if (has_lock_debugging()) {
		recorder_add("lock/lock_acquire", "lockdep_addr");
		name_field = trace_field("lock/lock_acquire", "name");
	} else {
		add_probes();
	}
	/* Some are a processor's: perf's own, and that of its queue of tasks. */
	locks_each_processor(learn_overhead);
}
