/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/varint.h"
#include "heapprof.h"

/*
 * A file of version 1 as bytes, up to the size that it had when it was opened.
 *
 * Read with pread() through a window: the file may grow or be cut at any time.
 */
struct v1file {
	int fd; /* -1: closed */
	char *path;
	uint64_t size;
	int error;	 /* the first errno value that reading gave, 0: none */
	uint8_t *window; /* bytes of the file from `at` */
	uint64_t at;
	size_t n; /* bytes in the window */
};

#define V1FILE_WINDOW 65536u

/*
 * Opens @base.@suffix.  What is wrong is said to @listener; then there is
 * nothing to close.
 */
int v1file_open(struct v1file *f, const char *base, const char *suffix,
		const struct heapprof_listener *listener);
void v1file_close(struct v1file *f);

/*
 * The bytes from @offset on, @n of them or more (up to V1FILE_WINDOW); fewer
 * only at the end of the file or where it cannot be read.  Valid until the next
 * call.
 */
struct cursor v1file_look(struct v1file *f, uint64_t offset, size_t n);

/* All bytes; malloc()ed, *@n is how many.  NULL: no memory. */
uint8_t *v1file_load(struct v1file *f, size_t *n);
