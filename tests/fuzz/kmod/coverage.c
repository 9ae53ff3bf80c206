// SPDX-License-Identifier: MIT
#include "coverage.h"

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kcov.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define KCOV "/sys/kernel/debug/kcov"
#define TEXT "/sys/module/guardslot/sections/.text"
/* Places that a thread may pass in a call; what is more is not seen. */
#define PLACES (1 << 18)
/* Bytes of the module's code at most, and ways from place to place that are told apart. */
#define CODE (1 << 20)
#define WAYS (1 << 20)

static struct {
	uint8_t places[CODE];
	uint8_t ways[WAYS];
} * seen;

static uint64_t code;

void coverage_init(void)
{
	FILE *file = fopen(TEXT, "r");

	if (!file || fscanf(file, "%" SCNx64, &code) != 1)
		err(1, "%s", TEXT);
	fclose(file);
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		err(1, "memory for what is covered");
}

void coverage_open(struct coverage *coverage)
{
	coverage->fd = open(KCOV, O_RDWR | O_CLOEXEC);
	if (coverage->fd < 0 || ioctl(coverage->fd, KCOV_INIT_TRACE, PLACES))
		err(1, "%s", KCOV);
	coverage->places = mmap(NULL, PLACES * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED,
				coverage->fd, 0);
	if (coverage->places == MAP_FAILED || ioctl(coverage->fd, KCOV_ENABLE, KCOV_TRACE_PC))
		err(1, "%s", KCOV);
}

void coverage_start(struct coverage *coverage)
{
	__atomic_store_n(&coverage->places[0], 0, __ATOMIC_RELAXED);
}

bool coverage_end(struct coverage *coverage)
{
	uint64_t count = __atomic_load_n(&coverage->places[0], __ATOMIC_RELAXED), last = 0;
	bool some = false;

	for (uint64_t i = 1; i <= count && i < PLACES; i++) {
		uint64_t place = (coverage->places[i] - code) % CODE;
		uint64_t way = (last * 0x9e3779b97f4a7c15ULL >> 40 ^ place) % WAYS;

		seen->places[place] = 1;
		if (!seen->ways[way]) {
			seen->ways[way] = 1;
			some = true;
		}
		last = place;
	}
	return some;
}

unsigned int coverage_count(void)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < CODE; i++)
		count += seen->places[i];
	return count;
}

void coverage_print(void)
{
	for (unsigned int i = 0; i < CODE; i++)
		if (seen->places[i])
			printf("place %x\n", i);
}
