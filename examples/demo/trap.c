// SPDX-License-Identifier: MIT
/*
 * The signal handler, which distinguishes traps from crashes.
 *
 * wasm2c's own handler decides by si_code, and takes a guard hit in a device
 * mapping (SEGV_MAPERR) for stack exhaustion; this one decides by the address.
 */
#define _GNU_SOURCE /* for arch.h */
#include "trap.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <wasm-rt-impl.h>

#include "arch.h"

/* Small, so that a program that recurses for ever ends soon. */
#define STACK_LIMIT (512 * 1024)
/* The largest distance of a stack overflow's address from the stack pointer. */
#define STACK_SLACK 16384
#define HANDLER_STACK 65536

static const uint8_t *trap_start;
static uint64_t trap_length;

void trap_memory(const uint8_t *memory, uint64_t length)
{
	trap_start = memory;
	trap_length = length;
}

static void trap_handler(int signal, siginfo_t *info, void *context)
{
	uintptr_t address = (uintptr_t)info->si_addr;
	uintptr_t stack = arch_stack_pointer(context);

	if (signal == SIGSEGV && address - (uintptr_t)trap_start < trap_length)
		wasm_rt_trap(WASM_RT_TRAP_OOB);
	if (signal == SIGSEGV && address - (stack - STACK_SLACK) < 2 * STACK_SLACK)
		wasm_rt_trap(WASM_RT_TRAP_EXHAUSTION);
	fprintf(stderr, "demo: signal %d at %p, which is no program's memory\n", signal,
		info->si_addr);
	abort();
}

/*
 * SA_NODEFER: the handler ends with a jump that restores no signal mask, so that
 * a trap takes no system call.
 */
void trap_init(void)
{
	struct rlimit limit = { .rlim_cur = STACK_LIMIT, .rlim_max = RLIM_INFINITY };
	struct sigaction action = {
		.sa_sigaction = trap_handler,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER,
	};
	stack_t stack = { .ss_size = HANDLER_STACK };
	struct rlimit old;

	wasm_rt_init();
	if (!getrlimit(RLIMIT_STACK, &old))
		limit.rlim_max = old.rlim_max;
	stack.ss_sp = malloc(HANDLER_STACK);
	if (!stack.ss_sp || setrlimit(RLIMIT_STACK, &limit) || sigaltstack(&stack, NULL) ||
	    sigaction(SIGSEGV, &action, NULL) || sigaction(SIGBUS, &action, NULL)) {
		perror("demo: signal handler");
		exit(EXIT_FAILURE);
	}
}

int trap_call(uint32_t (*function)(void *state, struct wasi *host), void *state, struct wasi *host,
	      uint32_t *value)
{
	int code = sigsetjmp(wasm_rt_jmp_buf, 0);

	if (code)
		return code;
	*value = function(state, host);
	return 0;
}
