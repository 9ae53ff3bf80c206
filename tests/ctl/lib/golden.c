// SPDX-License-Identifier: MIT
/* Golden files, and the words in them. */
#include "golden.h"

#include <guardslot.h>

#include "text.h"

void golden_fill(char *text, size_t size, const char *word, unsigned long number)
{
	char digits[24], *at;

	snprintf(digits, sizeof(digits), "%lu", number);
	while ((at = strstr(text, word)) != NULL) {
		test_ok(strlen(text) + strlen(digits) < size);
		memmove(at + strlen(digits), at + strlen(word), strlen(at + strlen(word)) + 1);
		memcpy(at, digits, strlen(digits));
	}
}

/* The same for each number of pages. */
static void fill_pages(char *text, size_t size)
{
	unsigned long pages;
	char word[32], *at;

	while ((at = strstr(text, "@PAGES ")) != NULL) {
		test_eq(sscanf(at, "@PAGES %lu@", &pages), 1);
		snprintf(word, sizeof(word), "@PAGES %lu@", pages);
		golden_fill(text, size, word, pages * PAGE);
	}
}

void golden_read(char *text, size_t size, const char *file, unsigned int pool)
{
	char path[128];

	snprintf(path, sizeof(path), "/tests/ctl/golden/%s", file);
	read_text(path, text, size);
	golden_fill(text, size, "@POOL@", pool);
	golden_fill(text, size, "@PID@", (unsigned int)getpid());
	golden_fill(text, size, "@ABI@", GUARDSLOT_ABI_VERSION);
	fill_pages(text, size);
}
