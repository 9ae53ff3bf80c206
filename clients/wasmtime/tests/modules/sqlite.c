// SPDX-License-Identifier: MIT
/*
 * SQLite as a program of the host: start-up makes a database in memory and fills it, an
 * instance then executes the statements of its input, and writes the rows that they give.
 */
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "wasm.h"

#define INPUT_SIZE 16384

static sqlite3 *database;

static const char fill[] =
	"CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT NOT NULL, length INTEGER);"
	"CREATE INDEX by_text ON word(text);"
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150)"
	" INSERT INTO word SELECT i, printf('%08x', i * 2654435761 & 0xffffffff), i % 17 FROM n;";

static int row_write(void *unused, int columns, char **values, char **names)
{
	(void)unused;
	(void)names;
	for (int i = 0; i < columns; i++) {
		fputs(values[i] ? values[i] : "NULL", stdout);
		putchar(i + 1 < columns ? '\t' : '\n');
	}
	return 0;
}

static uint32_t execute(const char *statements)
{
	char *message = NULL;
	int error = sqlite3_exec(database, statements, row_write, NULL, &message);

	if (message)
		puts(message);
	sqlite3_free(message);
	return (uint32_t)error;
}

EXPORT("setup") void setup(void)
{
	if (sqlite3_initialize() || sqlite3_open(":memory:", &database) || execute(fill))
		__builtin_trap();
}

/* The result of the first statement that fails, or 0. */
EXPORT("run") uint32_t run(void)
{
	static char statements[INPUT_SIZE];
	uint32_t result;

	statements[input_read(statements, sizeof(statements) - 1)] = '\0';
	result = execute(statements);
	fflush(stdout);
	return result;
}
