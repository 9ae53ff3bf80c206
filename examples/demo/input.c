// SPDX-License-Identifier: MIT
/*
 * The programs' inputs: generated from the seed, or taken from the texts of the
 * fetched packages, which the build collects and links in (corpus.S).
 */
#include "input.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Files one after the other, each ended by a NUL byte. */
extern const char corpus_commonjs[], corpus_commonjs_end[];
extern const char corpus_typescript[], corpus_typescript_end[];
/* One text. */
extern const char corpus_prose[], corpus_prose_end[];

struct text {
	char *data;
	size_t length, size;
};

void lots_init(struct lots *lots, uint64_t seed)
{
	lots->state = (seed + 1) * 0x9e3779b97f4a7c15u;
}

uint32_t lots_draw(struct lots *lots, uint32_t bound)
{
	lots->state = lots->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((lots->state >> 33) % bound);
}

/* Appends; what does not fit is cut off. */
static void text_print(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void text_print(struct text *text, const char *format, ...)
{
	size_t room = text->size - text->length;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text->data + text->length, room, format, args);
	va_end(args);
	if (length > 0 && (size_t)length < room)
		text->length += (size_t)length;
	else if (length > 0)
		text->length = text->size - 1;
}

size_t input_none(uint32_t seed, char *buffer, size_t size)
{
	(void)seed;
	(void)buffer;
	(void)size;
	return 0;
}

/* ---- calculator -------------------------------------------------------- */

static void calc_atom(struct text *text, struct lots *lots, unsigned int depth)
{
	static const char *const known[] = { "kib", "mib", "dozen" };

	switch (lots_draw(lots, depth < 4 ? 6 : 4)) {
	case 0:
		text_print(text, "%s", known[lots_draw(lots, 3)]);
		break;
	case 1: /* an earlier line may have set it */
		text_print(text, "v%u", lots_draw(lots, 12));
		break;
	case 2:
	case 3:
		text_print(text, "%u", 1 + lots_draw(lots, 100000));
		break;
	default:
		text_print(text, "(");
		calc_atom(text, lots, depth + 1);
		text_print(text, " %c ", "+-*/%^"[lots_draw(lots, 6)]);
		calc_atom(text, lots, depth + 1);
		text_print(text, ")");
	}
}

size_t input_calc(uint32_t seed, char *buffer, size_t size)
{
	struct text text = { buffer, 0, size };
	struct lots lots;
	uint32_t lines;

	lots_init(&lots, seed);
	for (lines = 16 + lots_draw(&lots, 32); lines > 0; lines--) {
		if (lots_draw(&lots, 2))
			text_print(&text, "v%u = ", lots_draw(&lots, 12));
		calc_atom(&text, &lots, 0);
		text_print(&text, " + ");
		calc_atom(&text, &lots, 0);
		text_print(&text, lots_draw(&lots, 20) ? "\n" : " )\n");
	}
	return text.length;
}

/* ---- JSON -------------------------------------------------------------- */

static void json_value(struct text *text, struct lots *lots, unsigned int depth)
{
	static const char *const names[] = { "id",    "name",	"type",	 "value", "items", "tags",
					     "owner", "colour", "price", "note",  "x",	   "y" };
	uint32_t count, kind = lots_draw(lots, depth < 5 ? 8 : 4);

	switch (kind) {
	case 0:
		text_print(text, "%s", lots_draw(lots, 2) ? "true" : "null");
		return;
	case 1:
		text_print(text, "-%u.%ue2", lots_draw(lots, 1000), lots_draw(lots, 100));
		return;
	case 2:
		text_print(text, "%u", lots_draw(lots, 1000000));
		return;
	case 3:
		text_print(text, "\"text %u \\\"quoted\\\" \\u00e9\"", lots_draw(lots, 5000));
		return;
	}
	text_print(text, kind < 6 ? "[" : "{");
	for (count = 1 + lots_draw(lots, 5); count > 0; count--) {
		if (kind >= 6)
			text_print(text, "\"%s%.*u\": ", names[lots_draw(lots, 12)],
				   (int)lots_draw(lots, 3), 1 + lots_draw(lots, 9));
		json_value(text, lots, depth + 1);
		text_print(text, count > 1 ? ", " : "");
	}
	text_print(text, kind < 6 ? "]" : "}");
}

size_t input_json(uint32_t seed, char *buffer, size_t size)
{
	struct text text = { buffer, 0, size < 6144 ? size : 6144 };
	struct lots lots;

	lots_init(&lots, seed);
	text_print(&text, "[");
	while (text.length < 1024 + 96 * (size_t)(seed % 24)) {
		json_value(&text, &lots, 0);
		text_print(&text, ", ");
	}
	text_print(&text, "0]");
	if (seed % 7 == 6)
		text.length -= text.length / 5;
	return text.length;
}

/* ---- HTTP -------------------------------------------------------------- */

static void http_body(struct text *text, struct lots *lots)
{
	uint32_t chunks = lots_draw(lots, 4);
	uint32_t length = lots_draw(lots, 200);

	if (chunks == 0) {
		text_print(text, "Content-Length: %u\r\n\r\n%0*u", length + 1, (int)length + 1,
			   lots_draw(lots, 10));
		return;
	}
	text_print(text, "Transfer-Encoding: chunked\r\n\r\n");
	while (chunks--) {
		length = 1 + lots_draw(lots, 60);
		text_print(text, "%x\r\n%0*u\r\n", length, (int)length, lots_draw(lots, 10));
	}
	text_print(text, "0\r\n\r\n");
}

size_t input_http(uint32_t seed, char *buffer, size_t size)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "DELETE", "PATCH", "BREW" };
	struct text text = { buffer, 0, size };
	struct lots lots;
	uint32_t messages, headers;

	lots_init(&lots, seed);
	for (messages = 1 + lots_draw(&lots, 4); messages > 0; messages--) {
		if (seed % 2 == 0)
			text_print(&text, "%s /item/%u?page=%u HTTP/1.1\r\nHost: h%u.example\r\n",
				   methods[lots_draw(&lots, 24) % (messages == 1 ? 6 : 5)],
				   lots_draw(&lots, 10000), lots_draw(&lots, 50),
				   lots_draw(&lots, 9));
		else
			text_print(&text, "HTTP/1.1 %u Some Reason\r\nServer: s%u\r\n",
				   200 + 100 * lots_draw(&lots, 4), lots_draw(&lots, 99));
		for (headers = lots_draw(&lots, 6); headers > 0; headers--)
			text_print(&text, "X-Field-%u: value %u\r\n", lots_draw(&lots, 20),
				   lots_draw(&lots, 100000));
		http_body(&text, &lots);
	}
	if (seed % 5 == 4)
		text_print(&text, "\x01not HTTP\r\n");
	return text.length;
}

/* ---- the corpus -------------------------------------------------------- */

size_t input_prose(uint32_t seed, char *buffer, size_t size)
{
	size_t total = (size_t)(corpus_prose_end - corpus_prose);
	struct lots lots;
	size_t length, start;

	lots_init(&lots, seed);
	length = 500 + lots_draw(&lots, 700);
	if (length > size)
		length = size;
	if (length > total)
		length = total;
	start = lots_draw(&lots, (uint32_t)(total - length) + 1);
	memcpy(buffer, corpus_prose + start, length);
	for (size_t i = lots_draw(&lots, 120); i + 1 < length; i += 20 + lots_draw(&lots, 160)) {
		char c = buffer[i];

		buffer[i] = buffer[i + 1];
		buffer[i + 1] = c;
	}
	return length;
}

/* File number seed of the files from start to end, over and over. */
static size_t corpus_file(const char *start, const char *end, uint32_t seed, char *buffer,
			  size_t size)
{
	const char *file = start;
	size_t length;

	while (seed-- > 0) {
		file += strlen(file) + 1;
		if (file >= end)
			file = start;
	}
	length = strlen(file);
	if (length > size)
		length = size;
	memcpy(buffer, file, length);
	return length;
}

size_t input_commonjs(uint32_t seed, char *buffer, size_t size)
{
	return corpus_file(corpus_commonjs, corpus_commonjs_end, seed, buffer, size);
}

size_t input_typescript(uint32_t seed, char *buffer, size_t size)
{
	return corpus_file(corpus_typescript, corpus_typescript_end, seed, buffer, size);
}
