// SPDX-License-Identifier: MIT
/* Runs programs, in one thread or in two. */
#include "execute.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "coverage.h"
#include "description.h"
#include "encode.h"
#include "pseudo.h"
#include "results.h"

/* No file that a program opens has so high a number. */
#define FD_LEAST 500

/*
 * A thread that runs programs.
 *
 * @nth_fd: where the kernel is told which allocation of the thread is to fail
 * @begin, @end: of a run of the second thread
 */
struct runner {
	struct encoder encoder;
	struct coverage coverage;
	int nth_fd;
	struct program *program;
	uint32_t first;
	bool some;
	sem_t begin, end;
};

static struct runner runners[2];

static void fail_allocation(struct runner *runner, unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	/* To take it back may fail itself, and then works. */
	if (pwrite(runner->nth_fd, text, (size_t)length, 0) < 0 &&
	    pwrite(runner->nth_fd, text, (size_t)length, 0) < 0)
		err(1, "fail-nth");
}

static long make_call(const struct call *call, const uint64_t *a)
{
	if (call->run)
		return call->run(a);
	return syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void keep(struct encoder *encoder, const struct call *call, long value)
{
	if (value == -1)
		return;
	if (call->makes >= 0)
		results_add(encoder->results, call->makes, value);
	for (unsigned int i = 0; i < encoder->out_count; i++) {
		const struct out *out = &encoder->outs[i];
		int64_t made = 0;

		memcpy(&made, out->at, out->size);
		results_add(encoder->results, out->resource, made);
	}
}

static void run_step(struct runner *runner, struct step *step)
{
	const struct call *call = &calls[step->call];
	unsigned int failure = encode_failure(step);
	long value;

	encode(&runner->encoder, step, &the_results);
	/* The kernel's fork() warns when it has no memory for a stack. */
	if (call->run == syz_guardslot_fork)
		failure = 0;
	if (failure)
		fail_allocation(runner, failure);
	value = make_call(call, runner->encoder.arguments);
	if (failure)
		fail_allocation(runner, 0);
	keep(&runner->encoder, call, value);
	/* The second thread may need others. */
	if (runner == &runners[0])
		for (unsigned int i = runner->encoder.next; i < MAX_CHOICES; i++)
			step->choices[i] = 0;
}

static void run(struct runner *runner)
{
	struct program *program = runner->program;

	coverage_start(&runner->coverage);
	for (uint32_t i = 0; i < program->count; i++)
		run_step(runner, &program->steps[(runner->first + i) % program->count]);
	runner->some = coverage_end(&runner->coverage);
}

static void runner_init(struct runner *runner)
{
	int fd;

	encoder_init(&runner->encoder);
	coverage_open(&runner->coverage);
	fd = open("/proc/thread-self/fail-nth", O_WRONLY | O_CLOEXEC);
	/* Out of the reach of programs that close a file twice. */
	runner->nth_fd = fcntl(fd, F_DUPFD_CLOEXEC, FD_LEAST);
	if (runner->nth_fd < 0)
		err(1, "fail-nth");
	close(fd);
}

static void *second(void *data)
{
	struct runner *runner = data;

	runner_init(runner);
	sem_post(&runner->end);
	for (;;) {
		sem_wait(&runner->begin);
		run(runner);
		sem_post(&runner->end);
	}
	return NULL;
}

void execute_init(void)
{
	pthread_t thread;

	pseudo_init();
	runner_init(&runners[0]);
	sem_init(&runners[1].begin, 0, 0);
	sem_init(&runners[1].end, 0, 0);
	if (pthread_create(&thread, NULL, second, &runners[1]))
		errx(1, "no second thread");
	/* Programs close files, and it opens some. */
	while (sem_wait(&runners[1].end) && errno == EINTR)
		;
}

bool execute(struct program *program, bool two)
{
	struct runner *one = &runners[0], *other = &runners[1];
	bool some;

	results_begin(&the_results);
	one->program = program;
	one->first = 0;
	if (two) {
		other->program = program;
		/* It has what it needs only when the first one has got there. */
		other->first = program->count / 2;
		sem_post(&other->begin);
	}
	run(one);
	some = one->some;
	if (two) {
		while (sem_wait(&other->end) && errno == EINTR)
			;
		some |= other->some;
	}
	/* What closing and unmapping runs counts as well. */
	coverage_start(&one->coverage);
	results_end(&the_results);
	return coverage_end(&one->coverage) || some;
}
