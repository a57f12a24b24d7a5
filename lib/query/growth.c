/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>

#include "base.h"
#include "profile/digest_rows.h"

#include "growth.h"
#include "rank.h"

/*
 * A slope is a sum over the snapshots, each with a factor, and so a sum over
 * blocks: each times the factors of the snapshots that it was live in.  From
 * that follows what sampling does to it, although the same blocks are in many
 * snapshots: a block that came in one interval and went in another has the
 * difference of two running sums of factors, whose square is at most the sum of
 * their squares.  For what only grows, a leak, that is exact.
 */

#define POINTS_MAX 64u
#define PLACES_MAX 1000u
#define ROWS 10u
#define NO_SERIES UINT32_MAX
#define HOUR 3600.0
#define Z95 1.96

/* Student's t for 95%, by the expansion of Cornish and Fisher. */
static double student(double freedom)
{
	double z = Z95, z3 = z * z * z, z5 = z3 * z * z;

	return z + (z3 + z) / (4 * freedom) +
	       (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom * freedom);
}

/* The factors that give the slope, for weights 1 / (var + @scatter). */
static void find_factors(const struct growth_point *p, size_t n, double scatter,
			 double *factor)
{
	double sum = 0, mean = 0, square = 0, most = scatter;

	for (size_t i = 0; i < n; i++)
		most = MAX(most, scatter + p[i].var);
	for (size_t i = 0; i < n; i++) {
		/* No point counts a thousand times as much as another. */
		factor[i] =
			most > 0 ? most / MAX(scatter + p[i].var, most / 1000)
				 : 1;
		sum += factor[i];
		mean += factor[i] * p[i].time_s;
	}
	mean /= sum;
	for (size_t i = 0; i < n; i++)
		square +=
			factor[i] * (p[i].time_s - mean) * (p[i].time_s - mean);
	for (size_t i = 0; i < n; i++)
		factor[i] *= square > 0 ? (p[i].time_s - mean) / square : 0;
}

static double find_slope(const struct growth_point *p, size_t n,
			 const double *factor)
{
	double slope = 0;

	for (size_t i = 0; i < n; i++)
		slope += factor[i] * (p[i].bytes - p[0].bytes);
	return slope;
}

/* Above a line through @first, which keeps what never changes exact. */
static double height(const struct growth_point *p,
		     const struct growth_point *first, double slope)
{
	return p->bytes - first->bytes - slope * (p->time_s - first->time_s);
}

/* What is left of each point beside the line; returns its variance. */
static double find_rest(const struct growth_point *p, size_t n, double slope,
			double *rest)
{
	double mean = 0, square = 0;

	for (size_t i = 0; i < n; i++)
		rest[i] = height(&p[i], &p[0], slope);
	for (size_t i = 0; i < n; i++)
		mean += rest[i] / (double)n;
	for (size_t i = 0; i < n; i++) {
		rest[i] -= mean;
		square += rest[i] * rest[i];
	}
	return square / (double)(n - 2);
}

/* By how far points are off the line, which neighbours are together. */
static double scatter_error(const double *rest, const double *factor, size_t n)
{
	double square = 0, next = 0, var = 0, alike, freedom;

	for (size_t i = 0; i < n; i++) {
		square += rest[i] * rest[i];
		next += i ? rest[i] * rest[i - 1] : 0;
		var += factor[i] * factor[i] * rest[i] * rest[i];
	}
	alike = square > 0 ? MIN(MAX(next / square, 0.0), 0.95) : 0;
	freedom = (double)n * (1 - alike) / (1 + alike) - 2;
	var *= (double)n / (double)(n - 2) * (1 + alike) / (1 - alike);
	return student(MAX(freedom, 3.0)) * sqrt(var);
}

static double sampling_error(const struct growth_point *p, size_t n,
			     const double *factor)
{
	double before = 0, var = 0;

	for (size_t i = 1; i < n; i++) {
		before += factor[i - 1];
		/* What came and went in between is in no snapshot. */
		var += before * before *
		       (MIN(p[i].in, p[i].var) + MIN(p[i].out, p[i - 1].var));
	}
	return Z95 * sqrt(var);
}

struct estimate growth_fit(const struct growth_point *points, size_t n)
{
	double factor[POINTS_MAX], rest[POINTS_MAX], slope, scatter;

	find_factors(points, n, 0, factor);
	scatter = find_rest(points, n, find_slope(points, n, factor), rest);
	find_factors(points, n, scatter, factor);
	slope = find_slope(points, n, factor);
	find_rest(points, n, slope, rest);
	return (struct estimate){slope, MAX(scatter_error(rest, factor, n),
					    sampling_error(points, n, factor))};
}

struct grower {
	const struct query *q;
	struct sites *sites;
	size_t first, stride, nr_points;
	double folded[POINTS_MAX]; /* live in "other" */
	uint32_t *series;	   /* of each trace, or NO_SERIES */
	uint32_t *group;	   /* of each series */
	struct growth_point (*points)[POINTS_MAX]; /* of each series */
	size_t nr_series;
};

/* The instants that are points: the last one, and evenly before it. */
static void choose_points(struct grower *g)
{
	const struct query *q = g->q;
	const struct digest_instant *in = q->digest->instants;
	uint64_t from = in[q->from].time_ns, to = in[q->to].time_ns;
	size_t n;

	g->first = q->from;
	while (g->first < q->to &&
	       in[g->first].time_ns < from + (to - from) / 4)
		g->first++;
	n = q->to - g->first + 1;
	g->stride = (n + POINTS_MAX - 1) / POINTS_MAX;
	g->nr_points = (n + g->stride - 1) / g->stride;
	g->first = q->to - (g->nr_points - 1) * g->stride;
}

/* Only what is there in the end can have grown. */
static int choose_series(struct grower *g)
{
	const struct query *q = g->q;
	const struct sites *s = g->sites;
	struct arena *a = q->arena;
	struct rank *rank = arena_alloc(a, s->places.nr, sizeof(*rank));
	uint32_t *series = arena_alloc(a, s->places.nr, sizeof(*series));
	size_t n = 0;

	g->series = arena_alloc(a, q->digest->nr_traces, sizeof(*g->series));
	if (!rank || !series || !g->series)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->places.nr; i++) {
		series[i] = NO_SERIES;
		if (s->of[i].self.bytes > 0)
			rank[n++] = (struct rank){s->of[i].self.bytes, i};
	}
	g->nr_series = MIN(n, PLACES_MAX);
	rank_first(rank, n, g->nr_series);
	g->group = arena_alloc(a, g->nr_series, sizeof(*g->group));
	g->points = arena_alloc(a, g->nr_series, sizeof(*g->points));
	if (!g->group || !g->points)
		return -ENOMEM;
	for (uint32_t i = 0; i < g->nr_series; i++) {
		g->group[i] = rank[i].number;
		series[rank[i].number] = i;
	}
	g->series[DIGEST_OTHER] = NO_SERIES;
	for (uint32_t i = 1; i < q->digest->nr_traces; i++)
		g->series[i] = s->weights.hidden[i]
				       ? NO_SERIES
				       : series[sites_owner(s, q->digest, i)];
	return 0;
}

static size_t point_of(const struct grower *g, size_t instant)
{
	return (instant - g->first + g->stride - 1) / g->stride;
}

static struct growth_point *series_of(const struct grower *g, uint32_t trace)
{
	uint32_t series = g->series[trace];

	return series == NO_SERIES ? NULL : g->points[series];
}

/* What is live at the points. */
static int read_points(struct grower *g, struct digest_rows *rows, bool *wanted)
{
	const struct digest *d = g->q->digest;
	int err = 0;

	for (uint32_t i = 0; i < d->nr_traces; i++)
		wanted[i] = i == DIGEST_OTHER || series_of(g, i);
	for (size_t i = g->first; i <= g->q->to && !err; i += g->stride) {
		size_t point = point_of(g, i);

		err = digest_rows_read(d, i, wanted, rows);
		for (size_t k = 0; k < rows->n && !err; k++) {
			const struct digest_usage *u = &rows->usage[k];
			struct growth_point *p = series_of(g, u->trace);

			if (u->trace == DIGEST_OTHER)
				g->folded[point] = u->live.bytes;
			if (!p)
				continue;
			p[point].bytes += u->live.bytes;
			p[point].var += u->live.bytes_var;
		}
	}
	return err;
}

/* Is any point of these an estimate? */
static bool is_estimated(const struct growth_point *p, size_t n)
{
	while (n > 0 && p[n - 1].var == 0)
		n--;
	return n > 0;
}

/* What came and went between the points, if that matters for anything. */
static int read_moves(struct grower *g, struct digest_rows *rows, bool *wanted)
{
	const struct digest *d = g->q->digest;
	bool any = false;
	int err = 0;

	for (uint32_t i = 0; i < d->nr_traces; i++) {
		const struct growth_point *p = series_of(g, i);

		wanted[i] = p && is_estimated(p, g->nr_points);
		any |= wanted[i];
	}
	for (size_t i = g->first; any && i <= g->q->to && !err; i++) {
		err = digest_rows_read(d, i, wanted, rows);
		for (size_t k = 0; k < rows->n && !err; k++) {
			const struct digest_usage *u = &rows->usage[k];
			struct growth_point *p =
				series_of(g, u->trace) + point_of(g, i);

			p->in += u->allocated.bytes_var;
			p->out += u->freed.bytes_var;
		}
	}
	return err;
}

static int read_snapshots(struct grower *g)
{
	struct digest_rows rows = {.arena = g->q->arena};
	bool *wanted = arena_alloc(g->q->arena, g->q->digest->nr_traces,
				   sizeof(*wanted));
	int err = wanted ? read_points(g, &rows, wanted) : -ENOMEM;

	return err ? err : read_moves(g, &rows, wanted);
}

/*
 * Where a place is missing, it may be among the small ones that the digest
 * folded: then it had what it had next, but no more than all of these.
 */
static void fill_gaps(const struct grower *g, struct growth_point *p)
{
	const struct digest_instant *in = g->q->digest->instants;
	double bytes = 0, var = 0;

	for (size_t i = g->nr_points; i-- > 0;) {
		p[i].time_s =
			(double)in[g->first + i * g->stride].time_ns * 1e-9;
		if (p[i].bytes == 0 && g->folded[i] > 0 && bytes > 0) {
			p[i].bytes = MIN(bytes, g->folded[i]);
			p[i].var = var;
		}
		bytes = p[i].bytes;
		var = p[i].var;
	}
}

static int fit_all(struct grower *g, struct rank *rank, size_t *nr)
{
	struct estimate *growth =
		arena_alloc(g->q->arena, g->sites->places.nr, sizeof(*growth));

	*nr = 0;
	if (!growth)
		return -ENOMEM;
	for (uint32_t i = 0; i < g->sites->places.nr; i++)
		growth[i] = (struct estimate){NAN, NAN};
	g->sites->growth = growth;
	for (uint32_t i = 0; i < g->nr_series; i++) {
		struct estimate *e = &growth[g->group[i]];

		if (g->nr_points < GROWTH_LEAST)
			continue;
		fill_gaps(g, g->points[i]);
		*e = growth_fit(g->points[i], g->nr_points);
		e->value *= HOUR;
		e->error *= HOUR;
		if (e->value > 0 && e->value > e->error)
			rank[(*nr)++] = (struct rank){e->value, g->group[i]};
	}
	rank_first(rank, *nr, *nr);
	return 0;
}

static void add_growth(struct estimate *to, struct estimate e)
{
	to->value += e.value;
	to->error = hypot(to->error, e.error);
}

static int fill_row(const struct grower *g, uint32_t group, struct row *row)
{
	struct estimate *cells = arena_alloc(g->q->arena, 2, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	cells[0] = g->sites->growth[group];
	cells[1] = weigh_bytes(&g->sites->of[group].self);
	row->cells = cells;
	return sites_place(g->q, g->sites, group, &row->place, &row->via);
}

static int fill_table(const struct grower *g, const struct rank *rank, size_t n,
		      struct table *t)
{
	static const struct column columns[] = {
		{"growth", "growth", UNIT_HOURLY, COLUMN_ALWAYS},
		{"self", "live", UNIT_BYTES, COLUMN_WIDE},
	};
	const struct digest_instant *in = g->q->digest->instants;
	struct row *rows;
	int err = 0;

	t->columns = columns;
	t->nr_columns = ARRAY_SIZE(columns);
	t->period = (struct period){false, in[g->first].time_ns,
				    in[g->q->to].time_ns};
	t->nr_rows = MIN(n, g->q->top ? g->q->top : ROWS);
	rows = arena_alloc(g->q->arena, t->nr_rows, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	t->rows = rows;
	for (size_t i = 0; i < n && !err; i++) {
		struct estimate e = g->sites->growth[rank[i].number];

		add_growth(&t->total, e);
		if (i < t->nr_rows) {
			err = fill_row(g, rank[i].number, &rows[i]);
			continue;
		}
		add_growth(&t->rest[REST_ROWS], e);
		t->nr_rest[REST_ROWS]++;
	}
	t->other = t->rest[REST_ROWS];
	return err;
}

int growth_table(const struct query *q, struct sites *s, struct table *out)
{
	struct grower g = {.q = q, .sites = s};
	struct rank *rank;
	size_t nr;
	int err;

	choose_points(&g);
	err = choose_series(&g);
	if (!err && g.nr_points >= GROWTH_LEAST)
		err = read_snapshots(&g);
	if (err)
		return err;
	rank = arena_alloc(q->arena, g.nr_series, sizeof(*rank));
	err = rank ? fit_all(&g, rank, &nr) : -ENOMEM;
	out->title = "Growing";
	out->key = "growing";
	out->metric = "growth";
	out->empty = g.nr_points < GROWTH_LEAST
			     ? "too few snapshots to tell; digest with a "
			       "shorter --interval"
			     : "nothing that can be told from chance";
	return err ? err : fill_table(&g, rank, nr, out);
}
