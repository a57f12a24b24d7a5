/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "format/format.h"
#include "profile/digest.h"

#include "logwriter.h"

/*
 * A digest the slow way, to compare with: a random list of events, and for
 * every number one walks the list again from its start.
 */
#define MODEL_EVENTS 120
#define MODEL_TRACES 9	/* nodes 0 to 8 */
#define MODEL_THREADS 5 /* 0 to 4 */
#define MODEL_MARKS 3

/* Whole numbers in the units of the file. */
struct model_sum {
	__int128 bytes, count, bytes_var, count_var;
};

struct model_event {
	uint32_t lane;
	struct model_sum weight; /* what it stands for */
	struct hpd_event is;
};

struct model {
	struct model_event events[MODEL_EVENTS]; /* in order of the stream */
	size_t nr_events;
	uint64_t marks[MODEL_MARKS]; /* ticks, ascending */
	size_t nr_marks;
	uint64_t end_tick;
	uint64_t interval; /* ticks, 0: the default */
	double precision;
	struct hpm_header header; /* sampling, tick_shift */
};

/* Makes a list and writes it as files of that base name. */
void model_make(struct model *m, uint64_t seed, const char *base);

/* Ends the test where @d, made with the options of @m, is not what it is. */
void model_compare(const struct model *m, const struct digest *d);
