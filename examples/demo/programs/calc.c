// SPDX-License-Identifier: MIT
/*
 * A line calculator: the tiny program. It allocates nothing; one WebAssembly page
 * holds its stack, its variables and its text buffers.
 *
 *   line = [name "="] sum      sum     = product {("+" | "-") product}
 *                              product = power {("*" | "/" | "%") power}
 *                              power   = ["-"] atom ["^" power]
 *                              atom    = number | name | "(" sum ")"
 *
 * The variables stay in memory when run() returns. An instance that saw those of
 * another would print a number instead of "undefined".
 */
#include <stdbool.h>
#include <string.h>

#include "wasm.h"

#define NAME_MAX_LENGTH 15
#define VARIABLES_MAX 64

struct variable {
	char name[NAME_MAX_LENGTH + 1];
	int64_t value;
};

static struct variable variables[VARIABLES_MAX];
static unsigned int variable_count;

static char input[8192];
static const char *cursor;
static const char *error;
static char error_name[NAME_MAX_LENGTH + 1];

static int64_t parse_sum(void);

static void skip_blanks(void)
{
	while (*cursor == ' ')
		cursor++;
}

static bool accept(char c)
{
	skip_blanks();
	if (*cursor != c)
		return false;
	cursor++;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void fail(const char *message)
{
	if (!error)
		error = message;
}

static struct variable *variable_find(const char *name)
{
	for (unsigned int i = 0; i < variable_count; i++)
		if (strcmp(variables[i].name, name) == 0)
			return &variables[i];
	return NULL;
}

static void variable_set(const char *name, int64_t value)
{
	struct variable *variable = variable_find(name);

	if (!variable) {
		if (variable_count == VARIABLES_MAX) {
			fail("too many variables");
			return;
		}
		variable = &variables[variable_count++];
		strcpy(variable->name, name);
	}
	variable->value = value;
}

static void parse_name(char name[NAME_MAX_LENGTH + 1])
{
	size_t length = 0;

	while (is_letter(*cursor) || is_digit(*cursor)) {
		if (length < NAME_MAX_LENGTH)
			name[length++] = *cursor;
		cursor++;
	}
	name[length] = '\0';
}

static int64_t parse_atom(void)
{
	char name[NAME_MAX_LENGTH + 1];
	struct variable *variable;
	uint64_t value = 0;

	if (accept('(')) {
		int64_t inner = parse_sum();

		if (!accept(')'))
			fail("missing )");
		return inner;
	}
	if (is_letter(*cursor)) {
		parse_name(name);
		variable = variable_find(name);
		if (variable)
			return variable->value;
		if (!error)
			strcpy(error_name, name);
		fail("undefined");
		return 0;
	}
	if (!is_digit(*cursor))
		fail("number expected");
	while (is_digit(*cursor))
		value = value * 10 + (uint64_t)(*cursor++ - '0');
	return (int64_t)value;
}

/* Arithmetic wraps, as unsigned numbers do; only a division can fail. */
static int64_t parse_power(void)
{
	uint64_t base, result = 1;
	int64_t exponent;

	if (accept('-'))
		return (int64_t)(0 - (uint64_t)parse_power());
	base = (uint64_t)parse_atom();
	if (!accept('^'))
		return (int64_t)base;
	for (exponent = parse_power() & 63; exponent > 0; exponent--)
		result *= base;
	return (int64_t)result;
}

static int64_t divide(int64_t a, int64_t b, char op)
{
	if (b == 0) {
		fail("division by zero");
		return 0;
	}
	if (b == -1)
		return op == '/' ? (int64_t)(0 - (uint64_t)a) : 0;
	return op == '/' ? a / b : a % b;
}

static int64_t parse_product(void)
{
	int64_t value = parse_power();

	for (;;) {
		if (accept('*'))
			value = (int64_t)((uint64_t)value * (uint64_t)parse_power());
		else if (accept('/'))
			value = divide(value, parse_power(), '/');
		else if (accept('%'))
			value = divide(value, parse_power(), '%');
		else
			return value;
	}
}

static int64_t parse_sum(void)
{
	int64_t value = parse_product();

	for (;;) {
		if (accept('+'))
			value = (int64_t)((uint64_t)value + (uint64_t)parse_product());
		else if (accept('-'))
			value = (int64_t)((uint64_t)value - (uint64_t)parse_product());
		else
			return value;
	}
}

static void print_text(const char *text)
{
	output_write(text, strlen(text));
}

static void print_number(int64_t value)
{
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char digits[24];
	char *p = digits + sizeof(digits);

	*--p = '\0';
	do {
		*--p = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		*--p = '-';
	print_text(p);
}

static void evaluate(const char *line)
{
	char name[NAME_MAX_LENGTH + 1] = "";
	int64_t value;

	cursor = line;
	error = NULL;
	error_name[0] = '\0';
	if (is_letter(*cursor)) {
		parse_name(name);
		if (!accept('=')) {
			name[0] = '\0';
			cursor = line;
		}
	}
	value = parse_sum();
	skip_blanks();
	if (*cursor)
		fail("operator expected");
	if (!error && name[0])
		variable_set(name, value);
	if (error) {
		print_text("error: ");
		print_text(error);
		print_text(" ");
		print_text(error_name);
	} else {
		print_number(value);
	}
	print_text("\n");
}

EXPORT("setup") void setup(void)
{
	variable_set("kib", 1024);
	variable_set("mib", 1024 * 1024);
	variable_set("dozen", 12);
}

EXPORT("run") uint32_t run(void)
{
	char *line = input;

	input[input_read(input, sizeof(input) - 1)] = '\0';
	while (*line) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		evaluate(line);
		line = end ? end + 1 : line + strlen(line);
	}
	return variable_count;
}
