/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "query/history.h"

#include "html_choice.h"

/*
 * What each trace did over time, as few bytes as possible: not its figures in
 * every snapshot, but the snapshots at which they changed.
 *
 * All numbers are LEB128.  A change is
 *
 *	snapshots since the last change, less one
 *	flags, HTML_*
 *	allocated since the last change, if HTML_ALLOCATED
 *	freed since then, if HTML_FREED
 *	live, if HTML_LIVE; else it is what it was, plus allocated, less freed
 *	variances of live, if HTML_VARIANCES; else they are 0
 *
 * and a sum is bytes, count and, if HTML_VARIANCES, their variances.  Counts
 * are in units of 1/count_scale.  A variance is the upper 20 bits of a float.
 */

#define HTML_ALLOCATED 1u
#define HTML_FREED 2u
#define HTML_LIVE 4u
#define HTML_VARIANCES 8u

/* A sum as it is written. */
struct html_figures {
	int64_t bytes;
	int64_t count; /* in units of 1/count_scale */
	uint32_t bytes_var, count_var;
};

struct html_track {
	struct html_figures live; /* as of the last change */
	struct sum now;		  /* live in the snapshot at hand */
	struct sum allocated;	  /* since the last change */
	struct sum freed;
	bool active;	    /* it was in one since then */
	size_t seen;	    /* the last one shown that it was in, from 1 */
	size_t changed;	    /* the last change, likewise */
	size_t nr_changes;  /* in `bytes` */
	struct bytes bytes; /* the changes */
};

struct html_tracks {
	struct html_track *of; /* by rank of its trace, see html_choice.h */
	size_t nr;
	uint32_t *rank;	      /* of each trace, plus one; 0: not chosen */
	bool *wanted;	      /* by trace, is it chosen? */
	unsigned count_scale; /* 1, or more where counts are no whole numbers */
};

struct html_figures html_tracks_figures(const struct html_tracks *t,
					const struct sum *s);

/* Writes what has changed up to the snapshot @at, counted from 1. */
void html_tracks_change(const struct html_tracks *tracks, struct html_track *t,
			size_t at);

/* Pulls all of @h.  0 or -errno; html_tracks_fini() in any case. */
int html_tracks_fill(struct history *h, const struct html_choice *choice,
		     struct html_tracks *out);
void html_tracks_fini(struct html_tracks *t);
