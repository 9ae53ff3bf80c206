/* SPDX-License-Identifier: MIT */
/*
 * The VMAs of this process.
 */
#ifndef TESTS_VMAS_H
#define TESTS_VMAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t vma_count(void);

/* A VMA as /proc/self/smaps has it. */
struct vma {
	uint64_t start;
	uint64_t end;
	char access[8];	 /* "rwxp" */
	char flags[128]; /* "rd wr mr ", with a space after each */
};

/* Whether the VMA has this flag, two letters as in smaps(5). */
bool vma_has(const struct vma *vma, const char *flag);

/* Calls found() for each VMA that lies in the range or has a part in it, in order. */
void vma_walk(uint64_t start, uint64_t end, void (*found)(const struct vma *vma, void *data),
	      void *data);

#endif /* TESTS_VMAS_H */
