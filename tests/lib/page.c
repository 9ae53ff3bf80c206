// SPDX-License-Identifier: MIT
/* Asks for the page size ahead of other constructors. */
#include "page.h"

#include <unistd.h>

static size_t asked;

/* Ahead of other constructors, which may ask. */
__attribute__((constructor(101))) static void page_ask(void)
{
	asked = (size_t)sysconf(_SC_PAGESIZE);
}

size_t page_size(void)
{
	return asked;
}
