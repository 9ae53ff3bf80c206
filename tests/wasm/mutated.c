// SPDX-License-Identifier: MIT
// A binary with any one byte changed is an error, or another module that is valid.
#include "module_test.h"

#include "module_walk.h"
#include "soak.h"
#include "random.h"

#define DRAWN 100
#define HEAD 4000 /* where every second one is drawn */

static uint64_t state;

static size_t draw(size_t below)
{
	return random_below(&state, below);
}

static void mutant_test(const char *path, const struct binary *binary, size_t at)
{
	struct shim_module *module = NULL;
	int error = shim_module_parse(binary->bytes, binary->length, &module);

	if (error &&
	    ((error != -EINVAL && error != -EOPNOTSUPP) || module || !strchr(shim_error(), ':')))
		test_fail("%s with 0x%02x at 0x%zx: %d, %s", path, binary->bytes[at], at, error,
			  shim_error());
	if (!error && module_problem(module))
		test_fail("%s with 0x%02x at 0x%zx: %s", path, binary->bytes[at], at,
			  module_problem(module));
	shim_module_destroy(module);
}

static void every_mutant(const char *path)
{
	struct binary binary = binary_load(path);

	test_timeout(60);
	for (size_t at = 0; at < binary.length; at++) {
		uint8_t right = binary.bytes[at];

		for (int change = 1; change < 256; change++) {
			binary.bytes[at] = (uint8_t)(right + change);
			mutant_test(path, &binary, at);
		}
		binary.bytes[at] = right;
	}
	binary_free(&binary);
}

static void some_mutants(const char *path)
{
	struct binary binary = binary_load(path);

	for (int i = 0; i < DRAWN; i++) {
		/* Every other one in the first 4 KiB, which is most often not code. */
		size_t at = draw(i % 2 && binary.length > HEAD ? HEAD : binary.length);
		uint8_t right = binary.bytes[at];

		binary.bytes[at] = (uint8_t)draw(256);
		mutant_test(path, &binary, at);
		binary.bytes[at] = right;
	}
	binary_free(&binary);
}

TEST("every byte of every fixture, to every value")
{
	test_ok(folder_each("wasm", every_mutant) >= 10);
}

TEST("modules in use elsewhere, at bytes drawn at random")
{
	long round;

	state = soak_start(10);
	for (round = 0; soak_goes_on(round); round++)
		test_ok(folder_each("real", some_mutants) >= 7);
	soak_end(round);
}

TEST_MAIN()
