/* SPDX-License-Identifier: MIT */

/*
 * Adding up needs no order, so lanes are read one after the other.  What they
 * have live together is known where all of them are at the same time: at the
 * ends of windows, which are short enough for it to be hardly more in between.
 * It is most if each has its own peak of a window at the same time.
 */

#include "windows.h"

#define WINDOWS 64u /* of a span */

struct window {
	uint64_t last; /* tick */
	uint64_t live; /* what the lanes add to it */
	__int128 rise; /* by which it is more than at the start, at most */
};

/* Of even length, up to where the last block begins; returns how many. */
static size_t set_windows(const struct span *s, size_t nr_lanes,
			  struct window *w)
{
	size_t nr = nr_lanes > 1 ? WINDOWS : 1;
	uint64_t end = s->from, step;

	for (size_t i = 0; i < s->nr; i++)
		end = MAX(end, s->blocks[i].first);
	step = (MIN(end, s->to) - s->from) / nr;
	for (size_t i = 0; i < nr; i++)
		w[i] = (struct window){.last = s->from + step * (i + 1)};
	w[nr - 1].last = s->to - 1;
	return nr;
}

static int add_lane(struct lane *l, struct lane_log *log, struct window *w,
		    size_t nr, struct reader_sums *sums)
{
	int error = 0;

	for (size_t i = 0; i < nr && error == 0; i++) {
		sums->live = 0;
		sums->reached = 0;
		error = lane_add_up(l, log, w[i].last, sums);
		w[i].live += sums->live;
		w[i].rise += sums->reached;
	}
	return error;
}

/* Of all lanes; with only one, what it reached is the bound as well. */
static void join(const struct window *w, size_t nr, struct reader_sums *out)
{
	out->live = 0;
	out->bound = 0;
	for (size_t i = 0; i < nr; i++) {
		__int128 bound = (int64_t)out->live + w[i].rise;

		out->bound = (int64_t)MIN(MAX(bound, out->bound), INT64_MAX);
		out->live += w[i].live;
		out->reached = MAX(out->reached, (int64_t)out->live);
	}
}

int windows_add_up(struct lane *const *lanes, size_t nr, struct lane_log *log,
		   struct reader_sums *out)
{
	struct window windows[WINDOWS];
	size_t nr_windows = set_windows(log->span, nr, windows);
	int error = 0;

	*out = (struct reader_sums){0};
	for (size_t i = 0; i < nr && error == 0; i++)
		error = add_lane(lanes[i], log, windows, nr_windows, out);
	if (nr > 1) {
		out->reached = 0;
		out->top = 0;
	}
	out->top_known = nr <= 1;
	join(windows, nr_windows, out);
	return error;
}
