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

void vma_walk(uint64_t start, uint64_t end, void (*found)(const struct vma *vma, void *data),
	      void *data)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	struct vma head, vma = { 0 };
	char line[512];

	test_ok(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &head.start, &head.end,
			   head.access) == 3)
			vma = head;
		/* The last line of each VMA. */
		if (sscanf(line, "VmFlags: %127[^\n]", vma.flags) != 1)
			continue;
		if (vma.start < end && vma.end > start)
			found(&vma, data);
	}
	test_eq(fclose(file), 0);
}
