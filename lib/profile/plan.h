/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "reader.h"

/*
 * The first pass over the log: where the peak is, and where the end.
 *
 * The largest of many estimates is likely one of the too large ones.  How much
 * that matters depends on the program: nothing where the heap has one summit,
 * several standard errors where it stays near the peak while its blocks come
 * and go.  So it is measured: as much noise again is added to the estimates,
 * each recorded block standing for its standard error more or less, by a fair
 * draw that its free repeats, and once with all signs the other way.  The mean
 * of the two peaks is above the peak by what the added noise did, which is
 * what the noise that is there has likely done before.
 */
struct plan_total {
	uint64_t live;	/* int64_t, but may wrap round */
	uint64_t noise; /* as well */
	int64_t peak;
	int64_t above, below; /* the peaks with and less the noise */
};

/* Of a part of the log: the totals are relative to its start. */
struct plan_part {
	uint64_t events; /* all of them */
	uint64_t recorded;
	uint64_t frees;
	uint64_t peak_event; /* right after this many; 0: at the start */
	uint64_t last_ns;    /* time of the last event, if there is one */
	struct plan_total total;
};

struct plan {
	uint64_t events;   /* all of them */
	uint64_t recorded; /* allocations */
	uint64_t frees;
	uint64_t peak_part;  /* the peak is in this part of the log... */
	uint64_t peak_event; /* ...after this many of its events; 0: none was
				ever live, the peak is the start */
	int64_t peak_rise;   /* 1/64 byte; by how much it rises if there is
				twice the noise; at least 0 */
	uint64_t last_ns;    /* time of the last event */
	uint64_t nr_parts;   /* of the log, that have been read */
	bool stopped; /* the listener wanted an end: all is up to there */
	struct plan_total total; /* private */
};

/* The next @n events of a part, in order of time. */
void plan_add(struct plan_part *p, const struct reader_event *events, size_t n);

/* The next part; after the last one, plan_end(). */
void plan_join(struct plan *p, const struct plan_part *part);
void plan_end(struct plan *p);

/*
 * Part @number, with @start live at its start, has been joined, but less was
 * known of its peak.  Of several that are as high, the peak is the first.
 */
void plan_raise(struct plan *p, uint64_t number, uint64_t start,
		const struct plan_part *part);

/* What @e, an allocation, adds to the noise, and a free takes back. */
int64_t plan_noise(const struct reader_event *e);

/* Of the whole log, by @jobs threads.  0 or -ENOMEM. */
int plan_make(struct reader *r, unsigned jobs,
	      const struct heapprof_listener *listener, struct plan *p);
