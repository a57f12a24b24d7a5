/* SPDX-License-Identifier: MIT */
#pragma once

#include "format/hpc.h"
#include "heapprof.h"

#include "frames.h"

/*
 * What the options of a digest, NULL for all defaults, mean in each place.
 */

/* 0, or -EINVAL: said to @listener. */
int digest_options_check(const struct heapprof_digest_options *options,
			 const struct heapprof_listener *listener);

/* Sets what the header keeps of them; the rest is left alone. */
void digest_options_header(const struct heapprof_digest_options *options,
			   struct hpc_header *h);

/*
 * Between snapshots of a run that ends at @end_ns.  0, or -EINVAL for so short
 * an interval that there are too many: said to @listener, of @base.
 */
int digest_options_interval(const struct heapprof_digest_options *options,
			    uint64_t end_ns, const char *base,
			    const struct heapprof_listener *listener,
			    uint64_t *out);

/* As the option is; NULL: declared. */
const char *
digest_options_v1_scale(const struct heapprof_digest_options *options);

/* Where the digest goes; malloc()ed, NULL: no memory. */
char *digest_options_output(const struct heapprof_digest_options *options,
			    const char *base);

/* Warnings about symbols go to @listener, which must outlive @out. */
void digest_options_symbols(const struct heapprof_digest_options *options,
			    const struct heapprof_listener *listener,
			    struct frames_options *out);
