/* SPDX-License-Identifier: MIT */
/* The results on standard output. */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

/*
 * Results as they come, on standard output: one line of JSON for each scenario
 * and set of parameters. docs/benchmarks.md has the format.
 */
void result_begin(const char *scenario);
/* Parameters, before the first contender. */
void result_param(const char *name, long value);
void result_param_text(const char *name, const char *value);
void result_contender(const char *name);
void result_value(const char *name, double value);
void result_text(const char *name, const char *value);
void result_end(void);

#endif /* BENCH_RESULT_H */
