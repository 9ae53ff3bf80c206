// SPDX-License-Identifier: MIT
// A binary cut off at any byte is an error, or ends with a section; it is never read past its end.
#include "module_test.h"

#include "module_walk.h"
#include "random.h"

#define ALL_BYTES 4000
#define DRAWN 1000

static uint64_t state = 1;

static size_t draw(size_t below)
{
	return random_below(&state, below);
}

/* Whether a section ends at this byte. */
static bool is_section_end(const struct binary *binary, size_t cut)
{
	size_t at = 8;

	while (at < cut) {
		uint32_t length = 0, shift = 0;

		at++;
		do
			length |= (uint32_t)(binary->bytes[at] & 0x7f) << shift;
		while (shift += 7, binary->bytes[at++] & 0x80);
		at += length;
	}
	return at == cut;
}

static void cut_test(const char *path, const struct binary *binary, size_t cut)
{
	/* The part ends at the page without access. */
	struct binary part = binary_copy(binary->bytes, cut);
	struct shim_module *module = NULL;
	int error = shim_module_parse(part.bytes, part.length, &module);

	if (error && (error != -EINVAL || module || !strchr(shim_error(), ':')))
		test_fail("%s cut at %zu: %d, %s", path, cut, error, shim_error());
	if (!error && !is_section_end(binary, cut))
		test_fail("%s cut at %zu is taken", path, cut);
	if (!error && module_problem(module))
		test_fail("%s cut at %zu: %s", path, cut, module_problem(module));
	shim_module_destroy(module);
	binary_free(&part);
}

static void every_cut(const char *path)
{
	struct binary binary = binary_load(path);

	test_timeout(60);
	if (binary.length <= ALL_BYTES) {
		for (size_t cut = 0; cut < binary.length; cut++)
			cut_test(path, &binary, cut);
	} else {
		for (int i = 0; i < DRAWN; i++)
			cut_test(path, &binary, draw(binary.length));
	}
	binary_free(&binary);
}

TEST("every fixture, at every byte")
{
	test_ok(folder_each("wasm", every_cut) >= 10);
}

TEST("modules in use elsewhere, at bytes drawn at random")
{
	test_ok(folder_each("real", every_cut) >= 7);
}

TEST_MAIN()
