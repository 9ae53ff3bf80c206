/* SPDX-License-Identifier: MIT */
/*
 * What the tests of modules share: binaries from the fixtures (tests/FOLDER/wat,
 * made by wat2wasm into build/tests/data/FOLDER) or written down as sections, in
 * memory that ends at a page nobody may read.
 */
#ifndef MODULE_TEST_H
#define MODULE_TEST_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tap.h"
#include "libshim.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct binary {
	uint8_t *bytes;
	size_t length;
	void *map;
	size_t map_length;
};

/* Room for length bytes, right before a page without access. */
static inline struct binary binary_new(size_t length)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct binary binary = { .length = length };

	binary.map_length = (length + page - 1) / page * page + page;
	binary.map = mmap(NULL, binary.map_length, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (binary.map == MAP_FAILED)
		test_fail("mmap of %zu bytes: %s", binary.map_length, strerror(errno));
	binary.bytes = (uint8_t *)binary.map + binary.map_length - page - length;
	test_sys(mprotect(binary.bytes + length, page, PROT_NONE));
	return binary;
}

static inline void binary_free(struct binary *binary)
{
	munmap(binary->map, binary->map_length);
}

static inline struct binary binary_copy(const void *bytes, size_t length)
{
	struct binary binary = binary_new(length);

	memcpy(binary.bytes, bytes, length);
	return binary;
}

static inline struct binary binary_load(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct binary binary;
	long length;

	if (!file)
		test_fail("%s: %s", path, strerror(errno));
	fseek(file, 0, SEEK_END);
	length = ftell(file);
	rewind(file);
	binary = binary_new((size_t)length);
	test_eq(fread(binary.bytes, 1, binary.length, file), length);
	fclose(file);
	return binary;
}

/* The path of something in tests/data; the running program is .../tests/FOLDER/NAME. */
static inline void data_path(char path[static 512], const char *name)
{
	ssize_t length = readlink("/proc/self/exe", path, 400);

	test_ok(length > 0);
	path[length] = '\0';
	snprintf(strrchr(path, '/') + 1, 100, "../data/%s", name);
}

/* FOLDER/NAME, without .wasm. */
static inline struct binary fixture_load(const char *name)
{
	char path[512], file[640];

	data_path(path, name);
	snprintf(file, sizeof(file), "%s.wasm", path);
	return binary_load(file);
}

/* Calls test for each .wasm file of a folder of tests/data; how many? */
static inline int folder_each(const char *folder, void (*test)(const char *path))
{
	char path[512], file[800];
	struct dirent **entries;
	int count, found = 0;

	data_path(path, folder);
	count = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		const char *dot = strrchr(entries[i]->d_name, '.');

		if (dot && !strcmp(dot, ".wasm")) {
			snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
			test(file);
			found++;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return found;
}

/* ---- binaries written down ----------------------------------------------------- */

static inline uint8_t hex_digit(char digit)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, digit);

	if (!digit || !at)
		test_fail("'%c' is no hex digit", digit);
	return (uint8_t)(at - digits);
}

/* Reads bytes like "60 01 7f 00", up to a '|' or the end; returns how many. */
static inline size_t hex_read(const char **text, uint8_t *bytes)
{
	size_t length = 0;

	while (**text && **text != '|') {
		if (**text == ' ') {
			++*text;
			continue;
		}
		bytes[length++] = (uint8_t)(hex_digit((*text)[0]) << 4 | hex_digit((*text)[1]));
		*text += 2;
	}
	if (**text)
		++*text;
	return length;
}

/*
 * Makes a binary of sections: "1: 01 60 00 00 | 3: 01 00" is a type section and a
 * function section, their lengths and the header are added. A part without a
 * number is bytes as they stand: "" is the header alone.
 */
static inline struct binary binary_write(const char *text)
{
	static const uint8_t header[] = { 0, 'a', 's', 'm', 1, 0, 0, 0 };
	uint8_t bytes[4096], content[2048];
	size_t length = sizeof(header);

	memcpy(bytes, header, sizeof(header));
	while (*text) {
		char *colon;
		long id = strtol(text, &colon, 10);
		bool section = *colon == ':';
		size_t size;

		if (section)
			text = colon + 1;
		size = hex_read(&text, content);
		if (section) {
			bytes[length++] = (uint8_t)id;
			if (size > 127) {
				bytes[length++] = (uint8_t)(size | 0x80);
				bytes[length++] = (uint8_t)(size >> 7);
			} else {
				bytes[length++] = (uint8_t)size;
			}
		}
		memcpy(bytes + length, content, size);
		length += size;
	}
	return binary_copy(bytes, length);
}

/* ---- modules ---------------------------------------------------------------- */

static inline struct shim_module *module_parse(const struct binary *binary)
{
	struct shim_module *module = NULL;
	int error = shim_module_parse(binary->bytes, binary->length, &module);

	if (error)
		test_fail("parse: %s: %s", strerror(-error), shim_error());
	return module;
}

static inline struct shim_module *module_load(const char *fixture)
{
	struct binary binary = fixture_load(fixture);
	struct shim_module *module = module_parse(&binary);

	/* Nothing of the binary may be needed any more. */
	memset(binary.bytes, 0xa5, binary.length);
	binary_free(&binary);
	return module;
}

static inline struct shim_module *module_write(const char *text)
{
	struct binary binary = binary_write(text);
	struct shim_module *module = module_parse(&binary);

	memset(binary.bytes, 0xa5, binary.length);
	binary_free(&binary);
	return module;
}

static inline struct shim_module *module_create(const struct shim_module_desc *desc)
{
	struct shim_module *module = NULL;
	int error = shim_module_create(desc, &module);

	if (error)
		test_fail("create: %s: %s", strerror(-error), shim_error());
	return module;
}

/* Parsing must fail so, and make nothing. */
static inline void parse_fails(const char *text, int error, const char *message)
{
	struct binary binary = binary_write(text);
	struct shim_module *module = NULL;
	int got = shim_module_parse(binary.bytes, binary.length, &module);

	if (got != error || module || strcmp(shim_error(), message))
		test_fail("%s: got %d \"%s\", expected %d \"%s\"", text, got,
			  got ? shim_error() : "", error, message);
	binary_free(&binary);
}

static inline void create_fails(const struct shim_module_desc *desc, int error, const char *message)
{
	struct shim_module *module = NULL;

	test_err(error, shim_module_create(desc, &module));
	test_str(shim_error(), message);
	test_ok(!module);
}

#endif /* MODULE_TEST_H */
