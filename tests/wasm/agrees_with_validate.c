// SPDX-License-Identifier: MIT
// wabt's wasm-validate accepts and refuses the same binaries, valid and damaged.
#include "module_test.h"
#include "random.h"

#include <sys/wait.h>

#define MUTANTS 40 /* of each fixture */
#define MESSAGE_MAX 4000

static uint64_t state = 7;
static char work[] = "/tmp/module-test-XXXXXX";

static size_t draw(size_t below)
{
	return random_below(&state, below);
}

/* Writes the message of wasm-validate, if it has one; whether it accepts the binary. */
static bool validate(const struct binary *binary, char message[static MESSAGE_MAX])
{
	int fds[2], file = open(work, O_WRONLY | O_TRUNC | O_CLOEXEC), status;
	size_t length = 0;
	ssize_t got;
	pid_t child;

	test_eq(write(file, binary->bytes, binary->length), (ssize_t)binary->length);
	close(file);
	test_sys(pipe2(fds, O_CLOEXEC));
	child = fork();
	if (child == 0) {
		dup2(fds[1], 2);
		execlp("wasm-validate", "wasm-validate", "--enable-threads",
		       "--enable-multi-memory", "--enable-memory64", "--enable-extended-const",
		       "--ignore-custom-section-errors", work, NULL);
		_exit(127);
	}
	test_ok(child > 0);
	close(fds[1]);
	while ((got = read(fds[0], message + length, MESSAGE_MAX - 1 - length)) > 0)
		length += (size_t)got;
	message[length] = '\0';
	close(fds[0]);
	test_eq(waitpid(child, &status, 0), child);
	test_ok(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 0;
}

/*
 * Where the two may differ: wasm-validate reads function bodies and a proposal that
 * libshim does not read, and does not know all of WebAssembly 3.0; it accepts data kinds of 4 and up, and a data count without
 * data; and it is run to ignore errors in custom sections, of which libshim checks the
 * names.
 */
static bool may_differ(int error, const char *ours, const char *theirs)
{
	if (!error)
		return (strstr(theirs, "type mismatch") && !strstr(theirs, "initializer")) ||
		       strstr(theirs, "tables may not be 64-bit") ||
		       strstr(theirs, "table elem type must be a reference type") ||
		       (strstr(theirs, "expected valid ") && strstr(theirs, " type (got"));
	return error == -EOPNOTSUPP || strstr(ours, "is not one of 0..2") ||
	       strstr(ours, "no data section") || !strncmp(ours, "custom section", 14);
}

static void compared(const char *path, const struct binary *binary)
{
	struct shim_module *module = NULL;
	int error = shim_module_parse(binary->bytes, binary->length, &module);
	char theirs[MESSAGE_MAX];
	bool taken = validate(binary, theirs);

	shim_module_destroy(module);
	if (taken == !error || may_differ(error, shim_error(), theirs))
		return;
	test_fail("%s: ours %d, %s; wasm-validate %d, %s", path, error, error ? shim_error() : "",
		  taken, theirs);
}

/* The content of the code section; an empty range if there is none. */
static void code_find(const struct binary *binary, size_t *start, size_t *end)
{
	size_t at = 8;

	*start = *end = 0;
	while (at < binary->length && !*end) {
		uint8_t id = binary->bytes[at++];
		size_t length = 0;
		int shift = 0;

		do
			length |= (size_t)(binary->bytes[at] & 0x7f) << shift;
		while (shift += 7, binary->bytes[at++] & 0x80);
		if (id == 10) {
			*start = at;
			*end = at + length;
		}
		at += length;
	}
}

static void mutants(const char *path)
{
	struct binary binary = binary_load(path);
	size_t code, code_end;

	compared(path, &binary);
	code_find(&binary, &code, &code_end);
	for (int i = 0; i < MUTANTS; i++) {
		size_t at = draw(binary.length);
		uint8_t right = binary.bytes[at];

		if (at >= code && at < code_end)
			continue;
		binary.bytes[at] ^= (uint8_t)(draw(2) ? 1u << draw(8) : draw(256));
		compared(path, &binary);
		binary.bytes[at] = right;
	}
	binary_free(&binary);
}

static void unchanged(const char *path)
{
	struct binary binary = binary_load(path);

	compared(path, &binary);
	binary_free(&binary);
}

static void work_begin(void)
{
	int file = mkstemp(work);

	test_sys(file);
	close(file);
	test_timeout(120);
}

TEST("every fixture, and 40 of its mutants")
{
	work_begin();
	test_ok(folder_each("wasm", mutants) >= 10);
	unlink(work);
}

TEST("modules in use elsewhere")
{
	work_begin();
	test_ok(folder_each("real", unchanged) >= 7);
	unlink(work);
}

TEST_MAIN()
