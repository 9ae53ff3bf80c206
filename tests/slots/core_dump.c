// SPDX-License-Identifier: MIT
// A core dump has what is accessible and was written, and nothing of what is not accessible.
#include "slot_test.h"

#include <elf.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "guest.h"
#include "sysctl.h"
#include "vmas.h"

#define SLOTS ((uint32_t)scaled(1000, 200))
#define LARGE (UINT64_C(4) << 20)
#define MARK "this slot is in use"
/* Bounds what a test that fails writes. */
#define CORE_LIMIT (UINT64_C(256) << 20)

static struct shim_pool_config config;
static struct shim_pool *pool;

/* This process's own: others of this program run beside it. Its children have it, too. */
static char core[64];

static const char *core_name(void)
{
	snprintf(core, sizeof(core), "/tmp/guardslot.core.%d", getpid());
	return core;
}

static bool is_mapped(void)
{
	return config.backend == SHIM_BACKEND_MMAP;
}

/* Slots of which each once grew and was written, and has one page now. */
static void start(void)
{
	config = config_default();
	config.slots = SLOTS;
	config.area_count = 1;
	config.areas[0] = (struct shim_area_config){
		.reserve = UINT64_C(4) << 30,
		.guard = UINT64_C(32) << 20,
		.max = UINT64_C(4) << 30,
		.initial = PAGE,
	};
	config.areas[1] = (struct shim_area_config){ 0 };
	pool = pool_create(&config);
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		volatile unsigned char *at = area_at(pool, slot, 0);

		resize(pool, slot, 0, LARGE);
		at[0] = 1;
		at[LARGE / 2] = 1;
		at[LARGE - 1] = 1;
		if (slot % 2)
			reset(pool, slot);
		else
			resize(pool, slot, 0, PAGE);
		at[0] = 1;
	}
	strcpy((char *)area_at(pool, SLOTS / 2, 0), MARK);
}

static uint64_t slab_start(void)
{
	return (uintptr_t)area_at(pool, 0, 0) - config.pre_guard;
}

static uint64_t slab_end(void)
{
	return slab_start() + config.pre_guard +
	       SLOTS * (config.areas[0].reserve + config.areas[0].guard);
}

/* ---- what a dump has ------------------------------------------------------------------- */

/* Where the slots of the process are that is dumped. */
struct place {
	uint64_t start;
	uint64_t end;
	uint64_t mark;
};

struct dumped {
	uint64_t size; /* of the file */
	uint64_t slab; /* bytes of the slab in it */
	char mark[64];
};

static void segment_read(int fd, const Elf64_Phdr *segment, const struct place *place,
			 struct dumped *dumped)
{
	if (segment->p_type != PT_LOAD || segment->p_vaddr < place->start ||
	    segment->p_vaddr >= place->end)
		return;
	dumped->slab += segment->p_filesz;
	if (place->mark >= segment->p_vaddr && place->mark - segment->p_vaddr < segment->p_filesz)
		test_sys(pread(fd, dumped->mark, sizeof(MARK),
			       (off_t)(segment->p_offset + place->mark - segment->p_vaddr)));
}

static struct dumped core_read(const char *path, const struct place *place)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct dumped dumped = { 0 };
	Elf64_Phdr segment;
	Elf64_Ehdr head;
	struct stat stat;

	test_sys(fd);
	test_sys(fstat(fd, &stat));
	dumped.size = (uint64_t)stat.st_size;
	test_eq(pread(fd, &head, sizeof(head), 0), sizeof(head));
	test_ok(head.e_phnum != PN_XNUM);
	for (size_t i = 0; i < head.e_phnum; i++) {
		test_eq(pread(fd, &segment, sizeof(segment),
			      (off_t)(head.e_phoff + i * sizeof(segment))),
			sizeof(segment));
		segment_read(fd, &segment, place, &dumped);
	}
	test_sys(close(fd));
	test_sys(unlink(path));
	return dumped;
}

/* Each slot has one page that is accessible, and that page was written. */
static void core_check(const char *path, const struct place *place, bool is_mapped)
{
	struct dumped dumped = core_read(path, place);

	test_note("a core of %" PRIu64 " bytes, %" PRIu64 " of them of %" PRIu32 " slots",
		  dumped.size, dumped.slab, SLOTS);
	test_eq(dumped.slab, is_mapped ? SLOTS * PAGE : 0);
	test_ok(dumped.size < SLOTS * PAGE + (16 << 20));
	test_str(dumped.mark, is_mapped ? MARK : "");
}

static void child_dumps(struct place *place)
{
	const struct rlimit limit = { CORE_LIMIT, CORE_LIMIT };

	start();
	*place = (struct place){
		.start = slab_start(),
		.end = slab_end(),
		.mark = (uintptr_t)area_at(pool, SLOTS / 2, 0),
	};
	test_sys(setrlimit(RLIMIT_CORE, &limit));
	signal(SIGABRT, SIG_DFL);
	abort();
}

TEST_WHEN(sysctl_is_ours, "the kernel's dump of a process whose slots each once grew")
{
	struct place *place =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t child;

	test_timeout(100);
	test_ok(place != MAP_FAILED);
	sysctl_set("/proc/sys/kernel/core_pattern", core_name());
	child = fork();
	test_sys(child);
	if (child == 0)
		child_dumps(place);
	test_eq(waitpid(child, &status, 0), child);
	test_ok(WIFSIGNALED(status) && WCOREDUMP(status));
	core_check(core, place, backend_get() == SHIM_BACKEND_MMAP);
}

static bool gdb_is_there(void)
{
	return system("command -v gdb >/dev/null 2>&1") == 0;
}

TEST_WHEN(gdb_is_there, "gdb's dump of a process whose slots each once grew")
{
	struct place place;
	char command[256];

	test_timeout(100);
	start();
	place = (struct place){ slab_start(), slab_end(), (uintptr_t)area_at(pool, SLOTS / 2, 0) };
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	snprintf(command, sizeof(command),
		 "ulimit -f %" PRIu64 "; gdb -nx --batch -p %d -ex 'gcore %s' >/dev/null 2>&1",
		 CORE_LIMIT / 512, getpid(), core_name());
	test_eq(system(command), 0);
	core_check(core, &place, is_mapped());
}

/* ---- how the kernel and gdb decide -------------------------------------------------------- */

static void vma_check(const struct vma *vma, void *data)
{
	unsigned int *accessible = data;
	bool is_open = vma->access[0] == 'r';

	if (vma_has(vma, "dd") == (is_open && is_mapped()))
		test_fail("%s %s", vma->access, vma->flags);
	*accessible += is_open;
}

TEST("only what is accessible is marked as to be dumped")
{
	unsigned int accessible = 0;

	start();
	vma_walk(slab_start(), slab_end(), vma_check, &accessible);
	test_eq(accessible, is_mapped() ? SLOTS : 1);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		purge(pool, slot);
	accessible = 0;
	vma_walk(slab_start(), slab_end(), vma_check, &accessible);
	test_eq(accessible, is_mapped() ? SLOTS : 1);
}

TEST_MAIN()
