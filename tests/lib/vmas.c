// SPDX-License-Identifier: MIT
/* Counts the lines of /proc/self/maps, and reads /proc/self/smaps. */
#include "vmas.h"

#include "test.h"

size_t vma_count(void)
{
	static char text[1 << 16];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t lines = 0;
	ssize_t got;

	test_sys(fd);
	while ((got = read(fd, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < got; i++)
			lines += text[i] == '\n';
	test_sys(close(fd));
	return lines;
}

bool vma_has(const struct vma *vma, const char *flag)
{
	char word[8];

	snprintf(word, sizeof(word), "%s ", flag);
	return strstr(vma->flags, word);
}

/*
 * Reads a file line by line without an allocation, as a test may have used up its
 * address space.
 */
struct lines {
	int fd;
	size_t at, end;
	char text[4096];
};

static bool lines_next(struct lines *lines, char *line, size_t size)
{
	size_t length = 0;

	for (;;) {
		if (lines->at == lines->end) {
			ssize_t got = read(lines->fd, lines->text, sizeof(lines->text));

			test_sys(got);
			if (!got)
				return false;
			lines->at = 0;
			lines->end = (size_t)got;
		}
		if (lines->text[lines->at++] == '\n')
			break;
		if (length < size - 1)
			line[length++] = lines->text[lines->at - 1];
	}
	line[length] = 0;
	return true;
}

void vma_walk(uint64_t start, uint64_t end, void (*found)(const struct vma *vma, void *data),
	      void *data)
{
	struct lines lines = { .fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC) };
	struct vma head, vma = { 0 };
	char line[512];

	test_sys(lines.fd);
	while (lines_next(&lines, line, sizeof(line))) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &head.start, &head.end,
			   head.access) == 3)
			vma = head;
		/* The last line of each VMA. */
		if (sscanf(line, "VmFlags: %127[^\n]", vma.flags) != 1)
			continue;
		if (vma.start < end && vma.end > start)
			found(&vma, data);
	}
	test_sys(close(lines.fd));
}
