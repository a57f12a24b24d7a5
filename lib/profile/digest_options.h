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
