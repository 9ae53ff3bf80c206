/* SPDX-License-Identifier: MIT */
/*
 * Prose in a table: broken into lines at its blanks.
 */
#ifndef CTL_PROSE_H
#define CTL_PROSE_H

#include <libsmartcols/libsmartcols.h>

/* @prose: the column; others with it take no more than the width, if its words allow that. */
void prose_break(struct libscols_table *table, struct libscols_column *prose, size_t width);

#endif /* CTL_PROSE_H */
