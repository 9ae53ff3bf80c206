/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a slot: content that differs from place to place, and touches that must
 * fault.
 */
#ifndef SLOTS_BYTES_H
#define SLOTS_BYTES_H

#include <stdint.h>

/* Bytes that differ from place to place and from seed to seed; rarely 0. */
unsigned char noise(uint64_t at, unsigned int seed);

void fill(volatile unsigned char *to, uint64_t length, unsigned int seed);
void reads_fault(volatile unsigned char *at);
void writes_fault(volatile unsigned char *at);
void touches_fault(volatile unsigned char *at);

#endif /* SLOTS_BYTES_H */
