/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "profile/say.h"

#include "usable.h"
#include "when.h"

bool usable_compares(const struct answer *a)
{
	return a->query == compare_query || a->query == top_query ||
	       a->query == leaks_query || a->query == flow_query ||
	       a->query == flame_query || a->query == flame_tree_query ||
	       a->query == tree_query || a->shape == SHAPE_EXPLORE;
}

/* What --compare and --base go with. */
static int ask_comparison(const struct query *q,
			  const struct heapprof_report_options *o,
			  const struct heapprof_listener *listener)
{
	const char *option = o->compare ? "--compare" : "--base";

	if (!o->compare && !o->base) {
		if (q->view->answers[0].query != compare_query)
			return 0;
		return say_error(listener, -EINVAL,
				 "the view compare needs two moments, "
				 "--compare=WHEN,WHEN, or another profile, "
				 "--base=OTHER");
	}
	if (o->base && q->answer->shape == SHAPE_EXPLORE)
		return say_error(listener, -EINVAL,
				 "the format html is of one profile; leave out "
				 "--base, or take another format");
	if (o->compare && q->answer->query == threads_query)
		return say_error(listener, -EINVAL,
				 "threads are known for the peak and the end "
				 "alone, which the view threads has side by "
				 "side; leave out --compare");
	if (!usable_compares(q->answer))
		return say_error(listener, -EINVAL,
				 "the view %s has no use for %s; compare, top, "
				 "leaks, tree, flame and flow have",
				 q->view->name, option);
	if (q->by == BY_THREAD)
		return say_error(listener, -EINVAL,
				 "%s does not go with --by=thread", option);
	if (o->compare && (o->base || o->at))
		return say_error(listener, -EINVAL,
				 "--compare has its own times; leave out %s",
				 o->base ? "--base, or give --at" : "--at");
	return 0;
}

/* Each of --compare, of which there are two at least. */
static int ask_moments(const char *moments,
		       const struct heapprof_listener *listener)
{
	const char *rest = moments;
	char text[256];
	int err = 0;

	if (moments && !strchr(moments, ','))
		return say_error(listener, -EINVAL,
				 "--compare: '%s' is one time; give two or "
				 "more, as in --compare=start,peak",
				 moments);
	while (rest && !err) {
		size_t n = strcspn(rest, ",");

		snprintf(text, sizeof(text), "%.*s", (int)MIN(n, 255u), rest);
		err = when_check("--compare", text, listener);
		rest = rest[n] ? rest + n + 1 : NULL;
	}
	return err;
}

/* Can there be fewer of them? */
static bool has_rows(enum shape shape)
{
	return shape != SHAPE_SERIES && shape != SHAPE_GRAPH &&
	       shape != SHAPE_FLAME && shape != SHAPE_STACKS;
}

/* The option that the view of @q has no use for; NULL: it has for all. */
static const char *find_useless(const struct query *q,
				const struct heapprof_report_options *o)
{
	enum shape shape = q->answer->shape;
	bool events = shape == SHAPE_STREAM, time = shape == SHAPE_SERIES;
	bool threads = q->view->answers[0].query == threads_query;
	bool page = shape == SHAPE_PAGE, all = shape == SHAPE_HISTORY;
	bool flame = shape == SHAPE_FLAME || shape == SHAPE_STACKS;

	if (o->metric && (events || threads || page || all || time))
		return "--metric";
	if (o->by && (events || threads || all || time))
		return "--by";
	if (o->at && (events || threads || time || shape == SHAPE_SPREAD))
		return "--at";
	if (q->nr_lines && !time)
		return "--line";
	if (o->inverted && !flame && shape != SHAPE_EXPLORE)
		return "--inverted";
	if ((o->min_node || o->min_edge || o->no_collapse || o->no_scale) &&
	    shape != SHAPE_GRAPH)
		return "--min-node, --min-edge, --no-collapse or --no-scale";
	if ((o->from || o->to || o->focus || o->ignore) && threads)
		return "--from, --to, --focus or --ignore";
	if (o->top && !has_rows(shape))
		return "--top";
	if (o->min_size && !has_rows(shape))
		return "--min-size";
	return NULL;
}

static int ask_useful(const struct query *q,
		      const struct heapprof_report_options *o,
		      const struct heapprof_listener *listener)
{
	const char *option = find_useless(q, o);
	bool threads = q->view->answers[0].query == threads_query;
	bool format = o->format && !threads &&
		      (q->answer->shape == SHAPE_HISTORY ||
		       q->answer->shape == SHAPE_EXPLORE);

	if (!option)
		return 0;
	return say_error(listener, -EINVAL,
			 "the %s %s has no use for %s; leave it out",
			 format ? "format" : "view",
			 format ? o->format : q->view->name, option);
}

/* What the page for browsers cannot begin with. */
static int ask_page(const struct query *q,
		    const struct heapprof_report_options *o,
		    const struct heapprof_listener *listener)
{
	const char *comma = o->compare ? strchr(o->compare, ',') : NULL;

	if (q->answer->shape != SHAPE_EXPLORE)
		return 0;
	if (q->metric > METRIC_FREED)
		return say_error(listener, -EINVAL,
				 "the format html has no metric %s; it has "
				 "live, live-count, allocated, count and freed",
				 query_metric_name(q->metric));
	if (comma && strchr(comma + 1, ','))
		return say_error(listener, -EINVAL,
				 "the format html compares two moments, one "
				 "beside the other; give --compare two");
	return 0;
}

/* What the digest cannot tell. */
static int ask_possible(const struct query *q,
			const struct heapprof_listener *listener)
{
	bool total = q->metric == METRIC_TEMPORARY ||
		     q->metric == METRIC_BYTE_SECONDS ||
		     q->metric == METRIC_WASTE;
	bool spread = q->answer->shape == SHAPE_SPREAD;

	if (q->compare_text && total)
		return say_error(listener, -EINVAL,
				 "the metric %s is of the whole run; compare "
				 "another profile, with --base",
				 query_metric_name(q->metric));
	if (q->ranged && (total || spread)) {
		say(listener, HEAPPROF_ERROR,
		    "the %s %s is of the whole run; leave out "
		    "--from and --to",
		    spread ? "view" : "metric",
		    spread ? q->view->name : query_metric_name(q->metric));
		return -EINVAL;
	}
	if (q->by != BY_THREAD)
		return 0;
	if ((q->answer->shape == SHAPE_TABLE ||
	     q->answer->shape == SHAPE_EXPLORE) &&
	    !q->ranged && !total)
		return 0;
	say(listener, HEAPPROF_ERROR,
	    "threads are known for the whole run, and only for the "
	    "views top and leaks; leave out --by=thread%s%s",
	    q->ranged ? " or --from and --to" : "",
	    total ? " or take another metric" : "");
	return -EINVAL;
}

int usable_check(const struct query *q, const struct heapprof_report_options *o,
		 const struct heapprof_listener *listener)
{
	int err = ask_comparison(q, o, listener);

	if (!err)
		err = ask_moments(o->compare, listener);
	if (!err)
		err = ask_useful(q, o, listener);
	if (!err)
		err = ask_page(q, o, listener);
	return err ? err : ask_possible(q, listener);
}
