/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes .hpm and .hpd files of version 1 for tests, byte by byte as the Python
 * heapprof 1.0 did, with its faults.  All is kept in memory until
 * v1writer_save().
 */
struct v1writer_bytes {
	uint8_t *p;
	size_t n, room;
};

struct v1writer {
	struct v1writer_bytes hpm, hpd;
};

struct v1writer_range {
	uint64_t below;
	uint32_t probability; /* times 2^32 - 1 */
};

/* Started at 1500000000.25 s; ranges end with one of `below` 0. */
void v1writer_init(struct v1writer *w, const struct v1writer_range *ranges);
void v1writer_fini(struct v1writer *w);

/* Frames "file:line", innermost first, NULL-terminated. */
void v1writer_trace(struct v1writer *w, const char *const *frames);

/* @delta_us after the event before. */
void v1writer_alloc(struct v1writer *w, int64_t delta_us, uint32_t trace,
		    uint64_t size);
void v1writer_free(struct v1writer *w, int64_t delta_us, uint32_t trace,
		   uint64_t size);

void v1writer_put(struct v1writer_bytes *b, const void *p, size_t n);
void v1writer_save(const struct v1writer *w, const char *base);
