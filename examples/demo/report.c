// SPDX-License-Identifier: MIT
/* The demo's output, in lines of at most 80 columns. */
#include "report.h"

#include <stdio.h>

void report_progress(const char *backend, const char *name, const struct figures *figures,
		     double seconds)
{
	printf("demo: %-9s %-10s %5llu instances, %llu mismatches, %.1f s\n", backend, name,
	       (unsigned long long)figures->instances, (unsigned long long)figures->mismatches,
	       seconds);
	fflush(stdout);
}

static void print_heading(const struct report *report)
{
	printf("\n%-10s%9s", "", "");
	for (unsigned int i = 0; i < report->backend_count; i++)
		printf("   ---------- %-9s ------", report->backend[i]);
	printf("\n%-10s%9s", "program", "instances");
	for (unsigned int i = 0; i < report->backend_count; i++)
		printf("   %6s %6s %6s %5s", "inst/s", "faults", "calls", "pages");
	printf("\n");
}

static void print_figures(const struct figures *figures, bool calls_counted)
{
	double counted = figures->counted ? (double)figures->counted : 1;
	double seconds = figures->sum.nanoseconds ? (double)figures->sum.nanoseconds / 1e9 : 1;

	printf("   %6.0f %6.2f", (double)figures->counted / seconds,
	       (double)figures->sum.faults / counted);
	if (calls_counted)
		printf(" %6.3f", (double)figures->sum.calls / counted);
	else
		printf(" %6s", "-");
	printf(" %5.1f", figures->resident_pages);
}

static void print_row(const struct report *report, const struct report_row *row)
{
	uint64_t instances = 0;

	for (unsigned int i = 0; i < report->backend_count; i++)
		instances += row->figures[i].instances;
	printf("%-10s%9llu", row->name, (unsigned long long)instances);
	for (unsigned int i = 0; i < report->backend_count; i++)
		print_figures(&row->figures[i], report->calls_counted);
	printf("\n");
}

uint64_t report_print(const struct report *report, unsigned int programs)
{
	uint64_t instances = 0, mismatches = 0, traps = 0;

	print_heading(report);
	for (unsigned int i = 0; i < report->row_count; i++) {
		print_row(report, &report->row[i]);
		for (unsigned int j = 0; j < report->backend_count; j++) {
			instances += report->row[i].figures[j].instances;
			mismatches += report->row[i].figures[j].mismatches;
			traps += report->row[i].figures[j].traps;
		}
	}
	printf("faults, calls: page faults and system calls of an instance's run and reset,\n"
	       "from each slot's second instance on; pages: resident in a slot after a reset.\n"
	       "%llu instances ended in a trap, as they should.\n"
	       "In an emulated CPU inst/s compares the two, and means no more.\n\n",
	       (unsigned long long)traps);
	printf("demo: %u programs, %llu instances, %llu mismatches\n", programs,
	       (unsigned long long)instances, (unsigned long long)mismatches);
	return mismatches;
}
