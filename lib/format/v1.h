/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "format.h"
#include "varint.h"

/*
 * The bytes of version 1 of .hpm and .hpd, which the Python heapprof 1.0 wrote;
 * heapprof-format(5), VERSION 1, is the specification.  They are only read.
 *
 * Both are streams without blocks or checksums: fixed numbers are big-endian,
 * the others varints that went through an `int` when they were written.
 *
 * Pure like format.h.  All "get" functions return OK, TRUNCATED where the bytes
 * end within the record, or DAMAGED for what no writer wrote; then the cursor
 * is somewhere within the record.
 */

#define V1_NUMBER_MAX 0x7fffffffu
#define V1_EVENT_MAX 17 /* bytes of the longest event */

/* The first bytes of .hpm. */
extern const uint8_t v1_magic[4];

struct v1_header {
	uint64_t start_ns; /* CLOCK_REALTIME */
	uint32_t nr_ranges;
};

/* Followed by `nr_ranges` ranges. */
enum format_status v1_get_header(struct cursor *c, struct v1_header *h);
enum format_status v1_get_range(struct cursor *c, struct hpm_range *r);

struct v1_frame {
	uint32_t line; /* plus one, as it is written */
	uint32_t length;
	const char *file; /* not zero-terminated; within the bytes */
};

/*
 * The next frame of a trace, outward.  END: that was the outermost.  A file
 * name with control characters is damage.
 */
enum format_status v1_get_frame(struct cursor *c, struct v1_frame *f);

struct v1_event {
	int64_t delta_ns; /* since the event before, below zero: back */
	uint32_t trace;	  /* 0: unknown */
	uint32_t size;	  /* bytes */
	bool is_free;
	uint8_t size_at; /* where in the event its size is; set also if that
			    is what is wrong, otherwise 0 then */
};

/* END: no bytes left. */
enum format_status v1_get_event(struct cursor *c, struct v1_event *e);
