/* SPDX-License-Identifier: MIT */
/*
 * What describe.py makes of guardslot.txt: the calls, and how their arguments are made.
 */
#ifndef FUZZ_DESCRIPTION_H
#define FUZZ_DESCRIPTION_H

#include <stdint.h>

enum kind {
	KIND_CONST,
	KIND_VALUES,
	KIND_RANGE,
	KIND_LENGTH,
	KIND_RESOURCE,
	KIND_POINTER,
	KIND_ARRAY,
	KIND_STRUCT,
	KIND_UNION,
};

/* A member of a struct or a union, or an argument of a call. */
struct field {
	const struct type *type;
	/* The kernel writes it, and it is a resource from then on. */
	int out;
};

/*
 * @size: bytes, of a number
 * @low, @high, @step: RANGE; CONST: @low; ARRAY: of the count
 * @values, @count: of VALUES, and what a RESOURCE may be before any call has made one
 * @fields, @count: of STRUCT and UNION; POINTER, ARRAY: what it is to, or of
 * @resource: its number; LENGTH: the argument of which it is the size, or -1 for the struct
 */
struct type {
	enum kind kind;
	unsigned int size;
	int64_t low, high, step;
	const int64_t *values;
	const struct field *fields;
	unsigned int count;
	int resource;
};

#define MAX_ARGUMENTS 6

/*
 * @number: of the system call; @run: the function instead of it, or NULL
 * @makes: the resource that it returns, or -1
 */
struct call {
	const char *name;
	long number;
	long (*run)(const uint64_t *arguments);
	struct field arguments[MAX_ARGUMENTS];
	unsigned int count;
	int makes;
};

extern const struct call calls[];
extern const unsigned int call_count;
extern const char *const resource_names[];
extern const unsigned int resource_count;

#endif /* FUZZ_DESCRIPTION_H */
