/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdio.h>
#include <zlib.h>

/*
 * Compressed output: what is put comes out as one gzip member, the same bytes
 * for the same input.  The first error is kept and told at the end.
 */
struct gzip {
	z_stream z; /* z.total_out: bytes written so far, but for those held */
	FILE *out;  /* the caller's */
	int err;    /* 0 or -errno */
};

/* 0 or -ENOMEM; @level is zlib's, 1 to 9. */
int gzip_open(struct gzip *g, FILE *out, int level);

void gzip_put(struct gzip *g, const void *bytes, size_t n);

/* Writes what is held, frees all but @out.  0, or the first error. */
int gzip_close(struct gzip *g);
