// SPDX-License-Identifier: MIT
/* Finds out the backend from the test's argument. */
#include "backend.h"

#include "mmap/pagemap.h"
#include "test.h"

bool backend_is(const char *name)
{
	return test_argc > 1 && strcmp(test_argv[1], name) == 0;
}

enum shim_backend backend_get(void)
{
	if (backend_is("device"))
		return SHIM_BACKEND_DEVICE;
	if (backend_is("mmap-noscan"))
		shim_pagemap_best = SHIM_PAGEMAP_READ;
	else if (backend_is("mmap-noproc"))
		shim_pagemap_best = SHIM_PAGEMAP_NONE;
	else if (!backend_is("mmap"))
		test_fail("usage: %s device|mmap|mmap-noscan|mmap-noproc", test_argv[0]);
	return SHIM_BACKEND_MMAP;
}

bool backend_keeps_pages(void)
{
	struct shim_pagemap pagemap;

	if (backend_get() == SHIM_BACKEND_DEVICE)
		return true;
	shim_pagemap_open(&pagemap, PAGE);
	shim_pagemap_close(&pagemap);
	return pagemap.kind == SHIM_PAGEMAP_SCAN;
}
