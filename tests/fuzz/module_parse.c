// SPDX-License-Identifier: MIT
// Whatever the bytes, they are a module with nothing wrong in it, or an error with a message.
/*
 * The fuzzer of shim_module_parse(). A module's desc makes the same module again, and one that
 * borrows the bytes is the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libshim.h>

#include "module_same.h"
#include "module_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "%s (%s)\n", what ? what : "NULL", shim_error());
	abort();
}

static void recreate(const struct shim_module *module)
{
	const struct shim_module_desc *desc = shim_module_desc(module);
	struct shim_module *again = NULL;

	check(!shim_module_create(desc, &again), "create");
	check(desc_same(desc, shim_module_desc(again)), "not the same");
	check(!module_problem(again), module_problem(again));
	shim_module_destroy(again);
}

static void borrow(const uint8_t *bytes, size_t length, const struct shim_module *module)
{
	struct shim_module *borrowed = NULL;
	int error = shim_module_parse_borrowed(bytes, length, &borrowed);

	check(!error == !!module && !borrowed == !module, "borrowed, and not parsed, or reversed");
	if (!borrowed)
		return;
	check(desc_same(shim_module_desc(module), shim_module_desc(borrowed)), "borrowed");
	check(!module_problem(borrowed), module_problem(borrowed));
	recreate(borrowed);
	shim_module_destroy(borrowed);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct shim_module *module = NULL;
	int error = shim_module_parse(bytes, length, &module);

	if (error) {
		check(error == -EINVAL || error == -EOPNOTSUPP, "errno");
		check(!module && strstr(shim_error(), ", byte 0x"), "message");
		borrow(bytes, length, NULL);
		return 0;
	}
	check(!module_problem(module), module_problem(module));
	recreate(module);
	borrow(bytes, length, module);
	shim_module_destroy(module);
	return 0;
}
