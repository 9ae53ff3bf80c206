// SPDX-License-Identifier: MIT
/*
 * Limits of areas, as slots and images have them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fail.h"
#include "commands/limits.h"
#include "output/size.h"

void limits_add(struct table *table, const struct record *record)
{
	bool pretty = isatty(STDOUT_FILENO);
	char words[32], *text;
	size_t length;
	FILE *out = must(open_memstream(&text, &length));

	for (unsigned int i = 0; i < record->area_count; i++) {
		uint64_t limit = record->limits[i];

		fputs(i ? "," : "", out);
		if (pretty)
			fputs(size_text(limit, words, sizeof(words)), out);
		else
			fprintf(out, "%" PRIu64, limit);
	}
	fclose(out);
	table_text(table, text);
	free(text);
}
