// SPDX-License-Identifier: MIT
/*
 * A parser with a bug in it. An input is "GS" and then commands, each a pair
 * of bytes and its operands:
 *
 *	st HIGH LOW VALUE	sets cell HIGH * 256 + LOW
 *	lg BYTE			appends to the log
 *	sm			adds up the cells
 *	wd			turns on wide mode for the commands that follow
 *
 * In wide mode "st" does not check that the cell exists.
 */
#include <string.h>

#include "target.h"

enum token { TOKEN_SET, TOKEN_LOG, TOKEN_SUM, TOKEN_WIDE, TOKEN_NONE };

static const char *const words[TOKEN_NONE] = { "st", "lg", "sm", "wd" };

static enum token token_find(unsigned int pair)
{
	for (enum token token = 0; token < TOKEN_NONE; token++)
		if ((unsigned char)words[token][0] * 256u + (unsigned char)words[token][1] == pair)
			return token;
	return TOKEN_NONE;
}

/* A real program would read its configuration here, and load and link its code. */
void target_start(struct target *target)
{
	for (unsigned int pair = 0; pair < sizeof(target->tokens); pair++)
		target->tokens[pair] = (uint8_t)token_find(pair);
	memset(target->cells, 1, sizeof(target->cells));
}

static void set_cell(struct target *target, const uint8_t *operands)
{
	unsigned int cell = operands[0] * 256u + operands[1];

	/* The bug. What lies past the cells lies past the area's limit. */
	if (cell >= TARGET_CELLS && !target->is_wide)
		return;
	target->cells[cell] = operands[2];
}

static void append(struct target *target, uint8_t byte)
{
	/* Entries are far apart, so that inputs differ in how many pages they write. */
	target->log[target->log_used] = byte;
	target->log_used = (target->log_used + TARGET_LOG / 6) % TARGET_LOG;
}

/* Returns the length of the command that was run, 0 when there is none. */
static size_t run_command(struct target *target, const uint8_t *at, size_t length, uint8_t *reached)
{
	if (length < 2)
		return 0;
	switch (target->tokens[at[0] * 256u + at[1]]) {
	case TOKEN_SET:
		if (length < 5)
			return 0;
		reached[target->is_wide ? 1 : 2] = 1;
		set_cell(target, at + 2);
		return 5;
	case TOKEN_LOG:
		if (length < 3)
			return 0;
		reached[3] = 1;
		append(target, at[2]);
		return 3;
	case TOKEN_SUM:
		reached[4] = 1;
		for (unsigned int i = 0; i < TARGET_CELLS; i++)
			target->sum += target->cells[i];
		return 2;
	case TOKEN_WIDE:
		reached[5] = 1;
		target->is_wide = 1;
		return 2;
	default:
		return 0;
	}
}

void target_run(struct target *target, const uint8_t *input, size_t length,
		uint8_t reached[TARGET_PLACES])
{
	size_t at = 2, taken;

	if (length < 2 || memcmp(input, "GS", 2) != 0)
		return;
	reached[0] = 1;
	do {
		taken = run_command(target, input + at, length - at, reached);
		at += taken;
	} while (taken);
}
