// SPDX-License-Identifier: MIT
/* Binaries in memory: copied, read from a file, or written down in hexadecimal. */
#include "binary.h"

#include <sys/mman.h>

struct binary binary_new(size_t length)
{
	struct binary binary = { .length = length };

	binary.map_length = (length + PAGE - 1) / PAGE * PAGE + PAGE;
	binary.map = mmap(NULL, binary.map_length, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (binary.map == MAP_FAILED)
		test_fail("mmap of %zu bytes: %s", binary.map_length, strerror(errno));
	binary.bytes = (uint8_t *)binary.map + binary.map_length - PAGE - length;
	test_sys(mprotect(binary.bytes + length, PAGE, PROT_NONE));
	return binary;
}

void binary_free(struct binary *binary)
{
	munmap(binary->map, binary->map_length);
}

struct binary binary_copy(const void *bytes, size_t length)
{
	struct binary binary = binary_new(length);

	memcpy(binary.bytes, bytes, length);
	return binary;
}

struct binary binary_load(const char *path)
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

uint8_t hex_digit(char digit)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, digit);

	if (!digit || !at)
		test_fail("'%c' is no hex digit", digit);
	return (uint8_t)(at - digits);
}

size_t hex_read(const char **text, uint8_t *bytes)
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

struct binary binary_write(const char *text)
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
