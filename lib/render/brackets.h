/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "name.h"

/*
 * The names of C++ and Rust functions: what is within their brackets.
 */

/* How deep brackets may nest before what is in them is left out. */
struct brackets {
	int angles;	 /* of template arguments */
	int parentheses; /* of parameters */
};

/* Copies @in to @out, of NAME_BYTES, with @mark for what is deeper than @d. */
void brackets_elide(char *out, const char *in, struct brackets d,
		    const char *mark);

/* Copies @in without brackets and what is in them. */
void brackets_drop(char *out, const char *in);

/* The name without what is before its last word, a return type. */
const char *brackets_skip_type(const char *name);
