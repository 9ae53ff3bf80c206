// SPDX-License-Identifier: MIT
/* Reads and writes small files, and finds numbers in them. */
#include "file.h"

int try_read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = 1;

	if (fd < 0)
		return -errno;
	while (got > 0 && length < size - 1) {
		got = read(fd, text + length, size - 1 - length);
		if (got > 0)
			length += (size_t)got;
	}
	text[length] = '\0';
	close(fd);
	return got < 0 ? -EIO : 0;
}

void read_file(const char *path, char *text, size_t size)
{
	int ret = try_read_file(path, text, size);

	if (ret)
		test_fail("cannot read %s: %s", path, strerror(-ret));
}

int try_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

void write_file(const char *path, const char *text)
{
	int ret = try_write_file(path, text);

	if (ret)
		test_fail("cannot write \"%s\" to %s: %s", text, path, strerror(-ret));
}

unsigned long read_number(const char *path)
{
	char text[64];

	read_file(path, text, sizeof(text));
	return strtoul(text, NULL, 0);
}

void write_number(const char *path, unsigned long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", number);
	write_file(path, text);
}

bool find_number(const char *path, const char *word, unsigned long *number)
{
	static __thread char text[1 << 16];
	size_t length = strlen(word);

	read_file(path, text, sizeof(text));
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, word, length) == 0 && strchr(" \t:", line[length])) {
			*number = strtoul(line + length + strspn(line + length, " \t:"), NULL, 10);
			return true;
		}
	}
	return false;
}

unsigned long get_number(const char *path, const char *word)
{
	unsigned long number;

	if (!find_number(path, word, &number))
		test_fail("no \"%s\" in %s", word, path);
	return number;
}
