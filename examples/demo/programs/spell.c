// SPDX-License-Identifier: MIT
/*
 * A spell checker: the program with large static data. The word list is
 * compiled in, start-up builds a hash index over it, and each run touches a
 * small, scattered part of both.
 *
 * The use counters stay in memory when run() returns; those of a former tenant
 * would change the "most used" line.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "wasm.h"

#define INDEX_SIZE (1u << 17)
#define WORD_MAX 31
#define SUGGESTIONS_MAX 4

/* All words, each ended by a NUL byte; offset 0 holds no word. */
static const char words[] =
#include "dictionary.inc"
	;

static uint32_t word_at[INDEX_SIZE]; /* offset in words, or 0 */
static uint16_t uses[INDEX_SIZE];
static char text[16384];

static uint32_t hash(const char *word)
{
	uint32_t h = 2166136261u;

	while (*word)
		h = (h ^ (unsigned char)*word++) * 16777619u;
	return h ^ h >> 15;
}

/* The index entry of a word, or the free one at which it would be added. */
static uint32_t find(const char *word)
{
	uint32_t i = hash(word) % INDEX_SIZE;

	while (word_at[i] && strcmp(words + word_at[i], word) != 0)
		i = (i + 1) % INDEX_SIZE;
	return i;
}

static bool known(const char *word)
{
	return word_at[find(word)] != 0;
}

/* Prints the candidate if it is a word. Returns true when more can be printed. */
static bool suggest(const char *candidate, unsigned int *count)
{
	if (known(candidate)) {
		printf("%s%s", *count ? ", " : " ", candidate);
		++*count;
	}
	return *count < SUGGESTIONS_MAX;
}

static bool suggest_swaps(const char *word, size_t length, unsigned int *count)
{
	char candidate[WORD_MAX + 2];

	for (size_t i = 0; i + 1 < length; i++) {
		memcpy(candidate, word, length + 1);
		candidate[i] = word[i + 1];
		candidate[i + 1] = word[i];
		if (!suggest(candidate, count))
			return false;
	}
	return true;
}

static bool suggest_deletions(const char *word, size_t length, unsigned int *count)
{
	char candidate[WORD_MAX + 2];

	for (size_t i = 0; i < length && length > 1; i++) {
		memcpy(candidate, word, i);
		memcpy(candidate + i, word + i + 1, length - i);
		if (!suggest(candidate, count))
			return false;
	}
	return true;
}

static bool suggest_replacements(const char *word, size_t length, unsigned int *count)
{
	char candidate[WORD_MAX + 2];

	for (size_t i = 0; i < length; i++) {
		memcpy(candidate, word, length + 1);
		for (char c = 'a'; c <= 'z'; c++) {
			candidate[i] = c;
			if (c != word[i] && !suggest(candidate, count))
				return false;
		}
	}
	return true;
}

static void check(const char *word, size_t length)
{
	unsigned int count = 0;
	uint32_t i = find(word);

	if (word_at[i]) {
		uses[i]++;
		return;
	}
	printf("%s:", word);
	if (suggest_swaps(word, length, &count) && suggest_deletions(word, length, &count))
		suggest_replacements(word, length, &count);
	puts(count ? "" : " ?");
}

/* Cuts the next word out of the text and makes it lower case; NULL at its end. */
static char *next_word(char **cursor, size_t *length)
{
	char *p = *cursor, *word;

	while (*p && !((*p | 32) >= 'a' && (*p | 32) <= 'z'))
		p++;
	word = p;
	for (; (*p | 32) >= 'a' && (*p | 32) <= 'z'; p++)
		*p |= 32;
	*length = (size_t)(p - word);
	if (*length == 0)
		return NULL;
	if (*p)
		*p++ = '\0';
	*cursor = p;
	return word;
}

EXPORT("setup") void setup(void)
{
	for (const char *word = words + 1; *word; word += strlen(word) + 1)
		word_at[find(word)] = (uint32_t)(word - words);
}

EXPORT("run") uint32_t run(void)
{
	size_t length, size = input_read(text, sizeof(text) - 1);
	uint32_t total = 0, most = 0;
	char *cursor = text, *word;

	text[size] = '\0';
	while ((word = next_word(&cursor, &length))) {
		total++;
		if (length > 2 && length <= WORD_MAX) {
			check(word, length);
			if (uses[find(word)] > uses[most])
				most = find(word);
		}
	}
	printf("%u words, most used: %s (%u)\n", (unsigned int)total, words + word_at[most],
	       uses[most]);
	fflush(stdout);
	return total;
}
