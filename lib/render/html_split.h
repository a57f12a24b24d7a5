/* SPDX-License-Identifier: MIT */
#pragma once

#include <sys/types.h>

#include "intern.h"
#include "query/history.h"

#include "html_tracks.h"

/*
 * What each trace did in each thread, of the log: the digest keeps stacks and
 * threads apart.  A block is of the thread that allocated it.
 */
struct html_split {
	struct intern pairs; /* of a trace's rank and a thread */
	struct html_track *of;
	size_t room;
	size_t *shown; /* each instant: the first one shown that comprises it */
	bool any;      /* there is something to write */
};

/*
 * Pulls the events of @h, if there are threads to tell apart and no more events
 * than can be read in a moment.  @tracks is filled.  0 or -errno;
 * html_split_fini() in any case.
 */
int html_split_fill(struct history *h, const struct html_choice *choice,
		    const struct html_tracks *tracks, struct html_split *out);

/*
 * Appends the first @nr traces, by rank: how many threads each is of, and of
 * each its number and its changes as in html_tracks.h, preceded by how many.
 * The number of all changes; -ENOMEM.
 */
ssize_t html_split_put(const struct html_split *s, size_t nr,
		       struct bytes *out);
void html_split_fini(struct html_split *s);
