// SPDX-License-Identifier: MIT
/*
 * A JSON formatter: the allocation-heavy program. Every value, member name and
 * string is its own malloc(); the tree is sorted by name, printed, and freed
 * again member by member.
 *
 * Names are interned in a hash table that start-up fills with common ones. It
 * lives as long as the instance, and its counters would show a former tenant.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasm.h"

#define BUCKETS 128
#define DEPTH_MAX 64

enum kind { ATOM, STRING, ARRAY, OBJECT };

struct name {
	struct name *next;
	unsigned int uses;
	char text[];
};

struct value {
	enum kind kind;
	struct name *name; /* of this member, in an object */
	char *text;	   /* ATOM, STRING: as in the input */
	struct value **items;
	size_t count, room;
};

struct buffer {
	char *data;
	size_t length, room;
};

static struct name *names[BUCKETS];
static const char *cursor, *end;
static bool broken;

static struct value *parse_value(unsigned int depth);

static void *allocate(void *old, size_t size)
{
	void *block = realloc(old, size);

	if (!block)
		abort();
	return block;
}

static struct name *name_intern(const char *text, size_t length)
{
	struct name *name;
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * 16777619u;
	for (name = names[hash % BUCKETS]; name; name = name->next)
		if (strncmp(name->text, text, length) == 0 && !name->text[length])
			goto found;
	name = allocate(NULL, sizeof(*name) + length + 1);
	memcpy(name->text, text, length);
	name->text[length] = '\0';
	name->uses = 0;
	name->next = names[hash % BUCKETS];
	names[hash % BUCKETS] = name;
found:
	name->uses++;
	return name;
}

static void skip_blanks(void)
{
	while (cursor < end && strchr(" \t\r\n", *cursor))
		cursor++;
}

static bool accept(char c)
{
	skip_blanks();
	if (cursor == end || *cursor != c)
		return false;
	cursor++;
	return true;
}

/* The quoted string at the cursor, quotes left out; NULL when there is none. */
static const char *parse_quoted(size_t *length)
{
	const char *start;

	if (!accept('"'))
		return NULL;
	for (start = cursor; cursor < end && *cursor != '"'; cursor++)
		if (*cursor == '\\' && cursor + 1 < end)
			cursor++;
	if (cursor == end)
		return NULL;
	*length = (size_t)(cursor++ - start);
	return start;
}

static struct value *value_new(enum kind kind, const char *text, size_t length)
{
	struct value *value = allocate(NULL, sizeof(*value));

	*value = (struct value){ .kind = kind };
	if (text) {
		value->text = allocate(NULL, length + 1);
		memcpy(value->text, text, length);
		value->text[length] = '\0';
	}
	return value;
}

static void value_append(struct value *parent, struct value *item)
{
	if (parent->count == parent->room) {
		parent->room = parent->room ? parent->room * 2 : 4;
		parent->items = allocate(parent->items, parent->room * sizeof(parent->items[0]));
	}
	parent->items[parent->count++] = item;
}

static void value_free(struct value *value)
{
	for (size_t i = 0; i < value->count; i++)
		value_free(value->items[i]);
	free(value->items);
	free(value->text);
	free(value);
}

static void parse_items(struct value *parent, char close, unsigned int depth)
{
	if (accept(close))
		return;
	do {
		struct name *name = NULL;
		struct value *item;

		if (parent->kind == OBJECT) {
			size_t length = 0;
			const char *text = parse_quoted(&length);

			if (!text || !accept(':'))
				break;
			name = name_intern(text, length);
		}
		item = parse_value(depth + 1);
		item->name = name;
		value_append(parent, item);
	} while (!broken && accept(','));
	if (!accept(close))
		broken = true;
}

static struct value *parse_value(unsigned int depth)
{
	struct value *value;
	const char *text;
	size_t length = 0;

	skip_blanks();
	if (depth > DEPTH_MAX)
		broken = true;
	else if (accept('{')) {
		value = value_new(OBJECT, NULL, 0);
		parse_items(value, '}', depth);
		return value;
	} else if (accept('[')) {
		value = value_new(ARRAY, NULL, 0);
		parse_items(value, ']', depth);
		return value;
	} else if (cursor < end && *cursor == '"') {
		text = parse_quoted(&length);
		if (text)
			return value_new(STRING, text, length);
		broken = true;
	}
	for (text = cursor; cursor < end && !strchr(",]} \t\r\n", *cursor);)
		cursor++;
	if (cursor == text)
		broken = true;
	return value_new(ATOM, text, (size_t)(cursor - text));
}

static int by_name(const void *a, const void *b)
{
	const struct value *const *left = a, *const *right = b;

	return strcmp((*left)->name->text, (*right)->name->text);
}

static void value_sort(struct value *value)
{
	for (size_t i = 0; i < value->count; i++)
		value_sort(value->items[i]);
	if (value->kind == OBJECT)
		qsort(value->items, value->count, sizeof(value->items[0]), by_name);
}

static void put(struct buffer *out, const char *text, size_t length)
{
	if (out->length + length > out->room) {
		out->room = (out->length + length) * 2;
		out->data = allocate(out->data, out->room);
	}
	memcpy(out->data + out->length, text, length);
	out->length += length;
}

static void put_text(struct buffer *out, const char *text)
{
	put(out, text, strlen(text));
}

static void put_indent(struct buffer *out, unsigned int depth)
{
	put_text(out, "\n");
	while (depth--)
		put_text(out, "  ");
}

static void put_value(struct buffer *out, const struct value *value, unsigned int depth)
{
	if (value->name) {
		put_text(out, "\"");
		put_text(out, value->name->text);
		put_text(out, "\": ");
	}
	if (value->kind == ATOM || value->kind == STRING) {
		const char *quote = value->kind == STRING ? "\"" : "";

		put_text(out, quote);
		put_text(out, value->text);
		put_text(out, quote);
		return;
	}
	put_text(out, value->kind == OBJECT ? "{" : "[");
	for (size_t i = 0; i < value->count; i++) {
		if (i)
			put_text(out, ",");
		put_indent(out, depth + 1);
		put_value(out, value->items[i], depth + 1);
	}
	if (value->count)
		put_indent(out, depth);
	put_text(out, value->kind == OBJECT ? "}" : "]");
}

static void put_statistics(struct buffer *out)
{
	unsigned int count = 0, uses = 0;
	char line[80];

	for (size_t i = 0; i < BUCKETS; i++)
		for (struct name *name = names[i]; name; name = name->next) {
			count++;
			uses += name->uses;
		}
	snprintf(line, sizeof(line), "\n%u names, used %u times\n", count, uses);
	put_text(out, line);
}

EXPORT("setup") void setup(void)
{
	static const char *const common[] = { "id", "name", "type", "value", "items", "tags" };

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		name_intern(common[i], strlen(common[i]));
}

EXPORT("run") uint32_t run(void)
{
	size_t room = 32768, length;
	char *input = allocate(NULL, room);
	struct buffer out = { 0 };
	struct value *root;

	length = input_read(input, room);
	cursor = input;
	end = input + length;
	broken = false;
	root = parse_value(0);
	value_sort(root);
	put_value(&out, root, 0);
	if (broken)
		put_text(&out, "\nerror: not JSON");
	put_statistics(&out);
	output_write(out.data, out.length);
	length = out.length;
	value_free(root);
	free(out.data);
	free(input);
	return (uint32_t)length;
}
