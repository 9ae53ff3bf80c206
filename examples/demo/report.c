// SPDX-License-Identifier: MIT
/* The demo's output, in lines of at most 80 columns. */
#include "report.h"

#include <stdio.h>
#include <string.h>

#include "counter.h"

void report_progress(const char *backend, const char *name, const struct figures *figures)
{
	printf("demo: %-9s %-10s %5llu instances, %llu mismatches\n", backend, name,
	       (unsigned long long)figures->instances, (unsigned long long)figures->mismatches);
	fflush(stdout);
}

static void print_heading(const struct report *report)
{
	printf("\n%-9s%5s", "", "");
	for (unsigned int i = 0; i < report->backend_count; i++)
		printf("  ---------- %-9s ------", report->backend[i]);
	printf("\n%-9s%5s", "program", "runs");
	for (unsigned int i = 0; i < report->backend_count; i++)
		printf("  %8s %5s %6s %5s", counter_unit(), "fault", "calls", "pages");
	printf("%s\n", report->backend_count > 1 ? "  ratio" : "");
}

/* Of an instance. */
static double mean(const struct tally *tally, uint64_t sum)
{
	return tally->instances ? (double)sum / (double)tally->instances : 0;
}

static double clock_of(const struct figures *figures)
{
	return mean(&figures->clocked, figures->clocked.sum.clock);
}

static void print_figures(const struct figures *figures, bool calls_counted)
{
	const struct tally *watched = &figures->watched;

	printf("  %8.0f %5.2f", clock_of(figures), mean(watched, watched->sum.faults));
	if (calls_counted)
		printf(" %6.3f", mean(watched, watched->sum.calls));
	else
		printf(" %6s", "-");
	printf(" %5.1f", figures->resident_pages);
}

static void print_row(const struct report *report, const struct report_row *row)
{
	uint64_t instances = 0;

	for (unsigned int i = 0; i < report->backend_count; i++)
		instances += row->figures[i].instances;
	printf("%-9s%5llu", row->name, (unsigned long long)instances);
	for (unsigned int i = 0; i < report->backend_count; i++)
		print_figures(&row->figures[i], report->calls_counted);
	if (report->backend_count > 1)
		printf("  %5.2f", clock_of(&row->figures[1]) / clock_of(&row->figures[0]));
	printf("\n");
}

static void print_legend(const struct report *report)
{
	if (strcmp(counter_unit(), "insn") == 0)
		printf("insn: instructions of an instance's run and reset, in user space and the kernel;\n");
	else
		printf("ns: nanoseconds of an instance's run and reset;\n");
	printf("fault, calls: its page faults and system calls; all from each slot's second\n"
	       "instance on. pages: resident in a slot after a reset.\n");
	if (report->backend_count > 1)
		printf("ratio: %s of %s to 1 of %s.\n", counter_unit(), report->backend[1],
		       report->backend[0]);
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
	print_legend(report);
	printf("%llu instances ended in a trap, as they should.\n\n", (unsigned long long)traps);
	printf("demo: %u programs, %llu instances, %llu mismatches\n", programs,
	       (unsigned long long)instances, (unsigned long long)mismatches);
	return mismatches;
}
