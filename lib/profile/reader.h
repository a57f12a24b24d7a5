/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/format.h"
#include "format/hpc.h"
#include "heapprof.h"

#include "metadata.h"

/*
 * A recorded profile: what its events were, in order of time, as often as one
 * asks.  All passes give the same events, also of a program that still runs.
 *
 * Where the events come from is hidden in reader.c: a source is something that
 * can rewind, give a batch, and say where it is.
 */
struct reader;

/* What an allocation and its free have in common. */
struct reader_block {
	struct hpd_block is;   /* trace: number of a node, 0: unknown */
	struct hpc_sum weight; /* what one of it stands for */
	int64_t noise;	       /* standard error of weight.bytes, its unit */
	uint64_t batch;	       /* private to where it comes from */
	struct {
		uint64_t tally; /* 0: not known to any */
		uint32_t trace, cell, thread;
		bool exact;
		int64_t waste;
	} in; /* private to tally.c */
};

struct reader_event {
	uint64_t time_ns; /* from the start of recording; never falls */
	uint64_t value;	  /* FREE, TEMPORARY: age in ns; RSS: pages */
	struct reader_block *block; /* ALLOC, FREE, TEMPORARY */
	uint32_t thread;	    /* that did it */
	uint8_t kind; /* HPD_ALLOC, HPD_FREE, HPD_TEMPORARY, HPD_RSS */
};

/* All times are at most this, 146 years; a later one is damage. */
#define READER_TIME_MAX ((uint64_t)1 << 62)

static inline uint64_t reader_ns(const struct hpm_header *h, uint64_t tick)
{
	return MIN(tick, READER_TIME_MAX >> h->tick_shift) << h->tick_shift;
}

/* What was skipped of the log. */
struct reader_damage {
	uint64_t blocks;
	uint64_t bytes;
	uint64_t first;	  /* offset of the first */
	uint64_t missing; /* blocks that were not there, by their numbers */
	bool cut;	  /* the file ends within a block */
};

/* What tells whether a digest is of this log as it is now. */
struct reader_identity {
	uint64_t profile;
	uint64_t log_size;   /* bytes of .hpd */
	int64_t log_time_ns; /* 0: recording has ended */
	uint64_t events;     /* that .hpm counts */
	uint64_t end_tick;
};

/*
 * Opens the profile @base, which may also be the name of one of its files.
 * What is wrong is said to @listener, which must outlive the reader (or NULL).
 */
int reader_open(const char *base, const struct heapprof_listener *listener,
		struct reader **out);
void reader_close(struct reader *r);

/*
 * What events of version 1 stand for: heapprof_digest_options.v1_scale.  To be
 * called before the first event; nothing for other versions.  -EINVAL: there is
 * no such scale.
 */
int reader_set_v1_scale(struct reader *r, const char *scale);

/* Do frees have the age of their block?  Not in version 1. */
bool reader_has_ages(const struct reader *r);

/* The base name, without .hpm or .hpd; malloc()ed, NULL: no memory. */
char *reader_base(const char *name);

/*
 * The next events, at least one; *@n 0: the end.  They and their blocks are
 * valid until the next call.  0 or -ENOMEM.
 */
int reader_next(struct reader *r, const struct reader_event **events,
		size_t *n);
void reader_rewind(struct reader *r);

/* Bytes of the log read since the start, and all. */
uint64_t reader_position(const struct reader *r);
uint64_t reader_size(const struct reader *r);

/*
 * The same events, but in parts that several threads read at the same time,
 * each by a part of its own.  Where the parts begin does not depend on how many
 * there are.
 */
struct reader_part;

/* Does it make sense to have several?  Version 1 can be read in order only. */
bool reader_has_parts(const struct reader *r);

/* Starts over, and for parts this time. */
void reader_start(struct reader *r);
int reader_part_open(struct reader *r, struct reader_part **out);
void reader_part_close(struct reader_part *p);

/*
 * Moves @p to the part that is next in the log and has not been taken by
 * another; *@position are the bytes of the log up to its end, about.  1; 0:
 * that was all; -ENOMEM; -EBADMSG: as reader_part_read().
 */
int reader_part_next(struct reader_part *p, uint64_t *position);

/*
 * As reader_next(), of this part.  -EBADMSG: the log is damaged where it was
 * believed; reader_start() again, which will believe less.
 */
int reader_part_read(struct reader_part *p, const struct reader_event **events,
		     size_t *n);

/*
 * What the events of a part add up to.  Bytes are in the unit of struct
 * hpc_sum, and without those that were live at its start.  They may wrap round
 * if sizes are made up; nothing else is wrong then.
 */
struct reader_sums {
	uint64_t events; /* all of them */
	uint64_t recorded;
	uint64_t frees;
	uint64_t last_ns; /* time of the last event, if there is one */
	uint64_t live;	  /* at the end; int64_t */
	int64_t reached;  /* live at some time, at least 0... */
	int64_t bound;	  /* ...and never more than this */
	uint64_t top;	  /* events up to where it was first `reached`, which is
			     the bound as well; if that is known, else 0 */
	bool top_known;
};

/* Can parts be added up?  If all was recorded; not in version 1. */
bool reader_has_sums(const struct reader *r);

/*
 * Instead of reader_part_read(): of the whole part, without putting its events
 * in order, which is faster.  0, or -EBADMSG as there.
 */
int reader_part_sums(struct reader_part *p, struct reader_sums *out);

/* To be called when all parts have been read to their ends. */
void reader_end(struct reader *r);

const char *reader_name(const struct reader *r); /* of the log file */
const struct hpm_header *reader_header(const struct reader *r);
const struct metadata *reader_metadata(const struct reader *r);
const struct reader_identity *reader_identity(const struct reader *r);

/* After a full pass; of the log alone. */
const struct reader_damage *reader_damage(const struct reader *r);

/*
 * Says what was damaged, cut or lost, after a pass that gave @events
 * allocations and frees, and was it the @whole log?  HEAPPROF_LOSSY if anything
 * was.  *@lost is the number of events that are known to be missing.
 */
int reader_report(const struct reader *r, bool whole, uint64_t events,
		  uint64_t *lost);

/* Of @base as it is now, quickly and silently. */
int reader_identify(const char *base, struct reader_identity *out);
