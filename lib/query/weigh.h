/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "query.h"

/*
 * How much each trace counts for a question: the sums that the metric is about,
 * at its instant or over its range.
 */
struct weights {
	struct sum *of;	     /* each trace; [DIGEST_OTHER] is `folded` */
	bool *hidden;	     /* each trace: --focus or --ignore leaves it out */
	struct sum total;    /* of all, the hidden ones too */
	struct sum folded;   /* what the digest keeps by no trace */
	struct sum left_out; /* the hidden ones */
	size_t nr_hidden;    /* that have any weight */
};

/* 0, -ENOMEM, or the error of digest_snapshot(). */
int weigh_traces(const struct query *q, struct weights *out);

/* The same, in the arrays that @w has from before; or it is all zero. */
int weigh_again(const struct query *q, struct weights *w);

/*
 * Is what is live at instant @index what was never freed?  So it is at the end
 * of a run; and of several processes, of which some ended earlier, that is what
 * people ask for.
 */
bool weigh_is_left(const struct query *q, size_t index);

/* Marks the traces that --focus and --ignore leave out.  0 or -ENOMEM. */
int weigh_hide(const struct query *q, bool *hidden);

static inline void weigh_add(struct sum *to, const struct sum *s)
{
	sum_add(to, s);
}

/* @a without @b, which is a part of it. */
struct sum weigh_less(struct sum a, const struct sum *b);

/* The figure of @s that @metric is about, and its unit. */
struct estimate weigh_estimate(const struct sum *s, enum metric metric);
enum unit weigh_unit(enum metric metric);

/* The value of that figure, for those whose errors do not matter. */
static inline double weigh_value(const struct sum *s, enum metric metric)
{
	return weigh_unit(metric) == UNIT_COUNT ? s->count : s->bytes;
}

/*
 * The same of a difference, whose variances are its own: @both has the events
 * of the two figures.
 */
struct estimate weigh_difference(const struct sum *difference,
				 const struct sum *both, enum metric metric);

/* Is @metric about an instant, not about what happened up to it? */
bool weigh_is_live(enum metric metric);

/*
 * The figure of all at an instant or over a range.  Of the peak its error also
 * covers that the highest of many estimates was chosen.
 */
struct estimate weigh_total(const struct query *q, const struct sum *s);
struct estimate weigh_total_count(const struct query *q, const struct sum *s);

/* @e, bytes or blocks live at the peak of @d, with such an error. */
struct estimate weigh_peak(const struct digest *d, struct estimate e);

/* Is the error larger than the figure?  Not of nothing, which says nothing. */
bool weigh_uncertain(struct estimate e);

/*
 * Are rows that are too uncertain left out?  Not where @total is so itself, as
 * little would be left to see.
 */
bool weigh_folds(const struct query *q, const struct sum *total);

struct estimate weigh_bytes(const struct sum *s);
struct estimate weigh_count(const struct sum *s);

/* Bytes allocated over @q's time, as bytes a second. */
void weigh_rate(const struct query *q, struct sum *s);

/* What the figures of @metric are about. */
struct period weigh_period(const struct query *q);
