/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "fixture.h"

/*
 * A made-up run of two minutes with what a report must cope with: wrappers in C
 * and C++, names a thousand characters long, recursion, sampling, marks, a
 * second thread, unknown stacks and stripped modules.
 */

#define NR 60

static const char *long_name(void)
{
	static char name[1100];

	if (*name)
		return name;
	strcpy(name, "std::__cxx11::basic_string<char> app::(anonymous "
		     "namespace)::Index<");
	while (strlen(name) < 1000)
		strcat(name, "std::map<std::string, std::vector<int> >, ");
	strcat(name, "long>::insert(std::pair<unsigned long, char> const&)");
	return name;
}

struct demo {
	struct fixture *f;
	uint32_t cache, parse, index, walk, plugin, unknown;
};

static void add_traces(struct demo *d)
{
	struct fixture *f = d->f;
	const char *vector = "void std::vector<app::Row, std::allocator<app::"
			     "Row> >::_M_realloc_insert<app::Row const&>("
			     "__gnu_cxx::__normal_iterator<app::Row*>, "
			     "app::Row const&)";
	uint32_t start = fixture_frame(f, "_start", NULL, 0);
	uint32_t main = fixture_frame(f, "main", "src/main.cc", 88);
	uint32_t serve = fixture_frame(f, "app::serve(app::Options const&)",
				       "src/server/serve.cc", 210);
	uint32_t xmalloc = fixture_frame(f, "xmalloc", "lib/xmalloc.c", 41);
	uint32_t cache = fixture_frame(f, "cache_insert", "src/cache.c", 377);
	uint32_t op_new =
		fixture_frame(f, "operator new(unsigned long)", NULL, 0);
	uint32_t insert = fixture_frame(
		f, vector, "/usr/include/c++/12/bits/vector.tcc", 440);
	uint32_t parse = fixture_frame(
		f, "app::Parser::parse_line(std::basic_string_view<char>)",
		"/home/build/packages/app-3.11/src/input/formats/parser.cc",
		1207);
	uint32_t index = fixture_frame(f, long_name(), "src/index.h", 59);
	uint32_t walk =
		fixture_frame(f, "walk(app::Node*, int)", "src/walk.cc", 12);
	uint32_t plugin = fixture_frame(f, NULL, NULL, 0);

	f->frames[op_new].module = "/usr/lib/x86_64-linux-gnu/libstdc++.so.6";
	f->frames[plugin].module = "/usr/lib/app/plugins/libcolor.so";
	d->cache = fixture_trace(f, xmalloc, cache, serve, main, start, -1);
	d->parse =
		fixture_trace(f, op_new, insert, parse, serve, main, start, -1);
	d->index = fixture_trace(f, op_new, index, main, start, -1);
	d->walk = fixture_trace(f, walk, walk, walk, walk, main, start, -1);
	d->plugin = fixture_trace(f, plugin, serve, main, start, -1);
	d->unknown = fixture_trace(f, -1);
}

/* Live mebibytes of something that grows until @top and is then freed. */
static double ramp(double t, double from, double top, double to, double most)
{
	if (t <= from || t >= to)
		return 0;
	return t < top ? most * (t - from) / (top - from)
		       : most * (to - t) / (to - top);
}

static void use(struct demo *d, uint32_t trace, double live, double before,
		double block, double p)
{
	double grown = live > before ? live - before : 0;
	double shrunk = live < before ? before - live : 0;
	double mib = 1048576;

	fixture_usage(d->f, trace,
		      fixture_sampled(live * mib, live * mib / block, p),
		      fixture_sampled(grown * mib, grown * mib / block, p),
		      fixture_sampled(shrunk * mib, shrunk * mib / block, p));
}

static void add_instant(struct demo *d, int i)
{
	static const double step = 124.0 / NR;
	double t = i * step, b = i ? t - step : 0;

	fixture_instant(d->f, t, i == NR ? DIGEST_END : DIGEST_INTERVAL);
	use(d, DIGEST_OTHER, 0.3, i ? 0.3 : 0, 100, 0.01);
	use(d, d->cache, ramp(t, 3, 90, 300, 40), ramp(b, 3, 90, 300, 40),
	    16384, 1);
	use(d, d->parse, ramp(t, 10, 60, 70, 64), ramp(b, 10, 60, 70, 64), 512,
	    0.1);
	use(d, d->index, ramp(t, 55, 80, 400, 12), ramp(b, 55, 80, 400, 12), 64,
	    1e-4);
	use(d, d->walk, 2 + 2 * sin(t / 3), i ? 2 + 2 * sin(b / 3) : 0, 48,
	    1e-4);
	use(d, d->plugin, ramp(t, 20, 21, 30, 6), ramp(b, 20, 21, 30, 6), 4096,
	    0.1);
	use(d, d->unknown, 0.5, i ? 0.5 : 0, 4096, 0.1);
	d->f->instants[i].rss = (uint64_t)(150 * 1048576.0);
}

static struct sum part_of(struct sum s, double part)
{
	return (struct sum){s.bytes * part, s.count * part, s.bytes_var * part,
			    s.count_var * part};
}

/* A quarter in each of two classes, half in the one between. */
static void spread(struct demo *d, uint32_t trace, uint32_t age, uint32_t size)
{
	static const double parts[] = {0.25, 0.5, 0.25};
	struct sum allocated = d->f->traces[trace].allocated;
	struct sum freed = d->f->runs[trace].freed;
	double live = allocated.bytes > 0 ? (allocated.bytes - freed.bytes) /
						    allocated.bytes
					  : 0;

	/* Nothing, not what rounding left. */
	live = round(live * 1024) / 1024;
	for (unsigned i = 0; i < 3; i++) {
		struct sum all = part_of(allocated, parts[i]);

		if (freed.count > 0)
			fixture_lived(d->f, trace, age + i,
				      part_of(freed, parts[i]),
				      1.5e-6 * (double)(1ull << (age + i - 1)));
		fixture_sized(d->f, trace, size + i, all, part_of(all, live));
	}
}

static void add_spreads(struct demo *d)
{
	spread(d, d->cache, 24, 14);
	spread(d, d->parse, 20, 9);
	spread(d, d->index, 12, 6);
	spread(d, d->walk, 1, 5);
	spread(d, d->plugin, 22, 12);
	spread(d, d->unknown, 22, 12);
}

static void add_threads(struct fixture *f)
{
	f->threads[1] = (struct digest_thread){
		.name = "main",
		.tid = 4242,
		.seen = 3200451,
		.allocated = fixture_sampled(150e6, 400000, 0.1),
		.freed = fixture_sampled(90e6, 300000, 0.1),
		.peak_live = fixture_sampled(60e6, 200000, 0.1),
		.end_live = fixture_exact(36e6, 2200),
	};
	f->threads[2] = (struct digest_thread){
		.name = "io\033[31mworker",
		.tid = 4243,
		.seen = 81,
		.allocated = fixture_exact(12e6, 81),
		.peak_live = fixture_exact(9e6, 60),
		.end_live = fixture_exact(9e6, 60),
	};
	f->digest.nr_threads = 3;
}

struct fixture *fixture_demo(void)
{
	struct demo d = {.f = fixture_new()};
	struct digest *digest = &d.f->digest;

	add_traces(&d);
	for (int i = 0; i <= NR; i++)
		add_instant(&d, i);
	fixture_digest(d.f);
	add_spreads(&d);
	add_threads(d.f);
	d.f->ranges[0] = (struct digest_range){128, 1e-4};
	d.f->ranges[1] = (struct digest_range){8192, 0.1};
	digest->nr_ranges = 2;
	d.f->marks[0] = (struct digest_mark){20000000000, "load plugins"};
	d.f->marks[1] = (struct digest_mark){70000000000, "serve"};
	digest->nr_marks = 2;
	digest->seen = 3200532;
	digest->recorded = 41033;
	digest->frees = 28871;
	digest->unknown_stacks = 12;
	digest->cut_stacks = 3;
	digest->unknown_modules = 2;
	return d.f;
}
