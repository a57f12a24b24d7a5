/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "format/hpc.h"

#include "frames.h"
#include "output.h"
#include "plan.h"
#include "reader.h"
#include "snapshot.h"

/*
 * The sections of a digest, all but the snapshots: what digest_open() loads.
 */
struct tables {
	const struct reader *reader;
	const struct snapshot *state; /* after the last event */
	struct frames *frames;
	const struct hpc_instant *instants;
	size_t nr_instants;
	size_t peak;	   /* index of the instant */
	int64_t peak_rise; /* as in struct plan */
	uint64_t end_ns;
	uint64_t interval_ns;
	uint64_t lost; /* events */
	bool shortened;
};

/* Appends sections and trailer.  0 or -ENOMEM; other errors are @o's. */
int tables_write(const struct tables *t, struct output *o);
