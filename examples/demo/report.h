/* SPDX-License-Identifier: MIT */
/* What the demo prints: progress while it works, the table at the end. */
#ifndef DEMO_REPORT_H
#define DEMO_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "batch.h"

#define REPORT_BACKENDS 2

/* A row of the table: a program's figures on each backend that ran it. */
struct report_row {
	const char *name;
	struct figures figures[REPORT_BACKENDS];
};

struct report {
	const char *backend[REPORT_BACKENDS];
	unsigned int backend_count;
	struct report_row *row;
	unsigned int row_count;
	bool calls_counted;
};

void report_progress(const char *backend, const char *name, const struct figures *figures);

/* The table and the closing line; returns the number of mismatches. */
uint64_t report_print(const struct report *report, unsigned int programs);

#endif /* DEMO_REPORT_H */
