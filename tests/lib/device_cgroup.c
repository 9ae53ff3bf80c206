// SPDX-License-Identifier: MIT
/* Makes a cgroup, and attaches to it a program of seven instructions. */
#include "device_cgroup.h"

#include <linux/bpf.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define FOLDER "/sys/fs/cgroup/refused"

/* Of its argument, where the device's number is. */
#define CONTEXT(member) offsetof(struct bpf_cgroup_dev_ctx, member)

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* Returns 0 for the device, which refuses it, and 1 for all others. */
static int program_load(unsigned int major, unsigned int minor)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_LDX | BPF_MEM | BPF_W,
		  .dst_reg = BPF_REG_2,
		  .src_reg = BPF_REG_1,
		  .off = CONTEXT(major) },
		{ .code = BPF_LDX | BPF_MEM | BPF_W,
		  .dst_reg = BPF_REG_3,
		  .src_reg = BPF_REG_1,
		  .off = CONTEXT(minor) },
		{ .code = BPF_JMP | BPF_JNE | BPF_K,
		  .dst_reg = BPF_REG_2,
		  .off = 2,
		  .imm = (int)major },
		{ .code = BPF_JMP | BPF_JNE | BPF_K,
		  .dst_reg = BPF_REG_3,
		  .off = 1,
		  .imm = (int)minor },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insn_cnt = sizeof(program) / sizeof(program[0]),
		.insns = (uintptr_t)program,
		.license = (uintptr_t) "MIT",
	};

	return test_sys(bpf(BPF_PROG_LOAD, &attr));
}

void device_cgroup_enter(unsigned int major, unsigned int minor)
{
	int folder, procs, program = program_load(major, minor);

	test_sys(mkdir(FOLDER, 0755));
	folder = test_sys(open(FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	union bpf_attr attr = {
		.target_fd = (unsigned int)folder,
		.attach_bpf_fd = (unsigned int)program,
		.attach_type = BPF_CGROUP_DEVICE,
	};

	test_sys(bpf(BPF_PROG_ATTACH, &attr));
	procs = test_sys(open(FOLDER "/cgroup.procs", O_WRONLY | O_CLOEXEC));
	test_sys(write(procs, "0", 1));
	close(procs);
	close(folder);
	close(program);
}

void device_cgroup_remove(void)
{
	/* A process that has ended may be in it for a moment. */
	test_until(rmdir(FOLDER) == 0);
}
