// SPDX-License-Identifier: MIT
/* Reads and writes whole text files, and compares words. */
#include "text.h"

void read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;
	size_t length = 0;

	test_sys(fd);
	while ((got = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)got;
	test_ok(length < size - 1);
	text[length] = '\0';
	close(fd);
}

void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	test_sys(fd);
	test_eq(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

bool begins_with(const char *line, const char *words)
{
	while (*words) {
		if (*line != *words)
			return false;
		line++;
		words++;
		if (line[-1] == ' ')
			line += strspn(line, " ");
	}
	return *line == '\0' || *line == ' ' || words[-1] == ' ';
}
