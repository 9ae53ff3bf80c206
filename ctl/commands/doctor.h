/* SPDX-License-Identifier: MIT */
/*
 * What the parts of doctor share: the table of findings.
 */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include <stdbool.h>

enum level {
	GOOD,
	NOTE, /* works, but not as well as it could */
	BAD,
};

struct doctor {
	struct table *table;
	bool failed; /* a finding is BAD */
	bool loaded; /* the module is, by sysfs or by its answer at the device */
};

/* A row of the table. */
void doctor_report(struct doctor *doctor, const char *check, enum level level, const char *format,
		   ...) __attribute__((format(printf, 4, 5)));

/* Of the pools that the caller may see: what keeps their resets from being cheap. */
void doctor_pools(struct doctor *doctor);

#endif /* CTL_DOCTOR_H */
