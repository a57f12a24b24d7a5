/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "profile/say.h"

#include "flow.h"
#include "follow.h"
#include "query.h"
#include "sides.h"
#include "usable.h"
#include "when.h"

static const char *const metrics[] = {
	[METRIC_LIVE] = "live",
	[METRIC_LIVE_COUNT] = "live-count",
	[METRIC_ALLOCATED] = "allocated",
	[METRIC_COUNT] = "count",
	[METRIC_FREED] = "freed",
	[METRIC_TEMPORARY] = "temporary",
	[METRIC_BYTE_SECONDS] = "byte-seconds",
	[METRIC_WASTE] = "waste",
	[METRIC_RATE] = "rate",
	[METRIC_RATE + 1] = NULL,
};

static const char *const groupings[] = {
	[BY_FUNCTION] = "function", [BY_LINE] = "line",
	[BY_MODULE] = "module",	    [BY_THREAD] = "thread",
	[BY_THREAD + 1] = NULL,
};

/* The page for browsers has all that it needs for these. */
#define EXPLORE                                                                \
	{                                                                      \
		SHAPE_EXPLORE, history_query                                   \
	}

const struct view query_views[] = {
	{"summary",
	 METRIC_LIVE,
	 false,
	 {{SHAPE_PAGE, summary_query},
	  {SHAPE_HISTORY, history_query},
	  EXPLORE}},
	{"time",
	 METRIC_LIVE,
	 false,
	 {{SHAPE_SERIES, timeline_query},
	  {SHAPE_HISTORY, history_query},
	  EXPLORE}},
	{"top", METRIC_LIVE, false, {{SHAPE_TABLE, top_query}, EXPLORE}},
	{"compare",
	 METRIC_LIVE,
	 false,
	 {{SHAPE_TABLE, compare_query}, EXPLORE}},
	{"tree", METRIC_LIVE, false, {{SHAPE_TREE, tree_query}, EXPLORE}},
	{"flame",
	 METRIC_LIVE,
	 false,
	 {{SHAPE_FLAME, flame_tree_query},
	  {SHAPE_STACKS, flame_query},
	  EXPLORE}},
	{"flow", METRIC_LIVE, false, {{SHAPE_GRAPH, flow_query}, EXPLORE}},
	{"leaks", METRIC_LIVE, true, {{SHAPE_TABLE, leaks_query}, EXPLORE}},
	{"sizes", METRIC_ALLOCATED, false, {{SHAPE_SPREAD, sizes_query}}},
	{"lifetimes", METRIC_COUNT, false, {{SHAPE_SPREAD, lifetimes_query}}},
	{"threads",
	 METRIC_LIVE,
	 false,
	 {{SHAPE_TABLE, threads_query}, EXPLORE}},
	{"events", METRIC_LIVE, false, {{SHAPE_STREAM, events_query}}},
	{NULL, 0, false, {{0, NULL}}},
};

const char *query_metric_name(enum metric metric)
{
	return metrics[metric];
}

const char *query_by_name(enum by by)
{
	return groupings[by];
}

/* "summary, top or tree": the names that start every @stride bytes. */
static void list_names(const void *names, size_t stride, char *out, size_t size)
{
	const char *p = names;
	size_t n = 0;

	*out = '\0';
	for (const char *name; (name = *(const char *const *)p); p += stride) {
		const char *next = *(const char *const *)(p + stride);

		if (n < size)
			n += (size_t)snprintf(out + n, size - n, "%s%s",
					      !n     ? ""
					      : next ? ", "
						     : " or ",
					      name);
	}
}

/* The index of @name among names; -EINVAL: said. */
static int find_name(const char *what, const char *name, const void *names,
		     size_t stride, const struct heapprof_listener *listener)
{
	const char *p = names, *known;
	char list[256];

	for (int i = 0; (known = *(const char *const *)p); p += stride, i++)
		if (!strcmp(known, name))
			return i;
	list_names(names, stride, list, sizeof(list));
	say(listener, HEAPPROF_ERROR, "unknown %s '%s'; give %s", what, name,
	    list);
	return -EINVAL;
}

static int compile(const char *option, const char *text, regex_t *regex,
		   const regex_t **out,
		   const struct heapprof_listener *listener)
{
	char why[256];
	int err;

	if (!text)
		return 0;
	err = regcomp(regex, text, REG_EXTENDED | REG_NOSUB);
	if (!err) {
		*out = regex;
		return 0;
	}
	regerror(err, regex, why, sizeof(why));
	say(listener, HEAPPROF_ERROR, "%s: not a regular expression: '%s': %s",
	    option, text, why);
	return -EINVAL;
}

/* NULL: none of the answers of @view has one of @shapes. */
static const struct answer *find_answer(const struct view *view,
					uint32_t shapes)
{
	for (const struct answer *a = view->answers; a->query; a++)
		if (shapes & SHAPE_BIT(a->shape))
			return a;
	return NULL;
}

/* Unless one was asked for, a view that can be drawn.  -EINVAL: said. */
static int find_view(const struct heapprof_report_options *o, uint32_t shapes,
		     const struct heapprof_listener *listener)
{
	bool compares = o->compare || o->base;
	const char *name = o->view ? o->view : compares ? "compare" : "summary";
	int view = find_name("view", name, query_views, sizeof(*query_views),
			     listener);

	if (o->view || find_answer(&query_views[view], shapes))
		return view;
	for (int i = 0; query_views[i].name; i++) {
		const struct answer *a = find_answer(&query_views[i], shapes);

		if (a && (!compares || usable_compares(a)))
			return i;
	}
	return view;
}

static int ask_names(struct query *q, const struct heapprof_report_options *o,
		     uint32_t shapes, const struct heapprof_listener *listener)
{
	int view = find_view(o, shapes, listener);
	int metric = o->metric ? find_name("metric", o->metric, metrics,
					   sizeof(*metrics), listener)
			       : 0;
	int by = o->by ? find_name("grouping", o->by, groupings,
				   sizeof(*groupings), listener)
		       : BY_FUNCTION;

	if (view < 0 || metric < 0 || by < 0)
		return -EINVAL;
	q->view = &query_views[view];
	q->any_metric = !o->metric;
	q->metric = o->metric ? (enum metric)metric : q->view->metric;
	q->by = (enum by)by;
	if (!o->by && q->view->answers[0].query == flow_query)
		q->by = BY_LINE;
	if (!o->by && q->view->answers[0].query == threads_query)
		q->by = BY_THREAD;
	return 0;
}

int query_ask(struct query *q, const struct heapprof_report_options *options,
	      uint32_t shapes, const struct heapprof_listener *listener)
{
	*q = (struct query){
		.at_text = options->at,
		.from_text = options->from,
		.to_text = options->to,
		.compare_text = options->compare,
		.ranged = options->from || options->to,
		.top = options->top,
		.min_size = options->min_size,
		.lines = options->lines,
		.inverted = options->inverted,
		.complete = options->format && strcmp(options->format, "text"),
	};
	q->fold = !options->color && !q->complete;
	while (q->lines && q->lines[q->nr_lines])
		q->nr_lines++;
	if (ask_names(q, options, shapes, listener))
		return -EINVAL;
	q->answer = find_answer(q->view, shapes);
	if (!q->answer)
		return -ENOTSUP;
	if (usable_check(q, options, listener) ||
	    follow_check(q->lines, q->nr_lines, listener) ||
	    flow_ask(q, options, listener) ||
	    when_check("--at", options->at, listener) ||
	    when_check("--from", options->from, listener) ||
	    when_check("--to", options->to, listener) ||
	    compile("--focus", options->focus, &q->focus_regex, &q->focus,
		    listener) ||
	    compile("--ignore", options->ignore, &q->ignore_regex, &q->ignore,
		    listener))
		return -EINVAL;
	return 0;
}

void query_fini(struct query *q)
{
	if (q->focus)
		regfree(&q->focus_regex);
	if (q->ignore)
		regfree(&q->ignore_regex);
	q->focus = q->ignore = NULL;
}

/* The first instant at or after @time_ns; the last if there is none. */
static size_t find_after(const struct digest *d, uint64_t time_ns)
{
	size_t i = digest_at(d, time_ns);

	if (d->instants[i].time_ns < time_ns && i + 1 < d->nr_instants)
		i++;
	return i;
}

size_t query_peak(const struct query *q)
{
	const struct digest_instant *in = q->digest->instants;
	size_t best = q->from;

	if (q->digest->peak >= q->from && q->digest->peak <= q->to)
		return q->digest->peak;
	for (size_t i = q->from; i <= q->to; i++)
		if (in[i].live.bytes > in[best].live.bytes)
			best = i;
	return best;
}

static int bind_range(struct query *q, const struct heapprof_listener *listener)
{
	const struct digest *d = q->digest;
	int err = 0;

	q->from_ns = 0;
	q->to_ns = q->to_text ? d->duration_ns : UINT64_MAX;
	if (q->from_text)
		err = when_find("--from", q->from_text, d, &q->from_ns,
				listener);
	if (!err && q->to_text)
		err = when_find("--to", q->to_text, d, &q->to_ns, listener);
	if (err)
		return err;
	if (q->from_ns > q->to_ns) {
		say(listener, HEAPPROF_ERROR, "--from=%s is after --to=%s",
		    q->from_text ? q->from_text : "start",
		    q->to_text ? q->to_text : "end");
		return -EINVAL;
	}
	if (!d->nr_instants)
		return 0;
	q->from = digest_at(d, q->from_ns);
	q->to = find_after(d, MIN(q->to_ns, d->duration_ns));
	return 0;
}

int query_find_instant(const struct query *q, const char *option,
		       const char *text, size_t *out,
		       const struct heapprof_listener *listener)
{
	const struct digest *d = q->digest;
	uint64_t ns;
	int err;

	if (!d->nr_instants)
		return when_check(option, text, listener);
	if (!strcmp(text, "peak") || !strcmp(text, "end")) {
		*out = *text == 'p' ? query_peak(q) : q->to;
		return 0;
	}
	err = when_find(option, text, d, &ns, listener);
	if (!err)
		*out = digest_at(d, ns);
	return err;
}

int query_bind_moment(struct query *q, const struct digest *d,
		      const struct heapprof_listener *listener)
{
	const char *text = q->at_text;
	int err;

	q->digest = d;
	if (!text)
		text = q->view->ends ? "end" : "peak";
	err = bind_range(q, listener);
	return err ? err
		   : query_find_instant(q, "--at", text, &q->at, listener);
}

/* By thread, the digest has what was live at two instants. */
static int bind_threads(struct query *q,
			const struct heapprof_listener *listener)
{
	bool live = q->metric == METRIC_LIVE || q->metric == METRIC_LIVE_COUNT;
	const struct digest *d = q->digest;

	if (q->by != BY_THREAD || !live || !d->nr_instants ||
	    q->at == d->peak || q->at + 1 == d->nr_instants)
		return 0;
	say(listener, HEAPPROF_ERROR,
	    "what a thread held is known at the peak and at the end; "
	    "give --at=peak or --at=end");
	return -EINVAL;
}

int query_bind(struct query *q, const struct digest *d, struct arena *arena,
	       const struct heapprof_listener *listener)
{
	int err;

	q->arena = arena;
	err = query_bind_moment(q, d, listener);
	if (!err)
		err = bind_threads(q, listener);
	if (!err)
		follow_bind(d, q->lines, q->nr_lines, listener);
	return err ? err : sides_bind(q, listener);
}

int query_run(const struct query *q, struct result *out)
{
	int err;

	*out = (struct result){.view = q->view->name,
			       .shape = q->answer->shape};
	err = basis_fill(q, &out->basis);
	return err ? err : q->answer->query(q, out);
}
