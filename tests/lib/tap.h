/* SPDX-License-Identifier: MIT */
/*
 * The test helper of all C test programs: registered tests, TAP 13 out.
 *
 *	TEST("a slot that was reset reads as zero")
 *	{
 *		test_eq(slot_read(), 0);
 *	}
 *	TEST_MAIN()
 *
 * Each TEST runs in a child process of its own, in the order of the file, with
 * a time limit. The first failed check ends the test. A crash, a time-out and a
 * child of the test that failed a check fail it too. The program exits 0 if and
 * only if every test passed; a skipped test is `ok N - ... # SKIP why`.
 *
 * A test that is not for all arguments of the program, or not for all kernels, is
 * TEST_WHEN: it is not listed, and is no skipped test, where its predicate says no.
 *
 * TAP_ONLY=TEXT in the environment runs the tests whose sentence has TEXT in
 * it; TAP_SLOW=N makes all time limits N times longer.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The program's own arguments, such as the backend to test. */
extern int test_argc;
extern char **test_argv;

/* Time limit of a test, in seconds. */
#define TEST_TIMEOUT 30

#define TEST(sentence) TAP_TEST(NULL, sentence, __LINE__)
/* With bool applies(void), which is asked more than once and changes nothing. */
#define TEST_WHEN(applies, sentence) TAP_TEST(applies, sentence, __LINE__)
#define TEST_MAIN()                          \
	int main(int argc, char **argv)      \
	{                                    \
		return tap_main(argc, argv); \
	}

/* Restarts the running test's time limit with another length. */
void test_timeout(unsigned int seconds);

/*
 * Waits until the condition is true. The test's time limit is the only end: how long
 * something takes depends on the machine and on what else it does.
 */
#define test_until(condition)                             \
	do {                                              \
		tap_wait(__FILE__, __LINE__, #condition); \
		while (!(condition))                      \
			tap_pause();                      \
		tap_wait(NULL, 0, NULL);                  \
	} while (0)

/* What the failure of a check of this thread is said to be in, such as a round. NULL: in nothing. */
void test_context(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A diagnostic line: `# text`. */
void test_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* End the test: as failed, as skipped. */
#define test_fail(...) tap_fail(__FILE__, __LINE__, __VA_ARGS__)
#define test_skip(...) tap_skip(__VA_ARGS__)

#define test_ok(condition)                                     \
	do {                                                   \
		if (!(condition))                              \
			test_fail("not true: %s", #condition); \
	} while (0)

/* Integers, or pointers; both sides are taken as 64 bits, signed. */
#define test_eq(got, expected) \
	tap_eq(__FILE__, __LINE__, #got, (long long)(got), (long long)(expected))

/* A call that returns 0 or more, or -errno: it must fail with -ENOENT, ... */
#define test_err(expected, call) tap_err(__FILE__, __LINE__, #call, (long)(call), expected)
/* ... or must not fail. */
#define test_success(call) tap_success(__FILE__, __LINE__, #call, (long)(call))

/* The same for a call that returns -1 and sets errno (the value is -ENOENT). */
#define test_sys_err(expected, call) \
	tap_err(__FILE__, __LINE__, #call, tap_sys((long)(call)), expected)
#define test_sys(call) tap_success(__FILE__, __LINE__, #call, tap_sys((long)(call)))

#define test_str(got, expected) tap_str(__FILE__, __LINE__, #got, got, expected)
#define test_mem(got, expected, length) tap_mem(__FILE__, __LINE__, #got, got, expected, length)
/* All length bytes at got are value. */
#define test_bytes(got, value, length) tap_bytes(__FILE__, __LINE__, #got, got, value, length)

/*
 * The expression must raise the signal (SIGSEGV or SIGBUS) at the address. It
 * is left by a long jump: make a local variable that it changes volatile.
 */
#define test_signal(signal, address, expression)                                                 \
	do {                                                                                     \
		if (sigsetjmp(*tap_signal_arm(), 1) == 0) {                                      \
			(void)(expression);                                                      \
			tap_signal_disarm();                                                     \
			test_fail("%s: no signal, expected %s", #expression, #signal);           \
		}                                                                                \
		tap_signal_check(__FILE__, __LINE__, #expression, signal, (uintptr_t)(address)); \
	} while (0)

/* ---- what the macros are made of ----------------------------------------- */

#if defined(__GNUC__) && !defined(__clang__)
/* test_signal() would set it off for variables that do not change. */
#pragma GCC diagnostic ignored "-Wclobbered"
#endif

struct tap_test {
	const char *sentence;
	const char *file;
	int line;
	bool (*applies)(void); /* NULL: always */
	void (*body)(void);
	struct tap_test *next;
};

#define TAP_JOIN(a, b) TAP_JOIN2(a, b)
#define TAP_JOIN2(a, b) a##b
#define TAP_TEST(when, text, at)                                              \
	static void TAP_JOIN(tap_body_, at)(void);                            \
	__attribute__((constructor)) static void TAP_JOIN(tap_add_, at)(void) \
	{                                                                     \
		static struct tap_test test = {                               \
			.sentence = text,                                     \
			.file = __FILE__,                                     \
			.line = at,                                           \
			.applies = when,                                      \
			.body = TAP_JOIN(tap_body_, at),                      \
		};                                                            \
		tap_register(&test);                                          \
	}                                                                     \
	static void TAP_JOIN(tap_body_, at)(void)

int tap_main(int argc, char **argv);
void tap_register(struct tap_test *test);
/* To be called by the program when a test has ended, however it did; at most one. */
void tap_after_each(void (*function)(void));

/* What a test that runs out of time was waiting for. */
void tap_wait(const char *file, int line, const char *what);
void tap_pause(void);

void tap_fail(const char *file, int line, const char *format, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
void tap_skip(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

void tap_eq(const char *file, int line, const char *what, long long got, long long expected);
void tap_err(const char *file, int line, const char *what, long got, long expected);
/* Gives back what the call returned. */
long tap_success(const char *file, int line, const char *what, long got);
void tap_str(const char *file, int line, const char *what, const char *got, const char *expected);
void tap_mem(const char *file, int line, const char *what, const void *got, const void *expected,
	     size_t length);
void tap_bytes(const char *file, int line, const char *what, const void *got, int value,
	       size_t length);

static inline long tap_sys(long result)
{
	return result == -1 ? -(long)errno : result;
}

/* The jump buffer and what the signal said are the calling thread's own. */
sigjmp_buf *tap_signal_arm(void);
void tap_signal_disarm(void);
void tap_signal_check(const char *file, int line, const char *what, int signal, uintptr_t address);

#endif /* TESTS_TAP_H */
