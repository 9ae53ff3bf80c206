// SPDX-License-Identifier: MIT
/*
 * Counts the instructions in user space that a program runs between two SIGUSR2 which it sends
 * to its first thread, and prints a line for each pair.
 *
 *	steps COMMAND [ARGUMENT...]
 *
 * One step is one instruction, whatever system calls Valgrind knows; a string instruction
 * that repeats itself is one, as the processor's own counter has it. What the kernel runs is not
 * counted.
 */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where the child goes on; on other processors than x86 no instruction repeats itself. */
static long place(pid_t child)
{
#ifdef __x86_64__
	return ptrace(PTRACE_PEEKUSER, child, (void *)offsetof(struct user, regs.rip), NULL);
#else
	static long different;

	(void)child;
	return ++different;
#endif
}

int main(int argc, char **argv)
{
	bool counts = false;
	uint64_t steps = 0;
	long at = 0;
	int status, pass;
	pid_t child;

	if (argc < 2) {
		fprintf(stderr, "usage: steps COMMAND [ARGUMENT...]\n");
		return 2;
	}
	child = fork();
	if (!child) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	for (;;) {
		if (waitpid(child, &status, 0) < 0) {
			perror("steps");
			return 1;
		}
		if (!WIFSTOPPED(status))
			break;
		pass = WSTOPSIG(status);
		if (pass == SIGTRAP) {
			long next = counts ? place(child) : 0;

			steps += counts && next != at;
			at = next;
			pass = 0;
		} else if (pass == SIGUSR2) {
			if (counts)
				printf("%llu\n", (unsigned long long)steps);
			counts = !counts;
			steps = 0;
			pass = 0;
		}
		ptrace(counts ? PTRACE_SINGLESTEP : PTRACE_CONT, child, NULL, (void *)(long)pass);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
