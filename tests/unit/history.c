/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base.h"

#include "fixture.h"
#include "unit.h"

/* @q must live as long as what is pulled from the history. */
static struct history *ask(struct fixture *f, struct query *q,
			   const struct heapprof_report_options *o)
{
	struct result r = {0};

	ck_assert_int_eq(query_ask(q, o, SHAPE_BIT(SHAPE_HISTORY), NULL), 0);
	ck_assert_int_eq(query_bind(q, &f->digest, &f->arena, NULL), 0);
	ck_assert_int_eq(query_run(q, &r), 0);
	return r.history;
}

static void add(struct sum *to, struct sum s)
{
	to->bytes += s.bytes;
	to->count += s.count;
	to->bytes_var += s.bytes_var;
	to->count_var += s.count_var;
}

static void check_equal(struct sum a, struct sum b)
{
	ck_assert_double_eq_tol(a.bytes, b.bytes, 1e-3);
	ck_assert_double_eq_tol(a.count, b.count, 1e-3);
	ck_assert_double_eq_tol(a.bytes_var, b.bytes_var,
				1e-9 * (1 + b.bytes_var));
	ck_assert_double_eq_tol(a.count_var, b.count_var,
				1e-9 * (1 + b.count_var));
}

/* Each snapshot adds up to its instant, and activity to the totals. */
static void check_sums(struct history *h)
{
	const struct history_instant *first = h->instants;
	struct sum allocated = first->allocated, freed = first->freed;
	const struct history_usage *u;
	size_t n;

	if (!h->ranged)
		allocated = freed = (struct sum){0};
	for (size_t i = 0; i < h->nr_instants; i++) {
		const struct history_instant *in = &h->instants[i];
		struct sum live = {0};

		ck_assert_int_eq(h->next(h, &u, &n), 1);
		for (size_t k = 0; k < n; k++) {
			ck_assert(!k || u[k].trace > u[k - 1].trace);
			add(&live, u[k].live);
			add(&allocated, u[k].allocated);
			add(&freed, u[k].freed);
		}
		check_equal(live, in->live);
		check_equal(allocated, in->allocated);
		check_equal(freed, in->freed);
		ck_assert_double_eq(in->bytes.value, in->live.bytes);
		ck_assert_double_eq(in->count.value, in->live.count);
		ck_assert_double_le(in->live.bytes, in->max_live.bytes);
	}
	ck_assert_int_eq(h->next(h, &u, &n), 0);
}

START_TEST(whole_run)
{
	struct fixture *f = fixture_demo();
	struct heapprof_report_options o = {0};
	struct query q;
	struct history *h = ask(f, &q, &o);

	ck_assert_uint_eq(h->nr_instants, f->digest.nr_instants);
	ck_assert_uint_eq(h->peak, f->digest.peak);
	ck_assert_uint_eq(h->at, h->peak);
	ck_assert_uint_eq(h->nr_marks, f->digest.nr_marks);
	ck_assert_uint_eq(h->nr_threads, 2);
	ck_assert_str_eq(h->threads[0].place.thread, "main");
	ck_assert_double_gt(h->instants[h->peak].bytes.error, 0);
	check_sums(h);
	query_fini(&q);
	fixture_free(f);
}
END_TEST

START_TEST(part_of_the_run)
{
	struct fixture *f = fixture_demo();
	struct heapprof_report_options o = {
		.at = "end", .from = "20", .to = "100"};
	struct query q;
	struct history *h = ask(f, &q, &o);

	ck_assert(h->ranged);
	ck_assert_uint_eq(h->at, h->nr_instants - 1);
	ck_assert_uint_lt(h->nr_instants, f->digest.nr_instants);
	ck_assert_uint_eq(h->instants[h->peak].time_ns,
			  f->digest.instants[f->digest.peak].time_ns);
	check_sums(h);
	query_fini(&q);
	fixture_free(f);
}
END_TEST

START_TEST(empty_log)
{
	struct fixture *f = fixture_new();
	struct heapprof_report_options o = {0};
	const struct history_usage *u;
	struct query q;
	struct history *h;
	size_t n;

	fixture_digest(f);
	h = ask(f, &q, &o);
	ck_assert_uint_eq(h->nr_instants, 0);
	ck_assert_int_eq(h->next(h, &u, &n), 0);
	query_fini(&q);
	fixture_free(f);
}
END_TEST

static const char *site_of(const struct history *h, uint32_t trace)
{
	const struct history_trace *t = &h->traces[trace];

	return h->frames[t->frames[t->site]].place.function;
}

START_TEST(sites_and_groups)
{
	struct fixture *f = fixture_new();
	uint32_t main = fixture_frame(f, "main", "m.c", 1);
	uint32_t a = fixture_frame(f, "parse", "m.c", 10);
	uint32_t b = fixture_frame(f, "parse", "m.c", 20);
	uint32_t xmalloc = fixture_frame(f, "xmalloc", "x.c", 2);
	uint32_t one = fixture_trace(f, xmalloc, a, main, -1);
	uint32_t two = fixture_trace(f, b, main, -1);
	uint32_t unknown = fixture_trace(f, -1);
	struct heapprof_report_options o = {.ignore = "m.c:20"};
	const struct history_frame *frames;
	struct query q;
	struct history *h;

	f->frames[xmalloc].module = "libx.so";
	fixture_digest(f);
	h = ask(f, &q, &o);
	frames = h->frames;
	ck_assert_str_eq(site_of(h, one), "parse");
	ck_assert_str_eq(site_of(h, two), "parse");
	ck_assert_uint_eq(h->traces[unknown].site, 0);
	ck_assert(!h->traces[HISTORY_OTHER].hidden);
	ck_assert(!h->traces[one].hidden && h->traces[two].hidden);
	ck_assert(frames[xmalloc].wrapper && !frames[a].wrapper);

	ck_assert_uint_eq(frames[a].group[HISTORY_FUNCTION],
			  frames[b].group[HISTORY_FUNCTION]);
	ck_assert_uint_ne(frames[a].group[HISTORY_LINE],
			  frames[b].group[HISTORY_LINE]);
	ck_assert_uint_eq(frames[a].group[HISTORY_MODULE],
			  frames[main].group[HISTORY_MODULE]);
	ck_assert_uint_ne(frames[a].group[HISTORY_MODULE],
			  frames[xmalloc].group[HISTORY_MODULE]);
	ck_assert_uint_eq(h->nr_groups[HISTORY_FUNCTION], 4);
	ck_assert_uint_eq(h->nr_groups[HISTORY_LINE], 5);
	ck_assert_uint_eq(h->nr_groups[HISTORY_MODULE], 3);
	query_fini(&q);
	fixture_free(f);
}
END_TEST

START_TEST(sizes_and_modules)
{
	static const struct digest_module module = {"/bin/x", "00ab", 0x401000,
						    0x2000, 0x1000};
	struct fixture *f = fixture_new();
	uint32_t one = fixture_trace(f, fixture_frame(f, "a", "a.c", 1), -1);
	uint32_t two = fixture_trace(f, fixture_frame(f, "b", "b.c", 1), -1);
	struct heapprof_report_options o = {0};
	struct query q;
	struct history *h;

	fixture_sized(f, one, 4, fixture_exact(20, 2), fixture_exact(10, 1));
	fixture_sized(f, one, 7, fixture_exact(100, 1), fixture_exact(0, 0));
	fixture_sized(f, two, 4, fixture_exact(9, 1), fixture_exact(9, 1));
	fixture_digest(f);
	f->digest.modules = &module;
	f->digest.nr_modules = 1;
	h = ask(f, &q, &o);
	ck_assert_uint_eq(h->traces[one].nr_sizes, 2);
	ck_assert_double_eq(h->traces[one].sizes[0].peak.bytes, 10);
	ck_assert_double_eq(h->traces[one].sizes[1].allocated.bytes, 100);
	ck_assert_uint_eq(h->traces[two].nr_sizes, 1);
	ck_assert_double_eq(h->traces[two].sizes[0].allocated.bytes, 9);
	ck_assert_uint_eq(h->nr_modules, 1);
	ck_assert_str_eq(h->modules[0].build_id, "00ab");
	ck_assert_uint_eq(h->modules[0].offset, 0x1000);
	query_fini(&q);
	fixture_free(f);
}
END_TEST

Suite *history_suite(void)
{
	Suite *s = suite_create("history");
	TCase *t = tcase_create("history");

	tcase_add_test(t, whole_run);
	tcase_add_test(t, part_of_the_run);
	tcase_add_test(t, empty_log);
	tcase_add_test(t, sites_and_groups);
	tcase_add_test(t, sizes_and_modules);
	suite_add_tcase(s, t);
	return s;
}
