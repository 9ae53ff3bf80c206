/* SPDX-License-Identifier: MIT */
/*
 * Touching memory byte by byte and page by page, and mapping it.
 */
#ifndef TESTS_MEMORY_H
#define TESTS_MEMORY_H

#include "test.h"

#include <sys/mman.h>

uint8_t peek(const void *at);
void poke(void *at, uint8_t value);

/* Touches the first byte of each page. */
void read_pages(const uint8_t *at, size_t pages);

void write_pages(uint8_t *at, size_t pages, uint8_t value);
uint8_t *map_shared(int fd, size_t size, uint64_t offset);

/* Private memory without huge pages, which not every kernel has. */
uint8_t *map_private(size_t size);

/* A page with nothing behind it: gives the address of its last @room bytes. */
void *before_hole(size_t room);

#endif /* TESTS_MEMORY_H */
