/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>

#include "base.h"

#include "query.h"
#include "rank.h"
#include "sites.h"
#include "spread.h"
#include "weigh.h"

/*
 * Ages of freed blocks, or sizes of all blocks, in classes of powers of two, as
 * the digest has them by trace: so they are of the whole run.
 */

#define SPREAD_ROWS 10u
#define NO_ROW UINT32_MAX

/* What is added up for a row, or for all. */
struct spread_sum {
	struct sum of[DIGEST_CLASSES];
	struct sum peak[DIGEST_CLASSES];
	struct sum all;
	struct sum live; /* at the end */
	struct digest_age age;
};

struct spreader {
	const struct query *q;
	bool ages; /* or sizes */
	struct sites sites;
	uint32_t *row_of;	 /* each group of places */
	struct spread_sum *sums; /* each row, then the total */
	size_t nr_rows;
	bool unknown;	      /* there are frees without an age */
	unsigned first, last; /* classes that are shown */
};

/* What a trace has. */
struct part {
	struct sum allocated;
	struct digest_run run;
	struct digest_spread spread;
};

static void add_part(const struct spreader *b, const struct part *p,
		     struct spread_sum *to)
{
	const struct digest_spread *t = &p->spread;
	struct sum live = weigh_less(p->allocated, &p->run.freed);

	for (size_t i = 0; i < t->nr_lived && b->ages; i++) {
		weigh_add(&to->of[t->lived[i].class], &t->lived[i].freed);
		/* Where ages are not known, there are none. */
		weigh_add(&to->all, &t->lived[i].freed);
	}
	for (size_t i = 0; i < t->nr_sized && !b->ages; i++) {
		weigh_add(&to->of[t->sized[i].class], &t->sized[i].allocated);
		weigh_add(&to->peak[t->sized[i].class], &t->sized[i].peak);
	}
	if (!b->ages)
		weigh_add(&to->all, &p->allocated);
	weigh_add(&to->live, &live);
	to->age.sum += p->run.age.sum;
	to->age.sum_var += p->run.age.sum_var;
	to->age.cov += p->run.age.cov;
}

static void add_traces(struct spreader *b)
{
	const struct digest *d = b->q->digest;

	for (uint32_t i = 1; i < d->nr_traces; i++) {
		struct part p = {d->traces[i].allocated, digest_run(d, i),
				 d->spreads[i]};
		uint32_t row;

		b->unknown |=
			b->ages && p.run.freed.count > 0 && !p.spread.nr_lived;
		if (b->sites.weights.hidden[i])
			continue;
		row = b->row_of[sites_owner(&b->sites, d, i)];
		if (row != NO_ROW)
			add_part(b, &p, &b->sums[row]);
		add_part(b, &p, &b->sums[b->nr_rows]);
	}
}

/* The classes from the first to the last that is not empty. */
static void find_classes(struct spreader *b)
{
	const struct spread_sum *all = &b->sums[b->nr_rows];

	b->first = 0;
	b->last = DIGEST_CLASSES - 1;
	while (b->last > 0 && all->of[b->last].count == 0)
		b->last--;
	while (b->first < b->last && all->of[b->first].count == 0)
		b->first++;
}

static uint64_t class_from(unsigned class)
{
	return class ? (uint64_t)1 << (class - 1) : 0;
}

static uint64_t class_to(unsigned class)
{
	return class + 1 < DIGEST_CLASSES ? (uint64_t)1 << class : UINT64_MAX;
}

/* Where @part of the blocks are below, and the class that it lies in. */
static double quantile(const struct spread_sum *s, double part, unsigned *class)
{
	double left = part * s->all.count;

	for (*class = 0; *class + 1 < DIGEST_CLASSES; ++*class) {
		double n = s->of[*class].count;
		double from = (double)class_from(*class);

		if (left <= n && n > 0)
			return from + (*class ? from : 1) * MAX(left, 0.0) / n;
		left -= n;
	}
	return (double)class_from(*class);
}

/*
 * The interval of Woodruff: that of the share of blocks below the median, taken
 * back to ages or sizes; and never less than the class it lies in.
 */
static struct estimate median_of(const struct spread_sum *s, double unit)
{
	double spread = 0.98 * sqrt(s->all.count_var) / s->all.count;
	unsigned class, low, high;
	double value;

	if (!(s->all.count > 0))
		return (struct estimate){NAN, NAN};
	value = quantile(s, 0.5, &class);
	quantile(s, 0.5 - MIN(spread, 0.5), &low);
	quantile(s, 0.5 + MIN(spread, 0.5), &high);
	return (struct estimate){value * unit,
				 MAX(value - (double)class_from(low),
				     (double)class_to(high) - value) *
					 unit};
}

/* A ratio: what varies with the count does not count. */
static struct estimate ratio(double sum, double var, double cov,
			     const struct sum *n)
{
	double mean = sum / n->count;
	double v = var - 2 * mean * cov + mean * mean * n->count_var;

	if (!(n->count > 0))
		return (struct estimate){NAN, NAN};
	return (struct estimate){mean, 1.96 * sqrt(MAX(v, 0.0)) / n->count};
}

/*
 * The covariance of bytes and count is not in the digest, but a lower bound is:
 * in a class no size is below half of its end.
 */
static double size_covariance(const struct spread_sum *s)
{
	double cov = 0;

	for (unsigned i = 1; i < DIGEST_CLASSES; i++)
		cov += MAX((double)class_from(i) * s->of[i].count_var,
			   s->of[i].bytes_var / (double)class_to(i));
	return cov;
}

static struct bin *fill_bins(const struct spreader *b,
			     const struct spread_sum *s)
{
	size_t nr = b->last - b->first + 1;
	struct bin *bins = arena_alloc(b->q->arena, nr, sizeof(*bins));

	for (unsigned i = b->first; bins && i <= b->last; i++)
		bins[i - b->first] = (struct bin){
			.from = class_from(i),
			.to = class_to(i),
			.bytes = weigh_bytes(&s->of[i]),
			.count = weigh_count(&s->of[i]),
			.peak_bytes = weigh_bytes(&s->peak[i]),
			.peak_count = weigh_count(&s->peak[i]),
		};
	return bins;
}

static int fill_row(const struct spreader *b, const struct spread_sum *s,
		    struct spread_row *out)
{
	out->bins = fill_bins(b, s);
	out->bytes = weigh_bytes(&s->all);
	out->count = weigh_count(&s->all);
	out->live_bytes = weigh_bytes(&s->live);
	out->live_count = weigh_count(&s->live);
	out->median = median_of(s, b->ages ? 1e-6 : 1);
	out->mean =
		b->ages ? ratio(s->age.sum, s->age.sum_var, s->age.cov, &s->all)
			: ratio(s->all.bytes, s->all.bytes_var,
				size_covariance(s), &s->all);
	return out->bins ? 0 : -ENOMEM;
}

/* The places that get rows, the heaviest first. */
static struct rank *rank_sites(struct spreader *b, struct spread *out)
{
	const struct query *q = b->q;
	uint32_t nr = b->sites.places.nr;
	struct rank *rank = arena_alloc(q->arena, nr, sizeof(*rank));
	struct sum rest = b->sites.weights.total;
	bool fold = weigh_folds(q, &rest);
	size_t n = 0;

	b->row_of = arena_alloc(q->arena, nr, sizeof(*b->row_of));
	if (!rank || !b->row_of)
		return NULL;
	for (uint32_t i = 0; i < nr; i++) {
		const struct sum *s = &b->sites.of[i].self;
		struct estimate e = weigh_estimate(s, q->metric);
		double weight = e.value;

		b->row_of[i] = NO_ROW;
		out->nr_more += weight != 0;
		if (fold && weigh_uncertain(e))
			out->nr_uncertain++;
		else if (weight != 0 && s->bytes >= (double)q->min_size)
			rank[n++] = (struct rank){weight, i};
	}
	b->nr_rows = MIN(n, q->top ? q->top : SPREAD_ROWS);
	rank_first(rank, n, b->nr_rows);
	out->nr_more -= b->nr_rows;
	for (uint32_t i = 0; i < b->nr_rows; i++) {
		const struct sum *s = &b->sites.of[rank[i].number].self;

		b->row_of[rank[i].number] = i;
		rest.bytes -= s->bytes;
		rest.count -= s->count;
		rest.bytes_var = MAX(rest.bytes_var - s->bytes_var, 0.0);
		rest.count_var = MAX(rest.count_var - s->count_var, 0.0);
	}
	out->other = weigh_estimate(&rest, q->metric);
	out->hidden = weigh_estimate(&b->sites.weights.left_out, q->metric);
	return rank;
}

static int fill_rows(struct spreader *b, const struct rank *rank,
		     struct spread *out)
{
	const struct query *q = b->q;
	struct spread_row *rows;
	int err;

	b->sums = arena_alloc(q->arena, b->nr_rows + 1, sizeof(*b->sums));
	rows = arena_alloc(q->arena, b->nr_rows, sizeof(*rows));
	if (!b->sums || !rows)
		return -ENOMEM;
	add_traces(b);
	find_classes(b);
	out->unknown = b->unknown;
	out->nr_bins = b->last - b->first + 1;
	out->rows = rows;
	out->nr_rows = b->nr_rows;
	err = fill_row(b, &b->sums[b->nr_rows], &out->total);
	for (size_t i = 0; i < b->nr_rows && !err; i++) {
		rows[i].weight = weigh_estimate(
			&b->sites.of[rank[i].number].self, q->metric);
		err = fill_row(b, &b->sums[i], &rows[i]);
		if (!err)
			err = sites_place(q, &b->sites, rank[i].number,
					  &rows[i].place, &rows[i].via);
	}
	out->total.weight = weigh_estimate(&b->sites.weights.total, q->metric);
	return err;
}

int spread_query(const struct query *q, bool ages, struct spread *out)
{
	struct spreader b = {.q = q, .ages = ages};
	struct rank *rank;
	int err = digest_spreads(q->digest);

	if (!err)
		err = sites_add_up_first(q, 0, &b.sites);
	if (err)
		return err;
	out->metric = query_metric_name(q->metric);
	out->unit = ages ? UNIT_SECONDS : UNIT_BYTES;
	out->period = weigh_period(q);
	rank = rank_sites(&b, out);
	return rank ? fill_rows(&b, rank, out) : -ENOMEM;
}
