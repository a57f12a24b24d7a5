/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/format.h"

#include "blocks.h"
#include "reader.h"

/*
 * The log cut into spans of time, each of which can be read without the others
 * (lanes.h).
 *
 * Where they are cut depends on the file alone.  What is read is fixed by
 * spans_open(): every pass gives the same spans, even while the program goes
 * on recording.  Memory is in proportion to the lanes, and to a window of
 * headers of blocks.
 */
struct spans;

/* A block, or the part of it that is in the span. */
struct span_block {
	uint64_t slot;
	uint64_t first; /* tick; events before it are moved to it */
	uint64_t limit; /* as well, those after it */
	uint64_t last;	/* no event is after it; UINT64_MAX: not known */
	uint32_t lane;
	uint32_t sequence;
	uint32_t used; /* bytes of payload that are read, at most */
	bool verify;   /* the checksum has not been looked at */
	bool carried;  /* it began in an earlier span */
};

struct span {
	uint64_t from, to; /* ticks; without @to.  The last one: UINT64_MAX */
	uint64_t position; /* bytes of the log up to there, about */
	struct span_block *blocks; /* by lane, each in order */
	size_t nr, room;
};

/*
 * @b, the log, stays the caller's and must outlive the result; @h is the header
 * of .hpm.  0 or -ENOMEM.
 */
int spans_open(struct blocks *b, const struct hpm_header *h,
	       struct spans **out);
void spans_close(struct spans *ss);

/*
 * Starts over.  A @careful pass looks at the checksum of each block before it
 * believes the header, which takes longer; it is for logs where that turned
 * out to be wrong.
 */
void spans_rewind(struct spans *ss, bool careful);

/* 1; 0: that was all; -ENOMEM.  Free @out->blocks at last. */
int spans_next(struct spans *ss, struct span *out);

/* All spans of a pass have been read, and no checksum was wrong. */
void spans_pass(struct spans *ss);
bool spans_passed(const struct spans *ss);

/* What reading found; ignored after the first full pass. */
void spans_damage(struct spans *ss, const struct reader_damage *d);

/* What was wrong by then. */
const struct reader_damage *spans_damage_of(const struct spans *ss);

/* Bytes that there are. */
uint64_t spans_size(const struct spans *ss);
