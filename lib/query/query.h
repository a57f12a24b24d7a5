/* SPDX-License-Identifier: MIT */
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "heapprof.h"
#include "profile/digest.h"

#include "result.h"

/*
 * From a digest to an answer: what is asked, and the views that can be asked
 * for.  Nothing here does I/O but by asking the digest for a snapshot, or the
 * log for events.
 *
 * A question is made in two steps: query_ask() needs no digest, so that a
 * mistake is found before one is made; query_bind() puts it to a digest.
 */

enum metric {
	METRIC_LIVE,
	METRIC_LIVE_COUNT,
	METRIC_ALLOCATED,
	METRIC_COUNT,
	METRIC_FREED,
	METRIC_TEMPORARY,
	METRIC_BYTE_SECONDS,
	METRIC_WASTE, /* usable bytes that were not asked for */
	METRIC_RATE,  /* bytes allocated a second */
};

enum by {
	BY_FUNCTION,
	BY_LINE,
	BY_MODULE,
	BY_THREAD,
};

struct query {
	const struct view *view;
	const struct answer *answer; /* of those that the view has */
	struct arena *arena;	     /* of the answer */
	const struct digest *digest;
	enum metric metric;
	bool any_metric; /* none was asked for */
	enum by by;
	const char *at_text, *from_text, *to_text; /* as asked, or NULL */
	const char *compare_text;		   /* likewise */
	const struct digest *base;     /* to compare with, or NULL */
	const struct side *sides;      /* what is compared; see sides.h */
	size_t nr_sides;	       /* 1: nothing is compared */
	size_t at;		       /* instant of live figures */
	size_t from, to;	       /* instants between which to look */
	bool ranged;		       /* not the whole run */
	uint64_t from_ns, to_ns;       /* as asked, of events */
	const regex_t *focus, *ignore; /* or NULL */
	regex_t focus_regex, ignore_regex;
	unsigned top;		  /* rows; 0: what fits the view */
	uint64_t min_size;	  /* bytes a row must have */
	const char *const *lines; /* to follow, as asked for */
	size_t nr_lines;
	bool complete; /* nothing is left out as small: no person reads it */
	double min_node, min_edge; /* fractions that graphs leave out */
	bool collapse;		   /* chains in graphs are one node */
	bool inverted;		   /* stacks, from who allocates outward */
	bool scale;		   /* nodes of graphs by their local figures */
	bool fold; /* rows that are too uncertain have none: no colour tells */
	const char *ended; /* why recording stopped; NULL: the usual way */
	bool running;	   /* it still is, or was killed */
	const struct relative *children; /* profiles of other processes */
	size_t nr_children;
	struct reader *log; /* of events; others need none */
};

/* A way to answer: what comes out of it, and how it is found. */
struct answer {
	enum shape shape;
	int (*query)(const struct query *q, struct result *out);
};

/* At most as many as there are shapes; the one that people read is first. */
#define ANSWERS_MAX SHAPE_MAX

struct view {
	const char *name;
	enum metric metric; /* unless another one is asked for */
	bool ends; /* about the end unless told otherwise, not the peak */
	struct answer answers[ANSWERS_MAX + 1]; /* the last has no query */
};

/* The views, NULL-terminated names. */
extern const struct view query_views[];

/*
 * Understands @options; answers with the first of the view's shapes that is in
 * @shapes, and without a view with the first view that has one.  -ENOTSUP: it
 * has none of those, which is for the caller to say.  -EINVAL: said to
 * @listener.  query_fini() frees what this takes, also after an error.
 */
int query_ask(struct query *q, const struct heapprof_report_options *options,
	      uint32_t shapes, const struct heapprof_listener *listener);
void query_fini(struct query *q);

/*
 * Puts the question to @d; the answer will be in @arena.  With q->base,
 * q->digest becomes one that has both, see sides.h.
 */
int query_bind(struct query *q, const struct digest *d, struct arena *arena,
	       const struct heapprof_listener *listener);

/* Finds the times of the question in @d, and nothing else. */
int query_bind_moment(struct query *q, const struct digest *d,
		      const struct heapprof_listener *listener);

/* The instant that @text names.  0; -EINVAL: said, of @option. */
int query_find_instant(const struct query *q, const char *option,
		       const char *text, size_t *out,
		       const struct heapprof_listener *listener);

/* Answers.  0 or -errno; -ENOMEM. */
int query_run(const struct query *q, struct result *out);

/* The instant with the most live bytes from q->from to q->to. */
size_t query_peak(const struct query *q);

/* The name of a metric, as it is asked for. */
const char *query_metric_name(enum metric metric);

/* Likewise of what a place is. */
const char *query_by_name(enum by by);

/* What ran, and what the figures rest on.  0 or -ENOMEM. */
int basis_fill(const struct query *q, struct basis *out);

/* Views, one function each. */
int summary_query(const struct query *q, struct result *out);
int top_query(const struct query *q, struct result *out);
int compare_query(const struct query *q, struct result *out);
int leaks_query(const struct query *q, struct result *out);
int threads_query(const struct query *q, struct result *out);
int flame_query(const struct query *q, struct result *out);
int flame_tree_query(const struct query *q, struct result *out);
int flow_query(const struct query *q, struct result *out);
int tree_query(const struct query *q, struct result *out);
int lifetimes_query(const struct query *q, struct result *out);
int sizes_query(const struct query *q, struct result *out);
int timeline_query(const struct query *q, struct result *out);
int events_query(const struct query *q, struct result *out);
int history_query(const struct query *q, struct result *out);
