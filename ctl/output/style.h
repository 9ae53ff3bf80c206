/* SPDX-License-Identifier: MIT */
/*
 * For whom something is printed: a person at a terminal, a program that reads columns, or
 * one that reads JSON.
 */
#ifndef CTL_STYLE_H
#define CTL_STYLE_H

#include <stdbool.h>

enum form {
	FORM_PRETTY, /* aligned, sizes rounded */
	FORM_PLAIN,  /* tab-separated, plain numbers */
	FORM_JSON,
};

struct style {
	enum form form;
	unsigned int width;  /* columns of the terminal; 0: any */
	bool bold;	     /* the terminal knows it, and nobody has refused it */
	const char *columns; /* the option -o, or NULL */
};

/* What standard output is. */
struct style style_here(void);
/* False on a terminal of which nothing is known but that it shows lines. */
bool style_has_screen(void);

#endif /* CTL_STYLE_H */
