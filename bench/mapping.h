/* SPDX-License-Identifier: MIT */
/* Slots of a workload that user space makes of private maps. */
#ifndef BENCH_MAPPING_H
#define BENCH_MAPPING_H

#include "bench.h"

/*
 * Slots as user space makes them: address space without access, in it the
 * memory, and over its start a private map of a memfd with the image.
 */
struct mapping {
	int memfd; /* -1: no image */
	uint8_t *start;
	uint64_t stride;
	uint64_t length;
};

/* Sets work->base. */
void mapping_create(struct mapping *mapping, struct workload *work);
void mapping_destroy(struct mapping *mapping);

/* A file with the image in it, and its private mapping at the start of a memory. */
int image_file_create(const uint8_t *content, uint64_t length);
void image_file_map(uint8_t *base, uint64_t length, int file);
/* Drops the process's own pages. */
void pages_drop(uint8_t *base, uint64_t length);

/* For contenders with no other data: work->own is a struct mapping. */
const char *mapping_init(struct workload *work);
void mapping_uninit(struct workload *work);

#endif /* BENCH_MAPPING_H */
