/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes that grow at the end, to put records into.  When memory runs out it
 * becomes `failed` and stays as it is; whoever uses it asks once, at the end.
 */
struct bytes {
	uint8_t *p;
	size_t n;    /* used */
	size_t room; /* allocated */
	bool failed;
};

/*
 * Room for @max bytes at the end; the caller adds to `n` what it used.  Never
 * NULL for @max up to BYTES_RECORD: after a failure it is a place to scribble.
 */
#define BYTES_RECORD 1024u
uint8_t *bytes_room(struct bytes *b, size_t max);

/* Appends @n bytes. */
void bytes_add(struct bytes *b, const void *p, size_t n);
void bytes_fini(struct bytes *b);
