/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "format/format.h"
#include "heapprof.h"

#include "metadata.h"

/*
 * A .hpm of version 1, as if it were of version 2: its traces become a tree of
 * nodes, each source file a module (metadata.h), and there is one thread.
 */
struct v1meta {
	char *path;
	uint64_t size;	  /* bytes of the file */
	uint64_t profile; /* tells profiles apart: from start and sampling */
	union {
		struct hpm_header header; /* rates as they are declared */
		uint8_t room[sizeof(struct hpm_header) + 64];
	};
	uint32_t *nodes;    /* innermost node by trace; [0] is 0, unknown */
	uint32_t nr_traces; /* without [0] */
	uint64_t damage;    /* offset from where nothing can be read */
};

/* Is there a @base.hpm of version 1? */
bool v1meta_exists(const char *base);

/*
 * Loads @base.hpm.  A trace that is cut at the end of the file does not count.
 * What is wrong is said to @listener.  Free both in any case.
 */
int v1meta_load(struct v1meta *v, struct metadata *m, const char *base,
		const struct heapprof_listener *listener);
void v1meta_fini(struct v1meta *v);

/* Sets `path`, `size`, `profile` and `header` alone. */
int v1meta_peek(struct v1meta *v, const char *base,
		const struct heapprof_listener *listener);
