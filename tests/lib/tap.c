// SPDX-License-Identifier: MIT
/*
 * tap: runs the registered tests, each in a child, and prints TAP.
 *
 * Only the parent prints result lines. A child tells why it failed or was
 * skipped in a page shared with the parent, so that a grandchild or a thread
 * can fail the test as well, and text of a dying child cannot garble TAP.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "tap.h"

#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum tap_outcome { TAP_RUNNING, TAP_FAILED, TAP_SKIPPED };

struct tap_report {
	atomic_int outcome; /* enum tap_outcome; the first to leave RUNNING wins */
	unsigned int timeout;
	uintptr_t crash_address;
	char why[1024];
	char wait[256]; /* what the test waits for, or nothing */
};

int test_argc;
char **test_argv;

static struct tap_test *tests;
static struct tap_report *report;

static __thread sigjmp_buf signal_jump;
static __thread volatile sig_atomic_t signal_armed;
static __thread volatile int signal_number;
static __thread volatile uintptr_t signal_address;
static __thread char context_words[80];

/* Constructors run in no order that C promises: sorted by file and line. */
void tap_register(struct tap_test *test)
{
	struct tap_test **at = &tests;

	while (*at) {
		int order = strcmp((*at)->file, test->file);

		if (order > 0 || (order == 0 && (*at)->line > test->line))
			break;
		at = &(*at)->next;
	}
	test->next = *at;
	*at = test;
}

/* ---- in the child -------------------------------------------------------- */

static unsigned int slow_factor(void)
{
	const char *slow = getenv("TAP_SLOW");
	long factor = slow ? strtol(slow, NULL, 10) : 1;

	if (factor > 1000)
		return 1000;
	return factor >= 1 ? (unsigned int)factor : 1;
}

void test_timeout(unsigned int seconds)
{
	report->timeout = seconds * slow_factor();
	alarm(report->timeout);
}

void test_context(const char *format, ...)
{
	va_list args;

	context_words[0] = '\0';
	if (!format)
		return;
	va_start(args, format);
	vsnprintf(context_words, sizeof(context_words), format, args);
	va_end(args);
}

void test_note(const char *format, ...)
{
	char text[1024];
	va_list args;
	char *line, *rest = text;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	while ((line = strsep(&rest, "\n")))
		printf("# %s\n", line);
	fflush(stdout);
}

static void settle(enum tap_outcome outcome, const char *why)
{
	int running = TAP_RUNNING;

	if (atomic_compare_exchange_strong(&report->outcome, &running, (int)outcome))
		snprintf(report->why, sizeof(report->why), "%s", why);
	else
		usleep(10000); /* another thread is at the line above */
	fflush(stdout);
	_exit(1);
}

static const char *base_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? slash + 1 : file;
}

void tap_wait(const char *file, int line, const char *what)
{
	report->wait[0] = '\0';
	if (what)
		snprintf(report->wait, sizeof(report->wait), ", at %.60s:%d: %.160s",
			 base_name(file), line, what);
}

/* Short beside what there is to wait for, and long beside a look at it. */
void tap_pause(void)
{
	usleep(1000);
}

void tap_fail(const char *file, int line, const char *format, ...)
{
	char why[sizeof(report->why)];
	va_list args;
	int used;

	used = snprintf(why, sizeof(why), "%.200s:%d: ", base_name(file), line);
	va_start(args, format);
	used += vsnprintf(why + used, sizeof(why) - (size_t)used, format, args);
	va_end(args);
	if (context_words[0] && used < (int)sizeof(why))
		snprintf(why + used, sizeof(why) - (size_t)used, " (%s)", context_words);
	settle(TAP_FAILED, why);
	__builtin_unreachable();
}

void tap_skip(const char *format, ...)
{
	char why[sizeof(report->why)];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	settle(TAP_SKIPPED, why);
	__builtin_unreachable();
}

void tap_eq(const char *file, int line, const char *what, long long got, long long expected)
{
	if (got != expected)
		tap_fail(file, line, "%s: got %lld (%#llx), expected %lld (%#llx)", what, got,
			 (unsigned long long)got, expected, (unsigned long long)expected);
}

/* -2 as "-2 (No such file or directory)", and 3 as "3". No C library but a recent glibc
 * knows names as ENOENT.
 */
static const char *result_name(long result, char *buffer, size_t size)
{
	if (result < 0 && result > -4096)
		snprintf(buffer, size, "%ld (%s)", result, strerror((int)-result));
	else
		snprintf(buffer, size, "%ld", result);
	return buffer;
}

void tap_err(const char *file, int line, const char *what, long got, long expected)
{
	char a[100], b[100];

	if (got != expected)
		tap_fail(file, line, "%s: got %s, expected %s", what,
			 result_name(got, a, sizeof(a)), result_name(expected, b, sizeof(b)));
}

long tap_success(const char *file, int line, const char *what, long got)
{
	char name[100];

	if (got < 0)
		tap_fail(file, line, "%s: got %s, expected success", what,
			 result_name(got, name, sizeof(name)));
	return got;
}

void tap_str(const char *file, int line, const char *what, const char *got, const char *expected)
{
	if (!got || strcmp(got, expected) != 0)
		tap_fail(file, line, "%s: got \"%.300s\", expected \"%.300s\"", what,
			 got ? got : "(null)", expected);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (signal_armed) {
		signal_armed = 0;
		signal_number = number;
		signal_address = (uintptr_t)info->si_addr;
		siglongjmp(signal_jump, 1);
	}
	/* Not expected: die of it, once the instruction is run again. */
	report->crash_address = (uintptr_t)info->si_addr;
	memcpy(report->wait, context_words, sizeof(context_words));
	signal(number, SIG_DFL);
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_NODEFER };

	action.sa_sigaction = on_signal;
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

sigjmp_buf *tap_signal_arm(void)
{
	signal_armed = 1;
	return &signal_jump;
}

void tap_signal_disarm(void)
{
	signal_armed = 0;
}

void tap_signal_check(const char *file, int line, const char *what, int signal, uintptr_t address)
{
	if (signal_number != signal || signal_address != address)
		tap_fail(file, line, "%s: got signal %d at %#lx, expected %d (%s) at %#lx", what,
			 signal_number, (unsigned long)signal_address, signal, strsignal(signal),
			 (unsigned long)address);
}

/* ---- in the parent ------------------------------------------------------- */

/* What timeout(1) exits with. */
#define TIMED_OUT 124

static volatile pid_t running; /* 0: no test */
static void (*after_each)(void);

void tap_after_each(void (*function)(void))
{
	after_each = function;
}

/* What it calls may do so in a handler of a signal. */
static void end_test(void)
{
	if (after_each)
		after_each();
}

/*
 * The program's time is over. A signal to its own group does not reach that of the test, whose
 * processes would keep the output open.
 */
static void on_term(int number)
{
	(void)number;
	if (running > 0) {
		kill(running, SIGKILL);
		kill(-running, SIGKILL);
		end_test();
	}
	_exit(TIMED_OUT);
}

static void term_block(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(how, &set, NULL);
}

static pid_t start(const struct tap_test *test)
{
	memset(report, 0, sizeof(*report));
	fflush(NULL);
	term_block(SIG_BLOCK);
	running = fork();
	if (running != 0) {
		term_block(SIG_UNBLOCK);
		return running;
	}
	signal(SIGTERM, SIG_DFL);
	term_block(SIG_UNBLOCK);
	setpgid(0, 0);
	catch_signals();
	test_timeout(TEST_TIMEOUT);
	test->body();
	/* Not _exit(): a sanitizer looks for leaks at exit. */
	exit(0);
}

static void explain_death(int status)
{
	char *why = report->why;
	size_t size = sizeof(report->why);
	int number = WTERMSIG(status);

	if (!WIFSIGNALED(status))
		snprintf(why, size, "exited with %d", WEXITSTATUS(status));
	else if (number == SIGALRM)
		snprintf(why, size, "no end after %u s%s", report->timeout, report->wait);
	else if (report->crash_address)
		snprintf(why, size, "killed by signal %d (%s) at %#lx %s", number,
			 strsignal(number), (unsigned long)report->crash_address, report->wait);
	else
		snprintf(why, size, "killed by signal %d (%s)", number, strsignal(number));
}

static int run(const struct tap_test *test, unsigned int number)
{
	pid_t child = start(test);
	int status = 0, outcome;

	if (child < 0) {
		printf("not ok %u - %s # fork: %s\n", number, test->sentence, strerror(errno));
		return 0;
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	/* Whatever the test left running is gone before the next one starts. */
	kill(-child, SIGKILL);
	while (waitpid(-child, NULL, 0) > 0)
		;
	end_test();
	running = 0;

	outcome = report->outcome;
	if (outcome == TAP_RUNNING && status != 0) {
		explain_death(status);
		outcome = TAP_FAILED;
	}
	report->why[strcspn(report->why, "\n")] = '\0';
	if (outcome == TAP_FAILED)
		printf("not ok %u - %s # %s\n", number, test->sentence, report->why);
	else if (outcome == TAP_SKIPPED)
		printf("ok %u - %s # SKIP %s\n", number, test->sentence, report->why);
	else
		printf("ok %u - %s\n", number, test->sentence);
	fflush(stdout);
	return outcome != TAP_FAILED;
}

static int is_selected(const struct tap_test *test)
{
	const char *only = getenv("TAP_ONLY");

	return (!test->applies || test->applies()) && (!only || strstr(test->sentence, only));
}

/*
 * Whether nothing is listed because no test is for these arguments, or has these words:
 * TAP_ONLY reaches all programs, and who counts their tests sees whether one has them.
 */
static int is_for_others(void)
{
	const char *only = getenv("TAP_ONLY");

	if (only && *only)
		return 1;
	for (const struct tap_test *test = tests; test; test = test->next)
		if (!test->applies || test->applies())
			return 0;
	return tests != NULL;
}

int tap_main(int argc, char **argv)
{
	unsigned int count = 0, number = 0, good = 0;

	test_argc = argc;
	test_argv = argv;
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (report == MAP_FAILED) {
		printf("Bail out! no memory for the test report\n");
		return 1;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGTERM, on_term);
	for (const struct tap_test *test = tests; test; test = test->next)
		count += (unsigned int)is_selected(test);
	printf("TAP version 13\n1..%u\n", count);
	for (const struct tap_test *test = tests; test; test = test->next)
		if (is_selected(test))
			good += (unsigned int)run(test, ++number);
	/* No test at all is no success, unless the predicates say so. */
	return good == count && (count > 0 || is_for_others()) ? 0 : 1;
}
