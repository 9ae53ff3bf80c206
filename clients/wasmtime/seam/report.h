/* SPDX-License-Identifier: MIT */
/*
 * Lines on the standard error, where GUARDSLOT_DEBUG is in the environment.
 */
#ifndef SEAM_REPORT_H
#define SEAM_REPORT_H

void seam_report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A variable of the environment; NULL in a set-user-ID program. */
const char *seam_setting(const char *name);

#endif /* SEAM_REPORT_H */
