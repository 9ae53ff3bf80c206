// SPDX-License-Identifier: MIT
/* Words that follow from keys, in pages. */
#include "content.h"

uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

uint64_t random_next(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15ull;
	return mix(*state);
}

uint64_t page_word(uint64_t key, size_t index)
{
	return mix(key * (PAGE / sizeof(uint64_t)) + index + 1);
}

void fill_page(void *at, uint64_t key)
{
	volatile uint64_t *word = at;
	const size_t words = PAGE / sizeof(*word);

	for (size_t i = 0; i < words; i++)
		word[i] = page_word(key, i);
}

bool page_holds(const void *at, uint64_t key)
{
	const volatile uint64_t *word = at;
	const size_t words = PAGE / sizeof(*word);

	for (size_t i = 0; i < words; i++)
		if (word[i] != page_word(key, i))
			return false;
	return true;
}

bool page_is_zero(const void *at)
{
	const volatile uint64_t *word = at;
	const size_t words = PAGE / sizeof(*word);

	for (size_t i = 0; i < words; i++)
		if (word[i])
			return false;
	return true;
}
