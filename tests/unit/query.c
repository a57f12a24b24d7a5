/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base.h"

#include "fixture.h"
#include "unit.h"

typedef struct heapprof_report_options options;

/* Each is an error that names what would have done. */
static const struct {
	options o;
	const char *says;
} bad[] = {
	{{.view = "sumary"},
	 "summary, time, top, compare, tree, flame, flow, leaks, sizes, "
	 "lifetimes, threads or events"},
	{{.metric = "size"}, "live, live-count, allocated"},
	{{.view = "top", .by = "file"}, "function, line, module or thread"},
	{{.at = "noon"}, "--at"},
	{{.from = "noon"}, "--from"},
	{{.to = "noon"}, "--to"},
	{{.focus = "("}, "--focus"},
	{{.ignore = "["}, "--ignore"},
	{{.metric = "count"}, "summary has no use for --metric"},
	{{.view = "threads", .from = "1"}, "no use for --from"},
	{{.view = "events", .at = "1"}, "no use for --at"},
	{{.view = "events", .by = "line"}, "no use for --by"},
	{{.view = "time", .top = 3}, "time has no use for --top"},
	{{.view = "flow", .top = 3}, "flow has no use for --top"},
	{{.view = "flame", .min_size = 3}, "flame has no use for --min-size"},
	{{.view = "sizes", .at = "1"}, "sizes has no use for --at"},
	{{.view = "top", .metric = "temporary", .from = "1"}, "whole run"},
	{{.view = "top", .metric = "waste", .to = "1"}, "metric waste is of"},
	{{.view = "sizes", .from = "1"}, "view sizes is of the whole run"},
	{{.view = "lifetimes", .by = "thread"}, "--by=thread"},
	{{.view = "tree", .by = "thread"}, "--by=thread"},
	{{.view = "top", .by = "thread", .to = "1"}, "--by=thread"},
	{{.view = "compare"}, "needs two moments"},
	{{.view = "sizes", .compare = "1,2"},
	 "no use for --compare; compare, top, leaks, tree,"},
	{{.view = "threads", .compare = "1,2"}, "for the peak and the end"},
	{{.view = "threads", .base = "x"}, "threads has no use for --base"},
	{{.view = "events", .base = "x"}, "no use for --base"},
	{{.compare = "1"}, "'1' is one time"},
	{{.compare = "1,,2"}, "--compare"},
	{{.compare = "1,noon"}, "--compare"},
	{{.compare = "1,2", .at = "3"}, "leave out --at"},
	{{.compare = "1,2", .base = "x"}, "leave out --base"},
	{{.view = "top", .compare = "1,2", .by = "thread"}, "--by=thread"},
	{{.compare = "1,2", .metric = "waste"}, "metric waste is of"},
};

START_TEST(mistakes_are_named)
{
	struct query q;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		*fixture_said = '\0';
		ck_assert_int_eq(
			query_ask(&q, &bad[i].o, SHAPE_ANY, &fixture_listener),
			-EINVAL);
		ck_assert_msg(strstr(fixture_said, bad[i].says), "%zu: %s", i,
			      fixture_said);
		query_fini(&q);
		ck_assert_int_eq(query_ask(&q, &bad[i].o, SHAPE_ANY, NULL),
				 -EINVAL);
		query_fini(&q);
	}
}
END_TEST

START_TEST(mistakes_that_need_the_digest)
{
	static const struct {
		options o;
		const char *says;
	} cases[] = {
		{{.from = "2m", .to = "1m"}, "is after"},
		{{.at = "mark:x"}, "load plugins"},
		{{.view = "top", .by = "thread", .at = "12"}, "--at=peak"},
	};
	struct fixture *f = fixture_demo();
	struct query q;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ck_assert_int_eq(query_ask(&q, &cases[i].o, SHAPE_ANY,
					   &fixture_listener),
				 0);
		ck_assert_int_eq(query_bind(&q, &f->digest, &f->arena,
					    &fixture_listener),
				 -EINVAL);
		ck_assert_msg(strstr(fixture_said, cases[i].says), "%s",
			      fixture_said);
		query_fini(&q);
	}
	fixture_free(f);
}
END_TEST

START_TEST(instants)
{
	static const struct {
		options o;
		size_t at, from, to;
	} cases[] = {
		{{0}, 29, 0, 60},
		{{.at = "end"}, 60, 0, 60},
		{{.at = "start"}, 0, 0, 60},
		{{.at = "mark:load plugins"}, 9, 0, 60},
		{{.view = "leaks"}, 60, 0, 60},
		{{.view = "leaks", .to = "60"}, 30, 0, 30},
		{{.from = "10", .to = "20"}, 10, 4, 10},
		{{.from = "62", .to = "62"}, 30, 30, 30},
		{{.from = "peak"}, 29, 29, 60},
		{{.from = "500"}, 60, 60, 60},
	};
	struct fixture *f = fixture_demo();
	struct query q;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ck_assert_int_eq(query_ask(&q, &cases[i].o, SHAPE_ANY, NULL),
				 0);
		ck_assert_int_eq(query_bind(&q, &f->digest, &f->arena, NULL),
				 0);
		ck_assert_msg(q.at == cases[i].at && q.from == cases[i].from &&
				      q.to == cases[i].to,
			      "%zu: %zu %zu %zu", i, q.at, q.from, q.to);
		query_fini(&q);
	}
	fixture_free(f);
}
END_TEST

Suite *query_suite(void)
{
	Suite *s = suite_create("query");
	TCase *t = tcase_create("query");

	tcase_add_test(t, mistakes_are_named);
	tcase_add_test(t, mistakes_that_need_the_digest);
	tcase_add_test(t, instants);
	suite_add_tcase(s, t);
	return s;
}
