// SPDX-License-Identifier: MIT
/* The machine's memory is at its address 0; its code and the box are behind that. */
#include "machine.h"

#if defined(__x86_64__)

#include <glob.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "file.h"

#define BOX 0xe0000
#define CODE 0xf0000

/* Modules, and their names in the order in which they are loaded. */
#define MODULES "/lib/kvm/"
#define LAST "kvm-amd"

/* rep stosb [edi], al; hlt. And rep movsb [edi], [esi]; hlt. */
static const unsigned char fill_code[] = { 0x67, 0xf3, 0xaa, 0xf4 };
static const unsigned char copy_code[] = { 0x67, 0xf3, 0xa4, 0xf4 };

/*
 * AMD's, which is what QEMU emulates. KVM of a real-time kernel wants a clock besides that QEMU
 * cannot emulate.
 */
static bool has_virtualization(void)
{
	bool wants_clock = access("/sys/kernel/realtime", F_OK) == 0;
	char line[4096];
	FILE *file = fopen("/proc/cpuinfo", "re");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strncmp(line, "flags", 5) == 0 && strstr(line, " svm ") &&
			(!wants_clock || strstr(line, " constant_tsc "));
	if (file)
		fclose(file);
	return found;
}

bool machine_exists(void)
{
	return access(MODULES "order", R_OK) == 0 && has_virtualization();
}

static void load(const char *name, const char *parameters)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), MODULES "%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	test_sys(fd);
	if (syscall(SYS_finit_module, fd, parameters, 0) < 0)
		test_eq(errno, EEXIST);
	close(fd);
}

static bool is_unloaded(const char *module)
{
	return syscall(SYS_delete_module, module, O_NONBLOCK) == 0 || errno == ENOENT;
}

/* All processors but the first, which cannot be taken away. */
static void others_set(const char *online)
{
	glob_t files;

	if (glob("/sys/devices/system/cpu/cpu[1-9]*/online", 0, NULL, &files) == 0)
		for (size_t i = 0; i < files.gl_pathc; i++)
			write_file(files.gl_pathv[i], online);
	globfree(&files);
}

static pid_t runner;

static __attribute__((constructor)) void runner_set(void)
{
	runner = getpid();
}

/* When the last test is over, whatever became of it. */
static __attribute__((destructor)) void others_come_back(void)
{
	if (getpid() == runner && machine_exists())
		others_set("1");
}

/*
 * KVM changes the kernel's instructions as machines come and go, and an emulated processor
 * may go on with one that it was just translating: in one run of many, two processors stopped
 * at the breakpoint that the kernel puts there for a moment. One processor alone does not.
 */
void machine_load(bool nested_paging)
{
	char names[256], *name, *rest = names;

	others_set("0");
	/* That of a test before may be there until its last process is gone. */
	test_until(is_unloaded("kvm_amd"));
	read_file(MODULES "order", names, sizeof(names));
	while ((name = strsep(&rest, "\n")))
		if (strcmp(name, LAST) == 0)
			load(name, nested_paging ? "npt=1" : "npt=0");
		else if (*name)
			load(name, "");
}

static void memory_add(const struct machine *machine, uint32_t number, uint64_t at,
		       volatile unsigned char *memory, size_t length, uint32_t flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = number,
		.flags = flags,
		.guest_phys_addr = at,
		.memory_size = length,
		.userspace_addr = (uintptr_t)memory,
	};

	test_sys(ioctl(machine->vm, KVM_SET_USER_MEMORY_REGION, &region));
}

static unsigned char *page_map(void)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	test_ok(page != MAP_FAILED);
	return page;
}

/* Real mode, in which a segment may have any start and length all the same. */
static void segments_set(const struct machine *machine)
{
	struct kvm_sregs sregs;

	test_sys(ioctl(machine->processor, KVM_GET_SREGS, &sregs));
	sregs.cs.base = CODE;
	sregs.cs.selector = CODE >> 4;
	sregs.ds.base = 0;
	sregs.ds.limit = UINT32_MAX;
	sregs.ds.g = 1;
	sregs.es = sregs.ds;
	test_sys(ioctl(machine->processor, KVM_SET_SREGS, &sregs));
}

struct machine machine_create(volatile unsigned char *memory, size_t length, uint32_t flags)
{
	struct machine machine = { .kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC) };
	int run_size;

	test_sys(machine.kvm);
	machine.vm = ioctl(machine.kvm, KVM_CREATE_VM, 0);
	test_sys(machine.vm);
	machine.box = page_map();
	machine.code = page_map();
	memory_add(&machine, 0, 0, memory, length, flags);
	memory_add(&machine, 1, BOX, machine.box, PAGE, 0);
	memory_add(&machine, 2, CODE, machine.code, PAGE, 0);
	machine.processor = ioctl(machine.vm, KVM_CREATE_VCPU, 0);
	test_sys(machine.processor);
	run_size = ioctl(machine.kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	test_sys(run_size);
	machine.run = mmap(NULL, (size_t)run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			   machine.processor, 0);
	test_ok(machine.run != MAP_FAILED);
	segments_set(&machine);
	return machine;
}

void machine_destroy(struct machine *machine)
{
	close(machine->processor);
	close(machine->vm);
	close(machine->kvm);
}

static int run(struct machine *machine, const unsigned char *code, const struct kvm_regs *regs)
{
	int done;

	memcpy(machine->code, code, sizeof(fill_code));
	test_sys(ioctl(machine->processor, KVM_SET_REGS, regs));
	do
		done = ioctl(machine->processor, KVM_RUN, 0);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return -errno;
	test_eq(machine->run->exit_reason, KVM_EXIT_HLT);
	return 0;
}

int machine_fill(struct machine *machine, size_t at, size_t length, unsigned char value)
{
	return run(machine, fill_code,
		   &(struct kvm_regs){ .rdi = at, .rcx = length, .rax = value, .rflags = 2 });
}

int machine_copy(struct machine *machine, size_t at, size_t length)
{
	return run(machine, copy_code,
		   &(struct kvm_regs){ .rsi = at, .rdi = BOX, .rcx = length, .rflags = 2 });
}

#else

bool machine_exists(void)
{
	return false;
}

void machine_load(bool nested_paging)
{
	(void)nested_paging;
}

struct machine machine_create(volatile unsigned char *memory, size_t length, uint32_t flags)
{
	(void)memory;
	(void)length;
	(void)flags;
	return (struct machine){ 0 };
}

void machine_destroy(struct machine *machine)
{
	(void)machine;
}

int machine_fill(struct machine *machine, size_t at, size_t length, unsigned char value)
{
	(void)machine;
	(void)at;
	(void)length;
	(void)value;
	return -ENOSYS;
}

int machine_copy(struct machine *machine, size_t at, size_t length)
{
	(void)machine;
	(void)at;
	(void)length;
	return -ENOSYS;
}

#endif
