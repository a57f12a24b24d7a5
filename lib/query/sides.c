/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base.h"
#include "profile/digest_rows.h"
#include "profile/say.h"

#include "joint.h"
#include "sides.h"

/*
 * How far off the difference of two estimates may be depends on what they have
 * in common.  Two profiles have nothing: variances add up.  Two moments share
 * the blocks that are live at both, which cancel; what remains is what came, A,
 * and what went, F.  The variances of A and F differ by what those of the two
 * moments differ by, and neither is larger than that of all that was allocated
 * or freed in between, nor than that of its moment.  The digest has these, so
 * the sum is bounded from above and from below; the upper bound is taken.
 */

struct query sides_part(const struct query *q, size_t side)
{
	const struct side *s = &q->sides[side];
	struct query part = *q;

	part.digest = s->digest;
	part.at = s->at;
	part.from = s->from;
	part.to = s->to;
	part.ranged |= q->compare_text != NULL;
	return part;
}

/* @w is of a digest whose traces are some of @q's, from @first on. */
static int spread(const struct query *q, uint32_t first, size_t nr,
		  struct weights *w)
{
	size_t n = q->digest->nr_traces;
	struct sum *of = arena_alloc(q->arena, n, sizeof(*of));
	bool *hidden = arena_alloc(q->arena, n, sizeof(*hidden));

	if (!of || !hidden)
		return -ENOMEM;
	of[DIGEST_OTHER] = w->of[DIGEST_OTHER];
	memcpy(of + first, w->of + 1, (nr - 1) * sizeof(*of));
	memcpy(hidden + first, w->hidden + 1, (nr - 1) * sizeof(*hidden));
	w->of = of;
	w->hidden = hidden;
	return 0;
}

static int weigh_side(const struct query *q, size_t side, struct weights *out)
{
	struct query part = sides_part(q, side);
	int err = weigh_traces(&part, out);

	if (err || part.digest == q->digest)
		return err;
	return spread(q, q->sides[side].first, part.digest->nr_traces, out);
}

/*
 * Adds what each trace did between two instants, and what that added up to; of
 * those whose figures are estimates at one of them.
 */
static int add_moves(const struct query *q, size_t from, size_t to,
		     const bool *wanted, struct sum *moved, struct sum *net)
{
	struct digest_rows rows = {.arena = q->arena};
	int err = 0;

	for (size_t i = from + 1; i <= to && !err; i++) {
		err = digest_rows_read(q->digest, i, wanted, &rows);
		for (size_t k = 0; k < rows.n && !err; k++) {
			const struct digest_usage *u = &rows.usage[k];

			weigh_add(&moved[u->trace], &u->allocated);
			weigh_add(&moved[u->trace], &u->freed);
			net[u->trace].bytes +=
				u->allocated.bytes - u->freed.bytes;
		}
	}
	return err;
}

static double bound(double moved, double before, double after)
{
	return MIN(MAX(moved, fabs(after - before)), before + after);
}

/* Traces whose changes are estimates; false: there are none. */
static bool find_estimates(const struct sides *s, size_t nr, bool *out)
{
	bool any = false;

	for (size_t i = 0; i < nr; i++) {
		out[i] = s->change[i].bytes_var != 0 ||
			 s->change[i].count_var != 0;
		any |= out[i];
	}
	return any;
}

/*
 * Narrows the variances of changes.  Where what moved does not add up to the
 * change, some of it went to "other", and nothing is known of it.
 */
static int narrow(const struct query *q, struct sides *s)
{
	const struct side *first = &q->sides[0], *last = &q->sides[s->nr - 1];
	const struct sum *before = s->of[0].of, *after = s->of[s->nr - 1].of;
	size_t nr = q->digest->nr_traces;
	struct sum *moved = arena_alloc(q->arena, nr, sizeof(*moved));
	struct sum *net = arena_alloc(q->arena, nr, sizeof(*net));
	bool *wanted = arena_alloc(q->arena, nr, sizeof(*wanted));
	double sign = first->at <= last->at ? 1 : -1;
	int err;

	if (!moved || !net || !wanted)
		return -ENOMEM;
	if (!find_estimates(s, nr, wanted))
		return 0;
	err = add_moves(q, MIN(first->at, last->at), MAX(first->at, last->at),
			wanted, moved, net);
	for (size_t i = 0; i < nr && !err; i++) {
		struct sum *c = &s->change[i];
		double size = before[i].bytes + after[i].bytes;

		if (!wanted[i] ||
		    fabs(sign * net[i].bytes - c->bytes) > 1e-9 * size)
			continue;
		c->bytes_var = bound(moved[i].bytes_var, before[i].bytes_var,
				     after[i].bytes_var);
		c->count_var = bound(moved[i].count_var, before[i].count_var,
				     after[i].count_var);
	}
	return err;
}

/* Since the start: what came by the first moment is part of the last. */
static void nest(const struct query *q, struct sides *s)
{
	const struct sum *before = s->of[0].of, *after = s->of[s->nr - 1].of;

	for (size_t i = 0; i < q->digest->nr_traces; i++) {
		struct sum *c = &s->change[i];

		c->bytes_var = fabs(after[i].bytes_var - before[i].bytes_var);
		c->count_var = fabs(after[i].count_var - before[i].count_var);
	}
}

int sides_find_changes(const struct query *q, struct sides *s)
{
	const struct sum *before = s->of[0].of, *after = s->of[s->nr - 1].of;
	size_t nr = q->digest->nr_traces;
	int err = 0;

	s->change = arena_alloc(q->arena, nr, sizeof(*s->change));
	if (!s->change)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		s->change[i] = (struct sum){
			after[i].bytes - before[i].bytes,
			after[i].count - before[i].count,
			after[i].bytes_var + before[i].bytes_var,
			after[i].count_var + before[i].count_var,
		};
	if (!q->base && weigh_is_live(q->metric) && q->digest->nr_instants)
		err = narrow(q, s);
	else if (!q->base)
		nest(q, s);
	for (size_t i = 0; i < nr; i++)
		weigh_add(&s->total, &s->change[i]);
	return err;
}

int sides_weigh(const struct query *q, struct sides *out)
{
	size_t nr = q->digest->nr_traces;
	int err = 0;

	*out = (struct sides){.nr = q->nr_sides};
	out->of = arena_alloc(q->arena, out->nr, sizeof(*out->of));
	out->hidden = arena_alloc(q->arena, nr, sizeof(*out->hidden));
	if (!out->of || !out->hidden)
		return -ENOMEM;
	for (size_t k = 0; k < out->nr && !err; k++) {
		err = weigh_side(q, k, &out->of[k]);
		for (size_t i = 0; i < nr && !err; i++)
			out->hidden[i] |= out->of[k].hidden[i];
	}
	return err;
}

struct estimate sides_change(const struct sum *change, const struct sum *before,
			     const struct sum *after, enum metric metric)
{
	struct sum both = *before;

	weigh_add(&both, after);
	return weigh_difference(change, &both, metric);
}

struct estimate sides_change_total(const struct sides *s, enum metric metric)
{
	return sides_change(&s->total, &s->of[0].total, &s->of[s->nr - 1].total,
			    metric);
}

bool sides_weighs(const struct sides *s, uint32_t trace)
{
	for (size_t k = 0; k < s->nr; k++) {
		const struct sum *sum = &s->of[k].of[trace];

		if (sum->bytes != 0 || sum->count != 0)
			return true;
	}
	return false;
}

static struct sum add_up(const struct sum *of, const uint32_t *traces, size_t n)
{
	struct sum sum = {0};

	for (size_t i = 0; i < n; i++)
		weigh_add(&sum, &of[traces[i]]);
	return sum;
}

struct estimate sides_weigh_traces(const struct sides *s,
				   const uint32_t *traces, size_t n,
				   enum metric metric, struct estimate *weights)
{
	struct sum before = {0}, after = {0}, change;

	for (size_t k = 0; k < s->nr; k++) {
		after = add_up(s->of[k].of, traces, n);
		weights[k] = weigh_estimate(&after, metric);
		if (!k)
			before = after;
	}
	if (!s->change)
		return (struct estimate){0};
	change = add_up(s->change, traces, n);
	return sides_change(&change, &before, &after, metric);
}

static size_t count_moments(const char *text)
{
	size_t n = 1;

	for (; (text = strchr(text, ',')); text++)
		n++;
	return n;
}

/* The moments of --compare, in the order given. */
static int bind_moments(struct query *q, struct side *sides,
			const struct heapprof_listener *listener)
{
	char *text = arena_printf(q->arena, "%s", q->compare_text), *rest;
	int err = text ? 0 : -ENOMEM;

	for (size_t i = 0; i < q->nr_sides && !err; i++) {
		struct side *s = &sides[i];

		rest = strchr(text, ',');
		if (rest)
			*rest++ = '\0';
		*s = (struct side){q->digest, 0, q->from, q->to, 1};
		err = query_find_instant(q, "--compare", text, &s->at,
					 listener);
		if (!weigh_is_live(q->metric))
			s->to = s->at;
		text = rest;
	}
	return err;
}

/* The same question of the other profile. */
static int bind_base(struct query *q, struct side *sides,
		     const struct heapprof_listener *listener)
{
	struct query base = *q;
	struct digest *joint = arena_alloc(q->arena, 1, sizeof(*joint));
	uint32_t first = (uint32_t)q->digest->nr_traces;
	int err;

	if (!joint)
		return -ENOMEM;
	err = query_bind_moment(&base, q->base, listener);
	if (!err)
		err = joint_make(q->arena, q->digest, q->base, joint);
	if (err)
		return err;
	sides[0] = (struct side){q->base, base.at, base.from, base.to, first};
	sides[1] = (struct side){q->digest, q->at, q->from, q->to, 1};
	q->digest = joint;
	return 0;
}

int sides_bind(struct query *q, const struct heapprof_listener *listener)
{
	struct side *sides;

	q->nr_sides = q->base		? 2
		      : q->compare_text ? count_moments(q->compare_text)
					: 1;
	sides = arena_alloc(q->arena, q->nr_sides, sizeof(*sides));
	if (!sides)
		return -ENOMEM;
	q->sides = sides;
	if (q->base)
		return bind_base(q, sides, listener);
	if (q->compare_text)
		return bind_moments(q, sides, listener);
	sides[0] = (struct side){q->digest, q->at, q->from, q->to, 1};
	return 0;
}
