/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "peaks.h"
#include "sites.h"

#define STACK_SHOWN 8u
#define NONE ((size_t)-1)

static void add_self(struct site *site, const struct sum *s, double weight,
		     uint32_t trace, uint32_t position)
{
	weigh_add(&site->self, s);
	if (site->own && weight <= site->heaviest)
		return;
	site->own = true;
	site->heaviest = weight;
	site->trace = trace;
	site->position = position;
}

static void add_cumulative(struct site *site, const struct sum *s,
			   double weight, uint32_t trace, uint32_t position)
{
	weigh_add(&site->cumulative, s);
	if (site->own || (site->trace && weight <= site->heaviest))
		return;
	site->heaviest = weight;
	site->trace = trace;
	site->position = position;
}

static double weight_of(const struct query *q, const struct sum *s)
{
	return fabs(weigh_value(s, q->metric));
}

/* @seen remembers the last trace that counted for each group. */
static void add_trace(const struct query *q, struct sites *s, uint32_t trace,
		      const struct sum *sum, uint32_t *seen)
{
	const struct digest *d = q->digest;
	const struct digest_trace *t = &d->traces[trace];
	double weight = weight_of(q, sum);
	uint32_t site = places_site(&s->places, d, t);

	if (site == t->nr_frames) {
		add_self(&s->of[PLACES_UNKNOWN], sum, weight, trace, 0);
		add_cumulative(&s->of[PLACES_UNKNOWN], sum, weight, trace, 0);
		return;
	}
	for (uint32_t i = 0; i < t->nr_frames; i++) {
		uint32_t group = s->places.group[t->frames[i]];

		if (places_is_cut(&s->places, d, t->frames[i]))
			continue;
		if (i == site)
			add_self(&s->of[group], sum, weight, trace, i);
		if (seen[group] != trace)
			add_cumulative(&s->of[group], sum, weight, trace, i);
		seen[group] = trace;
	}
}

uint32_t sites_owner(const struct sites *s, const struct digest *d,
		     uint32_t trace)
{
	const struct digest_trace *t = &d->traces[trace];
	uint32_t site;

	if (s->places.owner)
		return s->places.owner[trace];
	site = places_site(&s->places, d, t);
	return site == t->nr_frames ? PLACES_UNKNOWN
				    : s->places.group[t->frames[site]];
}

static bool is_nothing(const struct sum *s)
{
	return s->bytes == 0 && s->count == 0 && s->bytes_var == 0 &&
	       s->count_var == 0;
}

int sites_sum(const struct query *q, const struct sum *of, const bool *hidden,
	      struct sites *out)
{
	const struct digest *d = q->digest;
	uint32_t *seen;

	out->of = arena_alloc(q->arena, out->places.nr, sizeof(*out->of));
	seen = arena_alloc(q->arena, out->places.nr, sizeof(*seen));
	if (!out->of || !seen)
		return -ENOMEM;
	for (uint32_t i = 1; i < d->nr_traces; i++)
		if (!hidden[i] && !is_nothing(&of[i]))
			add_trace(q, out, i, &of[i], seen);
	return 0;
}

int sites_add_up(const struct query *q, struct sites *out)
{
	int err;

	*out = (struct sites){0};
	err = weigh_traces(q, &out->weights);
	if (!err)
		err = places_group(q, &out->places);
	return err ? err
		   : sites_sum(q, out->weights.of, out->weights.hidden, out);
}

/* What a row is sorted by; ties go by number, so that order is repeatable. */
struct rank {
	double self;
	double cumulative;
	uint32_t group;
};

static int compare_ranks(const void *x, const void *y)
{
	const struct rank *a = x, *b = y;

	if (a->self != b->self)
		return a->self < b->self ? 1 : -1;
	if (a->cumulative != b->cumulative)
		return a->cumulative < b->cumulative ? 1 : -1;
	return a->group < b->group ? -1 : a->group > b->group;
}

/* Is there a row for @site?  If not, its own part goes to the rest. */
static bool is_row(const struct query *q, const struct site *site, bool callers)
{
	const struct sum *s = callers ? &site->cumulative : &site->self;

	return weigh_value(s, q->metric) != 0 &&
	       s->bytes >= (double)q->min_size;
}

/* Is all that a row would say too uncertain? */
static bool is_uncertain(const struct query *q, const struct site *site,
			 bool callers)
{
	struct estimate self = weigh_estimate(&site->self, q->metric);
	struct estimate all = weigh_estimate(&site->cumulative, q->metric);

	return (self.value == 0 || weigh_uncertain(self)) &&
	       (!callers || weigh_uncertain(all));
}

/* Adds @r to the @n that are in order, of which @limit are kept. */
static size_t insert_rank(struct rank *rank, size_t n, size_t limit,
			  const struct rank *r)
{
	size_t i = MIN(n, limit - 1);

	for (; i > 0 && compare_ranks(&rank[i - 1], r) > 0; i--)
		rank[i] = rank[i - 1];
	rank[i] = *r;
	return MIN(n + 1, limit);
}

/* Up to this many, the first ones are found faster than all are sorted. */
#define FEW 64u

/* The first @limit places, in order. */
static size_t rank_sites(const struct query *q, const struct sites *s,
			 bool callers, size_t limit, struct rank *rank)
{
	bool fold = weigh_folds(q, &s->weights.total);
	size_t n = 0;

	for (uint32_t i = 0; i < s->places.nr && limit > 0; i++) {
		const struct site *site = &s->of[i];
		struct rank r = {weigh_value(&site->self, q->metric),
				 weigh_value(&site->cumulative, q->metric), i};

		if (limit <= FEW && n == limit &&
		    compare_ranks(&rank[n - 1], &r) <= 0)
			continue;
		if (is_nothing(callers ? &site->cumulative : &site->self) ||
		    !is_row(q, site, callers) ||
		    (fold && is_uncertain(q, site, callers)))
			continue;
		if (limit <= FEW)
			n = insert_rank(rank, n, limit, &r);
		else
			rank[n++] = r;
	}
	if (limit > FEW && n > 0)
		qsort(rank, n, sizeof(*rank), compare_ranks);
	return MIN(n, limit);
}

static void sum_self(const struct query *q, struct sites *out)
{
	const struct digest *d = q->digest;
	const struct weights *w = &out->weights;

	for (uint32_t i = 1; i < d->nr_traces; i++)
		if (!w->hidden[i] && !is_nothing(&w->of[i]))
			add_self(&out->of[out->places.owner[i]], &w->of[i],
				 weight_of(q, &w->of[i]), i,
				 out->places.site[i]);
}

/*
 * The frames of a trace, from the outermost on, as sets of the places that are
 * wanted; a set has all that are on the way to it.  What a trace shares with
 * the one before is not looked at again.
 */
static int add_wanted(const struct query *q, struct sites *s,
		      const uint64_t *wanted, const uint32_t *groups)
{
	const struct digest *d = q->digest;
	const struct weights *w = &s->weights;
	uint64_t *sets = arena_alloc(q->arena, (size_t)s->places.depth + 1,
				     sizeof(*sets));

	if (!sets)
		return -ENOMEM;
	for (uint32_t i = 1; i < d->nr_traces; i++) {
		const struct digest_trace *t = &d->traces[i];
		const uint32_t *frame = t->frames + t->nr_frames - t->nr_shared;
		uint64_t set = sets[t->nr_shared];

		for (uint32_t k = t->nr_shared; k < t->nr_frames; k++) {
			set |= wanted[*--frame];
			sets[k + 1] = set;
		}
		if (w->hidden[i] || is_nothing(&w->of[i]))
			continue;
		for (; set; set &= set - 1)
			weigh_add(
				&s->of[groups[__builtin_ctzll(set)]].cumulative,
				&w->of[i]);
	}
	return 0;
}

/* The places that have as much as the first @limit, if they are few. */
static size_t find_first(const struct query *q, const struct sites *s,
			 size_t limit, uint32_t *groups)
{
	struct rank rank[FEW];
	size_t n = limit > FEW ? 0 : rank_sites(q, s, false, limit, rank);
	double least = n > 0 ? rank[n - 1].self : INFINITY;

	if (limit > FEW)
		return FEW + 1;
	n = 0;
	for (uint32_t i = 0; i < s->places.nr && n <= FEW; i++) {
		if (is_nothing(&s->of[i].self) ||
		    weigh_value(&s->of[i].self, q->metric) < least)
			continue;
		if (n < FEW)
			groups[n] = i;
		n++;
	}
	return n;
}

/* An array of @n, all zero, that may be there from before; NULL: no memory. */
static void *clear_array(const struct query *q, void *array, size_t n,
			 size_t size)
{
	return array ? memset(array, 0, n * size)
		     : arena_alloc(q->arena, n, size);
}

int sites_sum_first(const struct query *q, size_t limit, struct sites *s)
{
	const struct digest *d = q->digest;
	uint32_t groups[FEW], nr = s->places.nr;
	size_t n;

	s->of = clear_array(q, s->of, nr, sizeof(*s->of));
	s->sets = clear_array(q, s->sets, nr + d->nr_frames, sizeof(*s->sets));
	if (!s->of || !s->sets)
		return -ENOMEM;
	sum_self(q, s);
	n = find_first(q, s, limit, groups);
	if (n > FEW)
		return sites_sum(q, s->weights.of, s->weights.hidden, s);
	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		s->sets[groups[i]] = (uint64_t)1 << i;
	for (uint32_t i = 0; i < d->nr_frames; i++)
		if (!places_is_cut(&s->places, d, i))
			s->sets[nr + i] = s->sets[s->places.group[i]];
	s->of[PLACES_UNKNOWN].cumulative = s->of[PLACES_UNKNOWN].self;
	return add_wanted(q, s, s->sets + nr, groups);
}

int sites_add_up_first(const struct query *q, size_t limit, struct sites *out)
{
	int err;

	*out = (struct sites){0};
	err = weigh_traces(q, &out->weights);
	if (!err)
		err = places_group(q, &out->places);
	if (!err)
		err = places_find(q, &out->places);
	return err ? err : sites_sum_first(q, limit, out);
}

static struct place *copy_place(const struct query *q, uint32_t frame,
				enum by by)
{
	struct place *p = arena_alloc(q->arena, 1, sizeof(*p));

	if (p)
		*p = places_frame(q->digest, frame, by);
	return p;
}

static int add_stack(const struct query *q, const struct site *site,
		     struct row *row)
{
	const struct digest_trace *t = &q->digest->traces[site->trace];
	size_t callers = t->nr_frames - site->position - 1;
	size_t n = MIN(callers, STACK_SHOWN);
	struct place *stack = arena_alloc(q->arena, n, sizeof(*stack));

	if (!stack)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		stack[i] = places_frame(
			q->digest, t->frames[site->position + 1 + i], BY_LINE);
	row->stack = stack;
	row->nr_stack = n;
	row->nr_more = callers - n;
	return 0;
}

int sites_place(const struct query *q, const struct sites *s, uint32_t group,
		struct place *place, const struct place **via)
{
	const struct site *site = &s->of[group];
	const struct digest_trace *t = &q->digest->traces[site->trace];

	if (group == PLACES_UNKNOWN) {
		*place = places_unknown();
		return 0;
	}
	*place = places_frame(q->digest, t->frames[site->position], q->by);
	if (!site->own || !site->position || q->by == BY_MODULE)
		return 0;
	*via = copy_place(q, t->frames[site->position - 1], BY_FUNCTION);
	return *via ? 0 : -ENOMEM;
}

static int fill_row(const struct query *q, const struct sites *s,
		    uint32_t group, enum sites_columns columns, struct row *row)
{
	const struct site *site = &s->of[group];
	struct estimate *cells = arena_alloc(q->arena, 4, sizeof(*cells));
	int err;

	if (!cells)
		return -ENOMEM;
	row->cells = cells;
	if (s->growth)
		cells[3] = s->growth[group];
	if (s->peaks) {
		cells[2] = weigh_bytes(&s->peaks[group].live);
		cells[3].value = s->peaks[group].live.bytes > 0
					 ? (double)s->peaks[group].time_ns / 1e9
					 : NAN;
	}
	row->uncertain = is_uncertain(q, site, columns == SITES_TOP);
	cells[0] = weigh_estimate(&site->self, q->metric);
	cells[columns == SITES_TOP ? 1 : 2] =
		weigh_estimate(&site->cumulative, q->metric);
	if (columns != SITES_TOP)
		cells[1] = weigh_unit(q->metric) == UNIT_COUNT
				   ? weigh_bytes(&site->self)
				   : weigh_count(&site->self);
	err = sites_place(q, s, group, &row->place, &row->via);
	if (err || columns != SITES_STACK || group == PLACES_UNKNOWN)
		return err;
	return add_stack(q, site, row);
}

/* What is in no row, so that rows and rest are the total. */
static void fill_rest(const struct query *q, const struct sites *s,
		      const bool *shown, bool callers, struct table *out)
{
	const struct weights *w = &s->weights;
	struct sum rows = {0}, uncertain = {0}, other;
	bool fold = weigh_folds(q, &w->total);

	for (uint32_t i = 0; i < s->places.nr; i++) {
		const struct sum *self = &s->of[i].self;

		if (shown[i] || (self->bytes == 0 && self->count == 0))
			continue;
		if (fold && is_uncertain(q, &s->of[i], callers)) {
			weigh_add(&uncertain, self);
			out->nr_rest[REST_UNCERTAIN]++;
		} else {
			weigh_add(&rows, self);
			out->nr_rest[REST_ROWS]++;
		}
	}
	out->rest[REST_UNCERTAIN] = weigh_estimate(&uncertain, q->metric);
	out->rest[REST_ROWS] = weigh_estimate(&rows, q->metric);
	out->rest[REST_FOLDED] = weigh_estimate(&w->folded, q->metric);
	out->rest[REST_HIDDEN] = weigh_estimate(&w->left_out, q->metric);
	out->nr_rest[REST_HIDDEN] = w->nr_hidden;
	other = rows;
	weigh_add(&other, &uncertain);
	weigh_add(&other, &w->folded);
	weigh_add(&other, &w->left_out);
	out->other = weigh_estimate(&other, q->metric);
}

/* The groups of the rows, in order. */
static int find_rows(const struct query *q, const struct sites *s,
		     enum sites_columns columns, size_t limit,
		     struct rank **rank, size_t *n)
{
	size_t room = limit > FEW ? s->places.nr : FEW;

	*rank = arena_alloc(q->arena, room, sizeof(**rank));
	if (!*rank)
		return -ENOMEM;
	*n = rank_sites(q, s, columns == SITES_TOP, limit, *rank);
	return 0;
}

int sites_mark(const struct query *q, const struct sites *s,
	       enum sites_columns columns, size_t limit, bool *shown)
{
	struct rank *rank;
	size_t n;
	int err = find_rows(q, s, columns, limit, &rank, &n);

	for (size_t i = 0; i < n && !err; i++)
		shown[rank[i].group] = true;
	return err;
}

int sites_table(const struct query *q, const struct sites *s,
		enum sites_columns columns, size_t limit, struct table *out)
{
	bool *shown = arena_alloc(q->arena, s->places.nr, sizeof(*shown));
	struct rank *rank;
	struct row *rows;
	size_t n;
	int err = shown ? find_rows(q, s, columns, limit, &rank, &n) : -ENOMEM;

	if (err)
		return err;
	rows = arena_alloc(q->arena, n, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < n && !err; i++) {
		shown[rank[i].group] = true;
		err = fill_row(q, s, rank[i].group, columns, &rows[i]);
	}
	out->metric = query_metric_name(q->metric);
	out->period = weigh_period(q);
	out->nr_columns = columns == SITES_TOP ? 2 : 3;
	if (s->growth || s->peaks)
		out->nr_columns = 4;
	out->columns = sites_choose_columns(q, columns, out->nr_columns);
	if (!out->columns)
		return -ENOMEM;
	out->rows = rows;
	out->nr_rows = n;
	out->total = weigh_total(q, &s->weights.total);
	out->count = weigh_total_count(q, &s->weights.total);
	fill_rest(q, s, shown, columns == SITES_TOP, out);
	return err;
}
