/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "weigh.h"

/*
 * Live figures are one snapshot.  What happened over a range is the activity of
 * the snapshots within it; over the whole run it is the totals by trace, which
 * are never folded.
 *
 * An interval of 1.96 standard errors is too short where few events were
 * recorded: their number k is also what the error is estimated from, and it
 * holds the truth in less than 95 of 100 cases below k = 20 or so, in 75 where
 * one or two are expected.  So the variance gets z^2/2 events more, as the
 * score interval has them (Wilson 1927), which brings 95 back from 5 events on
 * and more than that below.  A figure has sums only; the weight of one event
 * is root(bytes_var count_var) / count, which is exact where all have one size
 * and a mean otherwise.
 */

#define Z95 1.96

/*
 * What the noise that is there has done to the peak, as a multiple of what as
 * much again does, if that is in proportion to its root mean square, as where
 * the heap is level; elsewhere it is less.
 */
#define BIAS (1 / (M_SQRT2 - 1))

struct sum weigh_less(struct sum a, const struct sum *b)
{
	a.bytes -= b->bytes;
	a.count -= b->count;
	a.bytes_var = MAX(a.bytes_var - b->bytes_var, 0.0);
	a.count_var = MAX(a.count_var - b->count_var, 0.0);
	return a;
}

bool weigh_is_live(enum metric metric)
{
	return metric == METRIC_LIVE || metric == METRIC_LIVE_COUNT;
}

static struct sum of_run(const struct digest *d, uint32_t trace,
			 enum metric metric)
{
	const struct sum *allocated = &d->traces[trace].allocated;
	struct digest_run run = digest_run(d, trace);

	switch (metric) {
	case METRIC_FREED:
		return run.freed;
	case METRIC_TEMPORARY:
		return run.temporary;
	case METRIC_BYTE_SECONDS:
		return (struct sum){
			.bytes = run.byte_seconds,
			.bytes_var = run.byte_seconds_var,
			.count = allocated->count,
			.count_var = allocated->count_var,
		};
	case METRIC_WASTE:
		return (struct sum){
			.bytes = run.waste,
			.bytes_var = run.waste_var,
			.count = allocated->count,
			.count_var = allocated->count_var,
		};
	default:
		return *allocated;
	}
}

static bool is_allocated(enum metric metric)
{
	return metric == METRIC_ALLOCATED || metric == METRIC_COUNT ||
	       metric == METRIC_RATE;
}

static void weigh_run(const struct query *q, struct sum *of)
{
	const struct digest *d = q->digest;

	for (uint32_t i = 0; i < d->nr_traces; i++)
		of[i] = is_allocated(q->metric) ? d->traces[i].allocated
						: of_run(d, i, q->metric);
}

bool weigh_is_left(const struct query *q, size_t index)
{
	return q->digest->nr_processes && !q->ranged &&
	       index + 1 == q->digest->nr_instants;
}

static void weigh_left(const struct query *q, struct sum *of)
{
	const struct digest *d = q->digest;

	for (uint32_t i = 0; i < d->nr_traces; i++) {
		struct digest_run run = digest_run(d, i);

		of[i] = weigh_less(d->traces[i].allocated, &run.freed);
	}
}

static int weigh_instant(const struct query *q, size_t index, struct sum *of)
{
	struct digest_usage *usage;
	size_t n;
	int err = digest_snapshot(q->digest, index, &usage, &n);

	if (err < 0)
		return err;
	for (size_t i = 0; i < n; i++) {
		const struct digest_usage *u = &usage[i];

		if (u->trace < q->digest->nr_traces)
			weigh_add(&of[u->trace],
				  weigh_is_live(q->metric)    ? &u->live
				  : q->metric == METRIC_FREED ? &u->freed
							      : &u->allocated);
	}
	free(usage);
	return 0;
}

static int weigh_range(const struct query *q, struct sum *of)
{
	int err = 0;

	for (size_t i = q->from + 1; i <= q->to && !err; i++)
		err = weigh_instant(q, i, of);
	return err;
}

static bool matches(const struct digest_frame *f, const regex_t *regex)
{
	char where[4096];

	snprintf(where, sizeof(where), "%s:%u", f->file ? f->file : "",
		 f->line);
	return (f->function && !regexec(regex, f->function, 0, NULL, 0)) ||
	       (f->file && !regexec(regex, where, 0, NULL, 0)) ||
	       (f->module && !regexec(regex, f->module, 0, NULL, 0));
}

/* Which traces have a frame that matches. */
static int match_traces(const struct query *q, const regex_t *regex, bool *out)
{
	const struct digest *d = q->digest;
	bool *frame = arena_alloc(q->arena, d->nr_frames, sizeof(*frame));

	if (!frame)
		return -ENOMEM;
	for (size_t i = 0; i < d->nr_frames; i++)
		frame[i] = matches(&d->frames[i], regex);
	for (size_t i = 0; i < d->nr_traces; i++)
		for (uint32_t k = 0; k < d->traces[i].nr_frames; k++)
			out[i] |= frame[d->traces[i].frames[k]];
	return 0;
}

int weigh_hide(const struct query *q, bool *hidden)
{
	size_t n = q->digest->nr_traces;
	bool *match = arena_alloc(q->arena, n, sizeof(*match));
	int err = match ? 0 : -ENOMEM;

	if (!err && q->ignore)
		err = match_traces(q, q->ignore, hidden);
	if (!err && q->focus)
		err = match_traces(q, q->focus, match);
	for (size_t i = 0; i < n && !err && q->focus; i++)
		hidden[i] |= !match[i];
	return err;
}

void weigh_rate(const struct query *q, struct sum *s)
{
	struct period p = weigh_period(q);
	double seconds = (double)(p.to_ns - p.from_ns) * 1e-9;
	double scale = seconds > 0 ? 1 / seconds : 0;

	s->bytes *= scale;
	s->bytes_var *= scale * scale;
}

static void add_up(const struct query *q, struct weights *w)
{
	for (size_t i = 0; i < q->digest->nr_traces; i++) {
		const struct sum *s = &w->of[i];

		weigh_add(&w->total, s);
		if (i == DIGEST_OTHER) {
			w->folded = *s;
		} else if (w->hidden[i] && (s->bytes != 0 || s->count != 0)) {
			weigh_add(&w->left_out, s);
			w->nr_hidden++;
		}
	}
}

/* For the arrays of @out, which are all zero. */
static int weigh(const struct query *q, struct weights *out)
{
	size_t n = q->digest->nr_traces;
	int err = weigh_hide(q, out->hidden);

	if (err)
		return err;
	if (!weigh_is_live(q->metric) && !q->ranged)
		weigh_run(q, out->of);
	else if (!weigh_is_live(q->metric))
		err = weigh_range(q, out->of);
	else if (weigh_is_left(q, q->at))
		weigh_left(q, out->of);
	else if (q->digest->nr_instants)
		err = weigh_instant(q, q->at, out->of);
	if (q->metric == METRIC_RATE)
		for (size_t i = 0; i < n; i++)
			weigh_rate(q, &out->of[i]);
	add_up(q, out);
	return err;
}

int weigh_traces(const struct query *q, struct weights *out)
{
	size_t n = q->digest->nr_traces;

	*out = (struct weights){0};
	out->of = arena_alloc(q->arena, n, sizeof(*out->of));
	out->hidden = arena_alloc(q->arena, n, sizeof(*out->hidden));
	return out->of && out->hidden ? weigh(q, out) : -ENOMEM;
}

int weigh_again(const struct query *q, struct weights *w)
{
	size_t n = q->digest->nr_traces;
	struct weights arrays = {.of = w->of, .hidden = w->hidden};

	if (!w->of)
		return weigh_traces(q, w);
	memset(w->of, 0, n * sizeof(*w->of));
	memset(w->hidden, 0, n * sizeof(*w->hidden));
	*w = arrays;
	return weigh(q, w);
}

/* What one event weighs in figures of that variance; @s has the events. */
static double event_of(double variance, const struct sum *s)
{
	return s->count > 0 && s->count_var > 0
		       ? sqrt(variance * s->count_var) / s->count
		       : 0;
}

static struct estimate estimate(double value, double variance, double event)
{
	double all = variance + Z95 * Z95 / 2 * event * event;

	/* Many are exact, and roots take their time. */
	return (struct estimate){value, all == 0 ? 0 : Z95 * sqrt(all)};
}

struct estimate weigh_bytes(const struct sum *s)
{
	return estimate(s->bytes, s->bytes_var, event_of(s->bytes_var, s));
}

struct estimate weigh_count(const struct sum *s)
{
	return estimate(s->count, s->count_var, event_of(s->count_var, s));
}

enum unit weigh_unit(enum metric metric)
{
	switch (metric) {
	case METRIC_LIVE_COUNT:
	case METRIC_COUNT:
	case METRIC_TEMPORARY:
		return UNIT_COUNT;
	case METRIC_BYTE_SECONDS:
		return UNIT_BYTE_SECONDS;
	case METRIC_RATE:
		return UNIT_RATE;
	default:
		return UNIT_BYTES;
	}
}

struct estimate weigh_estimate(const struct sum *s, enum metric metric)
{
	return weigh_unit(metric) == UNIT_COUNT ? weigh_count(s)
						: weigh_bytes(s);
}

struct estimate weigh_difference(const struct sum *difference,
				 const struct sum *both, enum metric metric)
{
	bool count = weigh_unit(metric) == UNIT_COUNT;
	double value = count ? difference->count : difference->bytes;
	double variance = count ? difference->count_var : difference->bytes_var;
	double behind = count ? both->count_var : both->bytes_var;

	/* Nothing came or went. */
	if (variance == 0)
		return (struct estimate){value, 0};
	return estimate(value, variance, event_of(behind, both));
}

static double below(double z)
{
	return erfc(-z * M_SQRT1_2) / 2;
}

/*
 * How many standard errors from a figure the truth is, in 95 of 100 cases, if
 * the figure is @bias standard errors too high on average: 1.96 for 0, and 1.64
 * more than @bias for a large one (Armstrong and Kolesar 2018).
 */
static double critical_value(double bias)
{
	double low = 0, high = bias + 2 * Z95;

	for (int i = 0; i < 60; i++) {
		double z = (low + high) / 2;

		if (below(z - bias) - below(-z - bias) < 0.95)
			low = z;
		else
			high = z;
	}
	return high;
}

struct estimate weigh_peak(const struct digest *d, struct estimate e)
{
	double sd = weigh_bytes(&d->instants[d->peak].live).error / Z95;

	if (d->peak_rise > 0 && sd > 0)
		e.error *= critical_value(d->peak_rise * BIAS / sd) / Z95;
	return e;
}

static bool is_peak(const struct query *q)
{
	return weigh_is_live(q->metric) && q->digest->nr_instants &&
	       q->at == q->digest->peak;
}

struct estimate weigh_total(const struct query *q, const struct sum *s)
{
	struct estimate e = weigh_estimate(s, q->metric);

	return is_peak(q) ? weigh_peak(q->digest, e) : e;
}

struct estimate weigh_total_count(const struct query *q, const struct sum *s)
{
	struct estimate e = weigh_count(s);

	return is_peak(q) ? weigh_peak(q->digest, e) : e;
}

bool weigh_uncertain(struct estimate e)
{
	return e.value != 0 && e.error > fabs(e.value);
}

bool weigh_folds(const struct query *q, const struct sum *total)
{
	return q->fold && !weigh_uncertain(weigh_estimate(total, q->metric));
}

struct period weigh_period(const struct query *q)
{
	const struct digest *d = q->digest;

	if (!d->nr_instants)
		return (struct period){.to_ns = d->duration_ns};
	if (weigh_is_live(q->metric))
		return (struct period){true, 0, d->instants[q->at].time_ns};
	return (struct period){false, d->instants[q->from].time_ns,
			       d->instants[q->to].time_ns};
}
