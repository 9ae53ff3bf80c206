/* SPDX-License-Identifier: MIT */
/*
 * What each pool does in a second: two samples of all pools, and the table of them.
 */
#ifndef CTL_RATES_H
#define CTL_RATES_H

#include <time.h>

#include "netlink/record.h"
#include "output/table.h"

/* The pools at one moment. */
struct sample {
	struct records pools;
	struct timespec time;
};

struct rates {
	uint64_t page_size;
	struct sample before;
	struct sample now;
};

/* What a sum over all pools is, for a person. */
struct rates_sum {
	uint64_t slots;
	uint64_t resident; /* bytes */
	uint64_t resets;   /* a second */
};

void rates_take(struct rates *rates);
void rates_clear(struct rates *rates);
struct rates_sum rates_sum(const struct rates *rates);

/* The column that pools can be sorted by, or the end of the program. */
unsigned int rates_order_named(const char *name);
/* The one of a key, or none and the order as it was. */
unsigned int rates_order_of_key(int key, unsigned int order);
/* Keys and columns, a line each. */
void rates_print_keys(FILE *out);
const char *rates_column_name(unsigned int column);
/* The list of those that a person sees. */
const char *rates_columns(void);

/* @first, @most: which rows of the sorted pools; 0: all */
struct table *rates_table(const struct rates *rates, const struct style *style, unsigned int order,
			  size_t first, size_t most);

#endif /* CTL_RATES_H */
