/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "format/format.h"

/*
 * What heapprof-run tells the recorder, and how both understand it.
 *
 * The recorder reads the variables below from its environment, whether
 * heapprof-run set them or a user did by hand.  The parsers are pure: no
 * malloc, no stdio, no locale, no errno, so that they can run before main() in
 * a program that we know nothing about.
 */

#define OPTIONS_OUTPUT "HEAPPROF_OUTPUT"     /* base name, options_expand() */
#define OPTIONS_SAMPLE "HEAPPROF_SAMPLE"     /* options_parse_sample() */
#define OPTIONS_SEED "HEAPPROF_SEED"	     /* number, not 0 */
#define OPTIONS_CHILDREN "HEAPPROF_CHILDREN" /* 1, or see follow_parse() */
#define OPTIONS_DEPTH "HEAPPROF_DEPTH"	     /* frames */
#define OPTIONS_MAX_SIZE "HEAPPROF_MAX_SIZE" /* options_parse_size() */
#define OPTIONS_WAIT "HEAPPROF_WAIT"	     /* 1: until heapprof_start() */
#define OPTIONS_STATS "HEAPPROF_STATS"	     /* file, or -: count sizes */
#define OPTIONS_QUIET "HEAPPROF_QUIET"	     /* 1: no line at the end */
#define OPTIONS_PAD "HEAPPROF_PAD"	     /* makes their number even */

#define OPTIONS_PREFIX "HEAPPROF_" /* of all that are taken out again */

#define OPTIONS_DEFAULT_OUTPUT "hprof"
#define OPTIONS_DEFAULT_SAMPLE "128:1e-4,8192:0.1"
#define OPTIONS_DEFAULT_DEPTH 256u
#define OPTIONS_DEPTH_MAX 4096u

/*
 * Parses a sampling specification, "128:1e-4,8K:0.1", "{128: 1e-4}", "all" or
 * "bytes=512K", into @out's interval, nr_ranges and range (ascending); other
 * fields are left alone.  Returns 0, or -EINVAL with @out as it was and one
 * line without a newline in @why that names the entry at fault.
 */
int options_parse_sample(const char *spec, struct hpm_header *out, char *why,
			 size_t why_size);

/* A number of bytes, with K, M, G or T (1024).  0, -EINVAL or -ERANGE. */
int options_parse_size(const char *text, uint64_t *out);

/* What the % sequences of a base name stand for. */
struct options_names {
	uint32_t pid;	     /* %p */
	const char *program; /* %n, without directories */
	const char *host;    /* %h */
	uint64_t time_s;     /* %t, seconds since 1970 */
};

/*
 * Expands %p %n %h %t and %% of @pattern into @out.  0, -EINVAL for another
 * sequence, or -ENAMETOOLONG.
 */
int options_expand(const char *pattern, const struct options_names *names,
		   char *out, size_t size);
