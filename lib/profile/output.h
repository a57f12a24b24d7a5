/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heapprof.h"

/*
 * A file that is there when it is whole, or not at all.
 *
 * It has no name until output_commit(), so nothing is left behind however the
 * program ends.  "-" is standard output.
 */
struct output {
	const struct heapprof_listener *listener;
	char *path;
	char *temporary; /* if it had to have a name; NULL */
	int fd;
	bool replace;	 /* has to be put in the place of `path` */
	uint64_t offset; /* bytes written, with those in the buffer */
	int error; /* the first, a negative errno value; then all is void */
	size_t n;
	uint8_t buffer[65536];
};

/*
 * What is there is replaced, also a link.  But what somebody has @named and is
 * not a regular file, as a FIFO or a device, is written to as it is.
 * 0 or a negative errno value, said to @listener.
 */
int output_open(struct output *o, const char *path, bool named,
		const struct heapprof_listener *listener);

/* Errors show at the end. */
void output_write(struct output *o, const void *p, size_t n);

/* Writes what is left and gives the file its name. */
int output_commit(struct output *o);

/* Closes; what was not committed is gone. */
void output_close(struct output *o);
