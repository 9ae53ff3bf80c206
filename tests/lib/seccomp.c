// SPDX-License-Identifier: MIT
/* Writes filters of system calls and installs them. */
#include "seccomp.h"

#include "test.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>

#define MOST_VALUES 8

static void load(struct sock_filter *at, uint32_t offset)
{
	*at = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
}

/* Skips as many instructions when the loaded word is the value, or is not. */
static void jump(struct sock_filter *at, uint32_t value, unsigned int equal, unsigned int other)
{
	*at = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, (uint8_t)equal,
					   (uint8_t)other);
}

static void end(struct sock_filter *at, uint32_t verdict)
{
	*at = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict);
}

static void install(struct sock_filter *filter, unsigned int length)
{
	struct sock_fprog program = { .len = (unsigned short)length, .filter = filter };

	test_sys(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	test_sys(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

void seccomp_refuse(long call, int error)
{
	struct sock_filter filter[4];

	load(&filter[0], offsetof(struct seccomp_data, nr));
	jump(&filter[1], (uint32_t)call, 1, 0);
	end(&filter[2], SECCOMP_RET_ALLOW);
	end(&filter[3], SECCOMP_RET_ERRNO | (uint32_t)error);
	install(filter, 4);
}

/* The verdict on a call whose argument is one of the values, and on another. */
static void refuse(long call, unsigned int argument, const uint32_t *values, unsigned int count,
		   uint32_t if_one, uint32_t if_none)
{
	struct sock_filter filter[6 + MOST_VALUES];

	test_ok(count <= MOST_VALUES);
	load(&filter[0], offsetof(struct seccomp_data, nr));
	jump(&filter[1], (uint32_t)call, 1, 0);
	end(&filter[2], SECCOMP_RET_ALLOW);
	/* The low half of it: all architectures of the tests are little endian. */
	load(&filter[3], (uint32_t)offsetof(struct seccomp_data, args[argument]));
	for (unsigned int i = 0; i < count; i++)
		jump(&filter[4 + i], values[i], count - i, 0);
	end(&filter[4 + count], if_none);
	end(&filter[5 + count], if_one);
	install(filter, 6 + count);
}

void seccomp_refuse_if(long call, unsigned int argument, uint32_t value, int error)
{
	refuse(call, argument, &value, 1, SECCOMP_RET_ERRNO | (uint32_t)error, SECCOMP_RET_ALLOW);
}

void seccomp_refuse_but(long call, unsigned int argument, const uint32_t *values,
			unsigned int count, int error)
{
	refuse(call, argument, values, count, SECCOMP_RET_ALLOW,
	       SECCOMP_RET_ERRNO | (uint32_t)error);
}

static void on_refusal(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	test_fail("system call %d was made", info->si_syscall);
}

void seccomp_allow_only(const long *calls, unsigned int count)
{
	struct sigaction action = { .sa_sigaction = on_refusal, .sa_flags = SA_SIGINFO };
	struct sock_filter filter[3 + SECCOMP_MOST];

	test_ok(count <= SECCOMP_MOST);
	test_sys(sigaction(SIGSYS, &action, NULL));
	load(&filter[0], offsetof(struct seccomp_data, nr));
	for (unsigned int i = 0; i < count; i++)
		jump(&filter[1 + i], (uint32_t)calls[i], count - i, 0);
	end(&filter[1 + count], SECCOMP_RET_TRAP);
	end(&filter[2 + count], SECCOMP_RET_ALLOW);
	install(filter, 3 + count);
}
