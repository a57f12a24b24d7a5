/* SPDX-License-Identifier: MIT */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/*
 * What the queries answer and the renderers draw: a few shapes, so that views
 * and formats can be added without knowing of each other.
 *
 *     table   rows of places with columns of figures
 *     tree    calls, from the outermost inward
 *     graph   places and who calls whom, at one instant or several
 *     stacks  whole stacks, equal ones merged
 *     series  the heap over time
 *     page    a series and tables: the summary
 *     spread  distributions of ages or sizes, in all and by place
 *     stream  rows without end, one at a time: the events
 *     history the whole profile, one snapshot at a time: for other programs,
 *             which ask questions of their own; see history.h
 *     explore the same, for a reader who begins at what was asked
 *
 * A result is plain data.  It lives in the arena it was asked for, and points
 * at strings of the digest it came from.  Times are nanoseconds from the start
 * of recording.  Strings come from files: renderers escape them.
 */

/* An estimated figure. */
struct estimate {
	double value;
	double error; /* half the 95% interval; 0: exact; NAN: not known */
};

/* Is a difference more than chance? */
static inline bool result_is_change(struct estimate e)
{
	return e.value != 0 && fabs(e.value) > e.error;
}

enum unit {
	UNIT_BYTES,
	UNIT_COUNT,
	UNIT_BYTE_SECONDS,
	UNIT_RATE,    /* bytes a second */
	UNIT_HOURLY,  /* bytes an hour */
	UNIT_SECONDS, /* a time, or a span; it has no error */
	UNIT_MAX
};

enum place_kind {
	PLACE_FUNCTION,
	PLACE_LINE,    /* the line is what was asked for */
	PLACE_MODULE,  /* only `module` means something */
	PLACE_THREAD,  /* only `thread` and `tid` do */
	PLACE_PROCESS, /* likewise: its program and its pid */
	PLACE_UNKNOWN, /* the stack is unknown */
	PLACE_CUT,     /* frames were left out here */
};

/* Where something happened. */
struct place {
	enum place_kind kind;
	const char *function; /* NULL: unknown */
	const char *file;     /* NULL: unknown */
	const char *module;   /* NULL: unknown */
	const char *thread;   /* NULL: it has no name */
	uint64_t offset;      /* in the module, or the address */
	uint32_t line;	      /* 0: unknown */
	uint32_t tid;
	bool inlined; /* into the next place outward */
};

/* A time or a span of time that a figure is about. */
struct period {
	bool instant;	  /* at to_ns; else from_ns to to_ns */
	uint64_t from_ns; /* of a span */
	uint64_t to_ns;
};

enum column_use {
	COLUMN_ALWAYS,
	COLUMN_MEDIUM, /* where there is some room */
	COLUMN_WIDE,   /* where there is much */
	COLUMN_DATA,   /* for machines, not for reading */
};

struct column {
	const char *key;   /* "self" */
	const char *title; /* "self"; NULL: the time of its moment */
	enum unit unit;
	enum column_use use;
};

struct row {
	struct place place;
	const struct place *via;      /* the wrapper it called, or NULL */
	const struct estimate *cells; /* one per column; equal keys side by side
					 are one figure at several moments */
	const struct place *stack;    /* its callers, or NULL */
	size_t nr_stack;
	size_t nr_more; /* callers further out than those */
	bool uncertain; /* all that it says may as well be nothing */
};

/* What the rows do not show, so that all adds up to the total. */
enum rest {
	REST_ROWS,	/* rows beyond those asked for */
	REST_UNCERTAIN, /* rows whose error is larger than the figure */
	REST_FOLDED,	/* traces too small for the digest's precision */
	REST_HIDDEN,	/* what --focus and --ignore leave out */
	REST_MAX,
};

/* One of the things that are compared. */
struct moment {
	const struct basis *base; /* it is another profile; or NULL */
	struct period period;
	struct estimate total; /* of the metric */
};

struct table {
	const char *title;  /* "Held at the peak" */
	const char *metric; /* NULL: columns have their own */
	const char *empty;  /* what to say instead of no rows */
	struct period period;
	const struct column *columns;
	size_t nr_columns;
	const struct row *rows;
	size_t nr_rows;
	struct estimate total;		/* of the first column */
	struct estimate count;		/* blocks or allocations behind that */
	struct estimate rest[REST_MAX]; /* of the first column */
	size_t nr_rest[REST_MAX];	/* how many of them */
	struct estimate other;		/* all of `rest` */
	const struct table *next;	/* beside this one, or NULL */
	const char *key; /* of it beside another or on a page: "growing" */
	const struct moment *moments; /* compared: the first column is the
					 change from the first to the last,
					 then each has one */
	size_t nr_moments;	      /* 0: nothing is compared */
};

/* What there is of something in a tree, with what it calls. */
struct tree_figure {
	const struct estimate *at; /* one for each moment */
	struct estimate change;	   /* from the first moment to the last */
};

/* One line of a tree; they are in the order in which they are drawn. */
struct tree_node {
	struct place place;
	struct tree_figure cumulative;
	uint32_t depth;	  /* of indentation */
	bool last;	  /* of its siblings, those left out included */
	bool chained;	  /* the only one called from the line above */
	bool uncertain;	  /* what it says may as well be nothing */
	size_t nr_pruned; /* not 0: a line that stands for so many calls */
	size_t caller;	  /* the line that calls it; TREE_ROOT: none does */
};

#define TREE_ROOT SIZE_MAX

struct tree {
	const char *title;
	const char *metric;
	enum unit unit;
	const struct moment *moments;
	size_t nr_moments;	   /* 1: nothing is compared */
	struct estimate change;	   /* of the total */
	struct tree_figure folded; /* as REST_FOLDED */
	struct tree_figure hidden; /* as REST_HIDDEN */
	const struct tree_node *nodes;
	size_t nr_nodes;
};

/*
 * A place, or a chain of them of which each calls only the next.  Figures are
 * arrays, one for each moment.  They add up: entry, edges in and dropped_in
 * are local, edges out and dropped_out.
 */
struct graph_node {
	const struct place *places; /* outermost first */
	size_t nr_places;
	const struct estimate *local;	   /* innermost but for wrappers */
	const struct estimate *cumulative; /* with what it calls */
	const struct estimate *entry;	   /* stacks that begin here */
	const struct estimate *dropped_in; /* by edges that are left out */
	const struct estimate *dropped_out;
};

struct graph_edge {
	size_t from, to; /* nodes */
	const struct estimate *flow;
};

struct graph {
	const char *title;
	const char *metric;
	enum unit unit;
	size_t nr_moments;
	const struct moment *moments;
	const struct estimate *folded;	/* as REST_FOLDED */
	const struct estimate *hidden;	/* as REST_HIDDEN */
	const struct graph_node *nodes; /* the heaviest first */
	size_t nr_nodes;
	const struct graph_edge *edges; /* the heaviest first */
	size_t nr_edges;
	double min_node;	 /* fraction of the total */
	double min_edge;	 /* of what its caller or its callee has */
	size_t nr_dropped_nodes; /* as they are below that */
	size_t nr_dropped_edges; /* likewise, between the other nodes */
	bool scale;		 /* nodes are as large as their local figures */
};

struct stack {
	const struct place *places; /* outermost first, unless inverted; none:
				       all that are folded */
	const uint32_t *groups;	    /* of the places: equal ones have one */
	size_t nr_places;
	const struct estimate *weights; /* one for each column */
	struct estimate change; /* of the first metric, first moment to last */
};

/* What stacks are weighed by: a metric, at a moment. */
struct weighing {
	const char *metric;
	enum unit unit;
	struct moment moment;
	struct estimate hidden; /* as REST_HIDDEN */
};

struct stacks {
	const struct weighing *columns; /* all moments of a metric, then those
					   of the next */
	size_t nr_columns;
	size_t nr_moments;	/* 1: nothing is compared */
	struct estimate change; /* of the total, as of a stack */
	const struct stack *rows;
	size_t nr_rows;
	size_t nr_groups; /* all are below this */
	bool lines;	  /* places are lines */
};

/*
 * Stacks as a tree.  Node 0 is the root, of all that is shown; nodes are in the
 * order in which they are drawn, each before what it calls, the widest first.
 */
struct flame_node {
	struct place place; /* of the root it means nothing */
	bool folded;	    /* all that the digest keeps by no stack */
	uint32_t parent;
	uint32_t depth; /* of the root 0 */
	double width;	/* the most of any moment, by stack */
	double start;	/* what is left of it, of the width of the root */
	const struct estimate *weights; /* one for each moment */
	struct estimate change;		/* from the first moment to the last */
};

struct flame_graph {
	const char *metric;
	enum unit unit;
	const struct moment *moments;
	size_t nr_moments;
	const struct estimate *hidden; /* as REST_HIDDEN, each moment */
	const struct flame_node *nodes;
	size_t nr_nodes;
	size_t nr_dropped; /* nodes left out as too narrow to be seen */
	uint32_t depth;	   /* of the deepest node */
	bool inverted;	   /* from who allocates to who calls it */
	bool lines;	   /* places are lines */
};

struct mark {
	uint64_t time_ns;
	const char *label;
};

/* A line of code that is followed. */
struct series_line {
	const char *label;
	const char *place; /* "FILE:LINE" or a function, as asked for */
	const struct estimate *live;
};

/* Arrays have a figure for each of nr_points instants, in order of time. */
struct series {
	uint64_t from_ns, to_ns;
	size_t nr_points;
	const uint64_t *times_ns;
	const struct estimate *live; /* bytes */
	const struct estimate *max;  /* the largest since the instant before */
	const struct estimate *rate; /* bytes a second that were allocated since
					the instant before; of the first NAN */
	const uint64_t *rss;	     /* bytes; 0: unknown */
	bool filtered; /* `live` and so on, but not `rss`, leave stacks out */
	uint64_t peak_ns; /* within the series */
	struct estimate peak;
	uint64_t peak_rss; /* at the peak, bytes; 0: unknown */
	const struct mark *marks;
	size_t nr_marks;
	const struct series_line *lines; /* in the order asked for */
	size_t nr_lines;
};

/* Bytes and how many blocks or allocations, at a time. */
struct amount {
	uint64_t time_ns;
	struct estimate bytes;
	struct estimate count;
};

struct page {
	struct series heap;
	struct amount allocated; /* by to_ns, from from_ns */
	struct amount peak;
	struct amount end;
	struct estimate run_count; /* allocations of the whole run */
	struct estimate temporary; /* of those, freed before the next one */
	const struct table *tables;
	size_t nr_tables;
};

/* A class of ages or sizes. */
struct bin {
	uint64_t from; /* us or bytes */
	uint64_t to;   /* below that; UINT64_MAX: no limit */
	struct estimate bytes;
	struct estimate count;
	struct estimate peak_bytes; /* of sizes, live at the peak */
	struct estimate peak_count;
};

struct spread_row {
	struct place place;
	const struct place *via; /* the wrapper it called, or NULL */
	const struct bin *bins;	 /* the same ones in each row */
	struct estimate bytes;	 /* all of them */
	struct estimate count;
	struct estimate live_bytes; /* at the end: of no known age */
	struct estimate live_count;
	struct estimate mean;	/* s or bytes; NAN: there are none */
	struct estimate median; /* its error is that of the bin at least */
	struct estimate weight; /* by the metric that rows are sorted by */
};

/* What blocks were like: of ages freed ones, of sizes all that there were. */
struct spread {
	const char *title;
	const char *metric; /* that rows are sorted by */
	enum unit unit;	    /* UNIT_SECONDS: ages; UNIT_BYTES: sizes */
	size_t nr_bins;
	bool unknown; /* blocks were freed, but ages are not recorded */
	struct spread_row total; /* `place` means nothing */
	const struct spread_row *rows;
	size_t nr_rows;
	size_t nr_more;		/* places without a row */
	size_t nr_uncertain;	/* of these, for the error they would have */
	struct estimate other;	/* of the metric, what is in no row */
	struct estimate hidden; /* as REST_HIDDEN, part of `other` */
	struct period period;
};

/* One event of a stream. */
struct event {
	uint64_t time_ns;
	double weight; /* events that it stands for */
	uint64_t size; /* bytes */
	bool free;
	uint64_t age_ns; /* of a freed block */
	struct place place;
	const struct place *via; /* the wrapper, or NULL */
	struct place thread;
};

/* Pulled by the renderer: 1 gives an event, 0 is the end, -errno an error. */
struct stream {
	int (*next)(struct stream *stream, struct event *event);
};

/* Allocations smaller than this, and not below an earlier bound. */
struct rate {
	uint64_t below; /* bytes; UINT64_MAX: no limit */
	double probability;
};

/* Another process of the same recording. */
struct relative {
	uint32_t pid, parent_pid;
	const char *program; /* the name that it was called by */
	const char *base;    /* of its files */
	/* Only of processes that the figures are of. */
	uint64_t start_ns, end_ns;
	struct estimate allocated;
	struct estimate peak; /* at the peak of all */
	struct estimate most; /* its own peak */
	struct estimate end;  /* not freed when it ended */
};

/* What ran, how it was recorded, and what all the figures rest on. */
struct basis {
	const char *const *argv; /* NULL-terminated */
	const char *program;
	const char *host;
	uint32_t pid;
	uint64_t start_realtime_ns;
	uint64_t duration_ns;
	const char *ended; /* why recording stopped; NULL: the usual way */
	bool running;	   /* or it was killed */
	const struct relative *children; /* and theirs, in order of start */
	size_t nr_children;
	const struct relative *processes; /* if the figures are of several */
	size_t nr_processes;
	uint64_t sample_bytes; /* 0: rates */
	const struct rate *rates;
	size_t nr_rates;
	uint32_t depth;
	uint64_t seen, seen_bytes, recorded, frees, lost;
	uint64_t unknown_stacks, cut_stacks, damaged_bytes, unknown_modules;
	bool shortened;	     /* the digest does not reach the end */
	bool foreign_malloc; /* and nothing was seen */
	double precision;
};

enum shape {
	SHAPE_TABLE,
	SHAPE_TREE,
	SHAPE_GRAPH,
	SHAPE_FLAME,
	SHAPE_STACKS,
	SHAPE_SERIES,
	SHAPE_PAGE,
	SHAPE_SPREAD,
	SHAPE_STREAM,
	SHAPE_HISTORY,
	SHAPE_EXPLORE,
	SHAPE_MAX
};

/* A set of shapes, as bits; and all of them. */
#define SHAPE_BIT(shape) (1u << (shape))
#define SHAPE_ANY UINT32_MAX

struct result {
	const char *view;
	enum shape shape;
	struct basis basis;
	union {
		struct table table;
		struct tree tree;
		struct graph graph;
		struct flame_graph flame;
		struct stacks stacks;
		struct series series;
		struct page page;
		struct spread spread;
		struct stream *stream;
		struct history *history;
	};
};
