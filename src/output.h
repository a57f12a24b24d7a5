/* SPDX-License-Identifier: MIT */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Where a report goes: standard output, or a file that has its old content
 * until the new one is whole.
 */
struct output {
	FILE *stream;
	const char *path;	      /* NULL: standard output */
	char temporary[PATH_MAX + 8]; /* renamed to path; "": none */
};

/* @path: NULL or "-" for standard output.  Ends the process if it cannot. */
void output_open(struct output *o, const char *path);

/* Keeps what was written, or does not.  False, with a message: it failed. */
bool output_close(struct output *o, bool keep);
