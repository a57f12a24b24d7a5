/* SPDX-License-Identifier: MIT */

/* Events of a history, added up, are its snapshots: of many random logs. */

#include <math.h>
#include <stdlib.h>

#include "profile/reader.h"
#include "query/history.h"
#include "query/query.h"

#include "model.h"
#include "scratch.h"
#include "unit.h"

#define LISTS 300

static struct scratch s;

static void setup(void)
{
	scratch_init(&s);
}

static void teardown(void)
{
	scratch_fini(&s);
}

/* What the events up to an instant come to, by trace. */
struct tally {
	double live[MODEL_TRACES + 2], count[MODEL_TRACES + 2];
};

static void add_event(struct tally *t, const struct history_event *e)
{
	double sign = e->free ? -1 : 1;

	ck_assert_uint_lt(e->trace, ARRAY_SIZE(t->live));
	t->live[e->trace] += sign * e->bytes;
	t->count[e->trace] += sign * e->count;
}

/* @t is by how much it has changed since @from. */
static void check_instant(const struct digest *d, size_t from, size_t at,
			  const struct tally *t)
{
	struct tally left = *t;
	struct digest_usage *u;
	size_t n;

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(digest_snapshot(d, i ? from : at, &u, &n), 0);
		for (size_t k = 0; k < n; k++) {
			left.live[u[k].trace] -= (i ? -1 : 1) * u[k].live.bytes;
			left.count[u[k].trace] -=
				(i ? -1 : 1) * u[k].live.count;
		}
		free(u);
	}
	for (size_t i = 0; i < ARRAY_SIZE(left.live); i++) {
		ck_assert_msg(fabs(left.live[i]) < 1e-3,
			      "instant %zu, trace %zu: %g bytes too many", at,
			      i, left.live[i]);
		ck_assert(fabs(left.count[i]) < 1e-3);
	}
}

static void check_history(struct query *q, struct history *h)
{
	struct history_event e;
	struct tally t = {0};
	size_t at = 0;
	int more;

	ck_assert_ptr_nonnull(h->next_event);
	while ((more = h->next_event(h, &e)) == 1) {
		ck_assert_uint_ge(e.instant, at);
		ck_assert_uint_lt(e.instant, h->nr_instants);
		for (; at < e.instant; at++)
			check_instant(q->digest, q->from, q->from + at, &t);
		add_event(&t, &e);
	}
	ck_assert_int_eq(more, 0);
	for (; at < h->nr_instants; at++)
		check_instant(q->digest, q->from, q->from + at, &t);
}

static void check_log(const struct heapprof_report_options *o,
		      const struct digest *d)
{
	struct arena arena = {0};
	struct result r = {0};
	struct query q;

	ck_assert_int_eq(query_ask(&q, o, SHAPE_BIT(SHAPE_HISTORY), NULL), 0);
	ck_assert_int_eq(reader_open(s.base, &s.listener, &q.log), 0);
	ck_assert_int_eq(query_bind(&q, d, &arena, NULL), 0);
	ck_assert_int_eq(query_run(&q, &r), 0);
	check_history(&q, r.history);
	reader_close(q.log);
	query_fini(&q);
	arena_fini(&arena);
}

START_TEST(events_are_snapshots)
{
	struct heapprof_report_options whole = {0}, part = {.from = "peak"};
	struct heapprof_digest_options options = {.no_symbols = true};
	struct model m;

	for (uint64_t seed = 1; seed <= LISTS; seed++) {
		struct digest *d;

		model_make(&m, seed, s.base);
		options.interval_s =
			(double)(m.interval << m.header.tick_shift) * 1e-9;
		ck_assert_int_ge(digest_make(s.base, &options, &s.listener), 0);
		ck_assert_int_eq(digest_open(s.path, &d, &s.listener), 0);
		check_log(&whole, d);
		check_log(&part, d);
		digest_close(d);
	}
}
END_TEST

Suite *history_log_suite(void)
{
	Suite *suite = suite_create("history_log");
	TCase *cases = tcase_create("history_log");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, events_are_snapshots);
	tcase_set_timeout(cases, 120);
	suite_add_tcase(suite, cases);
	return suite;
}
