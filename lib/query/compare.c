/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>

#include "base.h"

#include "compare.h"
#include "rank.h"
#include "sites.h"
#include "top.h"

#define ROWS 20u

struct comparison {
	const struct query *q;
	struct sides sides;
	struct places places;
	struct sites *of;    /* each side */
	struct sites change; /* the last side less the first */
	bool fold;	     /* rows that may be chance are left out */
};

static int collect(struct comparison *c)
{
	const struct query *q = c->q;
	int err = sides_weigh(q, &c->sides);

	if (!err)
		err = sides_find_changes(q, &c->sides);
	if (!err)
		err = places_group(q, &c->places);
	if (err)
		return err;
	c->of = arena_alloc(q->arena, c->sides.nr, sizeof(*c->of));
	if (!c->of)
		return -ENOMEM;
	c->change.places = c->places;
	err = sites_sum(q, c->sides.change, c->sides.hidden, &c->change);
	for (size_t k = 0; k < c->sides.nr && !err; k++) {
		c->of[k].places = c->places;
		err = sites_sum(q, c->sides.of[k].of, c->sides.hidden,
				&c->of[k]);
	}
	return err;
}

static const struct site *first_of(const struct comparison *c, uint32_t group)
{
	return &c->of[0].of[group];
}

static const struct site *last_of(const struct comparison *c, uint32_t group)
{
	return &c->of[c->sides.nr - 1].of[group];
}

static struct estimate self_change(const struct comparison *c, uint32_t group)
{
	return sides_change(&c->change.of[group].self,
			    &first_of(c, group)->self, &last_of(c, group)->self,
			    c->q->metric);
}

static struct estimate cumulative_change(const struct comparison *c,
					 uint32_t group)
{
	return sides_change(&c->change.of[group].cumulative,
			    &first_of(c, group)->cumulative,
			    &last_of(c, group)->cumulative, c->q->metric);
}

static bool is_uncertain(const struct comparison *c, uint32_t group)
{
	struct estimate e = self_change(c, group);

	return e.value != 0 && !result_is_change(e);
}

static double largest(const struct comparison *c, uint32_t group)
{
	double most = 0;

	for (size_t k = 0; k < c->sides.nr; k++)
		most = MAX(most, weigh_estimate(&c->of[k].of[group].self,
						c->q->metric)
					 .value);
	return most;
}

static bool is_row(const struct comparison *c, uint32_t group, bool by_size)
{
	double least = (double)c->q->min_size;
	double bytes = 0;

	for (size_t k = 0; k < c->sides.nr; k++)
		bytes = MAX(bytes, c->of[k].of[group].self.bytes);
	if (bytes < least)
		return false;
	if (by_size)
		return largest(c, group) != 0;
	return self_change(c, group).value != 0;
}

static size_t rank_places(const struct comparison *c, bool by_size,
			  struct rank *rank)
{
	size_t n = 0;

	for (uint32_t i = 0; i < c->places.nr; i++)
		if (is_row(c, i, by_size) && !(c->fold && is_uncertain(c, i)))
			rank[n++] = (struct rank){
				by_size ? largest(c, i)
					: fabs(self_change(c, i).value),
				i};
	return n;
}

/* The change, the moments, and both again with what a place called. */
static int choose_columns(const struct comparison *c, struct table *out)
{
	enum unit unit = weigh_unit(c->q->metric);
	size_t nr = c->sides.nr;
	struct column *columns =
		arena_alloc(c->q->arena, 2 * nr + 2, sizeof(*columns));

	if (!columns)
		return -ENOMEM;
	out->columns = columns;
	out->nr_columns = 2 * nr + 2;
	columns[0] = (struct column){"change", "change", unit, COLUMN_ALWAYS};
	columns[nr + 1] = (struct column){"cumulative_change", "inclusive",
					  unit, COLUMN_DATA};
	for (size_t k = 0; k < nr; k++) {
		const char *title = nr > 2 ? NULL : k == 0 ? "before" : "after";

		columns[k + 1] =
			(struct column){"self", title, unit, COLUMN_ALWAYS};
		columns[nr + k + 2] =
			(struct column){"cumulative", title, unit, COLUMN_DATA};
	}
	return 0;
}

static int fill_row(const struct comparison *c, uint32_t group, struct row *row)
{
	const struct query *q = c->q;
	size_t nr = c->sides.nr;
	const struct sites *named = &c->change;
	struct estimate *cells =
		arena_alloc(q->arena, 2 * nr + 2, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	row->cells = cells;
	cells[0] = self_change(c, group);
	cells[nr + 1] = cumulative_change(c, group);
	row->uncertain = is_uncertain(c, group);
	for (size_t k = 0; k < nr; k++) {
		const struct site *site = &c->of[k].of[group];

		cells[k + 1] = weigh_estimate(&site->self, q->metric);
		cells[nr + k + 2] =
			weigh_estimate(&site->cumulative, q->metric);
		/* What did not change has no trace that did most of it. */
		if (named->of[group].trace == 0)
			named = &c->of[k];
	}
	return sites_place(q, named, group, &row->place, &row->via);
}

struct part {
	struct sum change, before, after;
};

static void add_part(const struct comparison *c, struct part *p, uint32_t group)
{
	weigh_add(&p->change, &c->change.of[group].self);
	weigh_add(&p->before, &first_of(c, group)->self);
	weigh_add(&p->after, &last_of(c, group)->self);
}

static struct estimate estimate(const struct comparison *c,
				const struct part *p)
{
	return sides_change(&p->change, &p->before, &p->after, c->q->metric);
}

static struct part left_out(const struct comparison *c)
{
	size_t nr = c->q->digest->nr_traces;
	struct part p = {.before = c->sides.of[0].left_out,
			 .after = c->sides.of[c->sides.nr - 1].left_out};

	for (size_t i = 1; i < nr; i++)
		if (c->sides.hidden[i])
			weigh_add(&p.change, &c->sides.change[i]);
	return p;
}

/* What is in no row, so that rows and rest are the change of the total. */
static void fill_rest(const struct comparison *c, const bool *shown,
		      struct table *out)
{
	struct part parts[REST_MAX] = {
		[REST_FOLDED] = {c->sides.change[DIGEST_OTHER],
				 c->sides.of[0].folded,
				 c->sides.of[c->sides.nr - 1].folded},
		[REST_HIDDEN] = left_out(c),
	};
	struct part other = {0};

	for (uint32_t i = 0; i < c->places.nr; i++) {
		enum rest rest = c->fold && is_uncertain(c, i) ? REST_UNCERTAIN
							       : REST_ROWS;

		if (shown[i] || (c->change.of[i].self.bytes == 0 &&
				 c->change.of[i].self.count == 0))
			continue;
		add_part(c, &parts[rest], i);
		out->nr_rest[rest]++;
	}
	for (size_t k = 0; k < REST_MAX; k++) {
		out->rest[k] = estimate(c, &parts[k]);
		weigh_add(&other.change, &parts[k].change);
		weigh_add(&other.before, &parts[k].before);
		weigh_add(&other.after, &parts[k].after);
	}
	out->nr_rest[REST_HIDDEN] = MAX(c->sides.of[0].nr_hidden,
					c->sides.of[c->sides.nr - 1].nr_hidden);
	out->other = estimate(c, &other);
}

int compare_moments(const struct query *q, const struct sides *s,
		    const struct moment **out)
{
	struct moment *m = arena_alloc(q->arena, s->nr, sizeof(*m));
	struct basis *base = arena_alloc(q->arena, 1, sizeof(*base));
	int err = m && base ? 0 : -ENOMEM;

	for (size_t k = 0; k < s->nr && !err; k++) {
		struct query part = sides_part(q, k);

		m[k].period = weigh_period(&part);
		m[k].total = weigh_total(&part, &s->of[k].total);
		if (part.digest == q->base) {
			m[k].base = base;
			err = basis_fill(&part, base);
		}
	}
	*out = m;
	return err;
}

static int fill_rows(const struct comparison *c, bool by_size,
		     struct table *out)
{
	size_t nr = c->places.nr, limit = c->q->top ? c->q->top : ROWS, n;
	struct rank *rank = arena_alloc(c->q->arena, nr, sizeof(*rank));
	bool *shown = arena_alloc(c->q->arena, nr, sizeof(*shown));
	struct row *rows;
	int err = 0;

	if (!rank || !shown)
		return -ENOMEM;
	n = rank_places(c, by_size, rank);
	rank_first(rank, n, limit);
	n = MIN(n, limit);
	rows = arena_alloc(c->q->arena, n, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < n && !err; i++) {
		shown[rank[i].number] = true;
		err = fill_row(c, rank[i].number, &rows[i]);
	}
	out->rows = rows;
	out->nr_rows = n;
	fill_rest(c, shown, out);
	return err;
}

int compare_table(const struct query *q, bool by_size, struct table *out)
{
	struct comparison c = {.q = q};
	int err = collect(&c);

	if (!err)
		err = compare_moments(q, &c.sides, &out->moments);
	if (err)
		return err;
	out->nr_moments = c.sides.nr;
	out->title = top_title(q->metric);
	out->metric = query_metric_name(q->metric);
	out->period = out->moments[c.sides.nr - 1].period;
	out->total = sides_change_total(&c.sides, q->metric);
	c.fold = q->fold && result_is_change(out->total);
	err = choose_columns(&c, out);
	return err ? err : fill_rows(&c, by_size, out);
}

int compare_query(const struct query *q, struct result *out)
{
	return compare_table(q, false, &out->table);
}
