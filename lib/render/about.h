/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include "query/history.h"
#include "query/result.h"

#include "base.h"

/*
 * What a file for another program says of itself: how it was sampled and what
 * was lost, as lines of ASCII in the words of the text report.
 */
struct about {
	FILE *out;  /* NULL: no memory */
	char *text; /* after about_end(); NULL: no memory */
	size_t size;
};

void about_begin(struct about *a, const struct result *r);

/* What ran, in a line without its end; malloc()ed, NULL: no memory. */
char *about_command(const struct result *r);

/* A line of the format's own, without its end: "in use    at 470 ms". */
void about_line(struct about *a, const char *format, ...) printf_like(2, 3);

/* Lines on what live and allocated figures of a history are about. */
void about_live(struct about *a, const struct history *h);
void about_allocated(struct about *a, const struct history *h);

/* What --focus and --ignore leave out of them. */
void about_hidden(struct about *a, const struct history *h);

/* All lines, each with its end; about_fini() frees them. */
const char *about_end(struct about *a);
void about_fini(struct about *a);

/*
 * The next line of @text, without its end, and moves @text behind it; 0: there
 * is none.  Returns its bytes, and where it begins.
 */
size_t about_next(const char **text, const char **line);
