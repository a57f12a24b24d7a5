/* SPDX-License-Identifier: MIT */
#ifndef HEAPPROF_H
#define HEAPPROF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/*
 * libheapprof: digests and reports heap profiles.  See heapprof(3).
 *
 * Functions return 0 or a negative errno value; -EBADMSG: the file is not what
 * it should be, -ENOTSUP: a newer version wrote it.  What went wrong is also
 * said, in one line that names the file and the place, to the listener.
 *
 * HEAPPROF_LOSSY, a positive value, means that the result is there, but that
 * the profile was damaged or lossy; the listener was told how much.
 */

#define HEAPPROF_LOSSY 1

/*
 * Likewise, of heapprof_report(): a limit of `fail_if` was passed; the listener
 * was told which.
 */
#define HEAPPROF_LIMIT 2

enum heapprof_severity {
	HEAPPROF_ERROR,	  /* the call fails */
	HEAPPROF_WARNING, /* the result lacks something */
	HEAPPROF_NOTE,	  /* worth knowing */
	HEAPPROF_DEBUG,	  /* for --verbose */
};

/* How far a long call has come.  Times are seconds. */
struct heapprof_progress {
	const char *doing; /* "reading", "symbols"... */
	uint64_t done;	   /* of `total`, in `unit` */
	uint64_t total;	   /* 0: unknown */
	const char *unit;  /* "B", "addresses" */
	uint64_t events;   /* read so far */
	double elapsed_s;
};

/*
 * Hears what happens.  Any of the functions may be NULL; @text is one line
 * without a newline.  `stop`, when it returns true, ends a digest early: what
 * is there by then is a valid, shorter digest.
 */
struct heapprof_listener {
	void (*message)(void *arg, enum heapprof_severity severity,
			const char *text);
	void (*progress)(void *arg, const struct heapprof_progress *progress);
	bool (*stop)(void *arg);
	void *arg;
};

/* What an error value means, in words.  The string is static. */
const char *heapprof_strerror(int error);

/* The version of the library, "2.0.0". */
const char *heapprof_version(void);

/*
 * Recording, from inside a program.  These are in libheapprof-preload.so, as
 * are the hooks; pkg-config heapprof links both.  Any thread may call them.
 */

/* Allocations below `size` bytes are recorded with `probability`. */
struct heapprof_rate {
	size_t size; /* exclusive; 0 closes an array */
	double probability;
};

/*
 * Starts recording into @filebase.hpm and .hpd, replacing a profile of that
 * name.  @rates are closed by one of size 0, in any order; allocations above
 * them all are always recorded.  NULL: the default, 128:1e-4,8192:0.1.
 * -EBUSY: it is recording already; -EINVAL: a size repeated, a probability
 * outside 0..1, or too many; others are about the files.
 */
int heapprof_start(const char *filebase, const struct heapprof_rate *rates);

/*
 * Counts allocations by size instead; heapprof_stop() or exit prints the table
 * to standard error.  -EBUSY as above.
 */
int heapprof_gather_stats(void);

/* Stops either; nothing happens if neither is on.  Returns 0. */
int heapprof_stop(void);

/* Is either on? */
bool heapprof_is_profiling(void);

/* Names this instant on the time axis.  -ESRCH: nothing is recorded. */
int heapprof_mark(const char *label);

struct heapprof_digest_options {
	double interval_s;  /* between snapshots; 0: 60, or a hundredth of a
			       run shorter than 6000 s, or more where that
			       makes over 20000 of them */
	double precision;   /* traces that together hold up to this fraction
			       go to "other"; negative: 0.01 */
	const char *output; /* NULL: BASE.hpc; "-": standard output */
	unsigned jobs;	    /* threads, and processes that look up symbols,
			       at a time; 0: one for each processor */
	const char **debug_paths; /* NULL-terminated, or NULL */
	const char *sysroot;	  /* or NULL */
	bool debuginfod;	  /* ask the servers of $DEBUGINFOD_URLS */
	bool no_symbols;	  /* leave addresses as module+offset */
	const char *v1_scale; /* what the events of a version 1 profile stand
				 for: NULL or "declared": 1/p, as the file has
				 it; "linux": 1, all were recorded; "double":
				 1/2p */
};

/*
 * Digests @base.hpm and @base.hpd.  @base may also name one of these files.
 * @options or @listener may be NULL.
 * Symbols are looked up in forked children, which are reaped by their ids; a
 * handler of SIGCHLD sees them end.
 */
int heapprof_digest(const char *base,
		    const struct heapprof_digest_options *options,
		    const struct heapprof_listener *listener);

struct heapprof_report_options {
	const char *view;    /* NULL: "summary" */
	const char *format;  /* NULL: "text" */
	const char *at;	     /* seconds, "start", "peak", "end", "mark:NAME";
				NULL: "peak" */
	const char *from;    /* as `at`, NULL: the start */
	const char *to;	     /* as `at`, NULL: the end */
	const char *compare; /* instants as `at`, with commas; or NULL */
	const char *base;    /* another profile to compare with, or NULL */
	bool merge;	     /* all processes of the recording as one */
	const char *metric;  /* NULL: "live" */
	const char *by;	     /* NULL: "function" */
	const char *focus;   /* extended regular expression, or NULL */
	const char *ignore;  /* extended regular expression, or NULL */
	unsigned top;	     /* rows; 0: what fits the view */
	uint64_t min_size;   /* bytes a row must have */
	unsigned width;	     /* columns of text; 0: 80 */
	bool utf8;	     /* or plain ASCII */
	bool color;
	const char *v1_scale; /* of the digest; NULL: as it is, where there is
				 one */
	const char *const *fail_if; /* conditions such as "peak>64M",
				       NULL-terminated, or NULL */
	const char *const *lines;   /* to follow over time, "LABEL=FILE:LINE" or
				       "LABEL=FUNCTION"; NULL-terminated, or
				       NULL */
	const char *min_node; /* of flow graphs: a fraction of the total; NULL:
				 "0.01" */
	const char *min_edge; /* of what a call's ends have; NULL: "0.05" */
	bool no_collapse;     /* keep chains of single callers apart */
	bool no_scale;	      /* all nodes in one size */
	bool inverted; /* flame graphs from who allocates to who called */
};

/*
 * Writes a report of @profile (BASE, FILE.hpc, or "-" for a digest on standard
 * input) to @out.  Makes the digest first where there is none, or a stale one.
 */
int heapprof_report(const char *profile,
		    const struct heapprof_report_options *options, FILE *out,
		    const struct heapprof_listener *listener);

/*
 * The newest profile in @directory: writes its base name, with the directory
 * unless that is ".", to @base.  Of processes that were recorded together it is
 * that of the first.  -ENOENT: there is none.
 */
int heapprof_newest(const char *directory, char *base, size_t size);

/*
 * Reading: figures of a profile, one call each.  One thread at a time per
 * reader.  Strings belong to the reader, and so do pointers unless a function
 * says how they are freed.  Times are seconds from the start of recording.
 */
struct heapprof_reader;

/*
 * Opens @filebase (also one of its files, or a digest alone).  Makes the digest
 * if there is none, if it is stale, or if it has another interval or precision;
 * @interval_s 0 and @precision below 0 take any.  @listener must outlive the
 * reader, or be NULL.
 */
int heapprof_read(const char *filebase, double interval_s, double precision,
		  const struct heapprof_listener *listener,
		  struct heapprof_reader **reader);
void heapprof_close(struct heapprof_reader *reader);

/* Frees an array that a function below gave.  NULL is fine. */
void heapprof_free(void *array);

/* Seconds since 1970; elapsed is final less initial. */
double heapprof_initial_time(const struct heapprof_reader *reader);
double heapprof_final_time(const struct heapprof_reader *reader);
double heapprof_elapsed_time(const struct heapprof_reader *reader);

/*
 * The rates that it was recorded with, as heapprof_start() takes them: closed
 * by one of size 0, which is not counted.  0 with bytes=, see
 * heapprof_metadata.
 */
size_t heapprof_sampling_rates(const struct heapprof_reader *reader,
			       const struct heapprof_rate **rates);

/* A named instant. */
struct heapprof_instant {
	double time_s;
	const char *label;
};

enum heapprof_end {
	HEAPPROF_RUNNING, /* it still runs, or was killed */
	HEAPPROF_EXITED,
	HEAPPROF_STOPPED,    /* by heapprof_stop() */
	HEAPPROF_NO_SPACE,   /* the file could not grow */
	HEAPPROF_SIZE_LIMIT, /* --max-size */
	HEAPPROF_REPLACED,   /* the process has executed another program */
};

/* What ran, how it was recorded, what was lost.  Later versions add fields. */
struct heapprof_metadata {
	const char *const *argv; /* NULL-terminated */
	const char *program;	 /* absolute path */
	const char *directory;
	const char *host;
	uint32_t pid, parent_pid;
	uint32_t depth;	       /* innermost frames kept */
	uint64_t sample_bytes; /* bytes=; 0: rates */
	double precision;      /* of the digest */
	enum heapprof_end end; /* why recording ended */
	uint64_t seen;	       /* allocations, recorded or not */
	uint64_t seen_bytes;   /* their sizes */
	uint64_t recorded;     /* allocations */
	uint64_t freed;	       /* frees recorded */
	uint64_t lost;	       /* events that are not in the log */
	uint64_t unknown_stacks;
	uint64_t cut_stacks;	/* by `depth` */
	uint64_t damaged_bytes; /* of the log */
	const struct heapprof_instant *marks;
	size_t nr_marks;
};

const struct heapprof_metadata *
heapprof_get_metadata(const struct heapprof_reader *reader);

/*
 * Snapshots are numbered from 0.  There is one at the start, one every
 * interval, one at the exact peak, one at each mark and one at the end.
 */
double heapprof_snapshot_interval(const struct heapprof_reader *reader);
size_t heapprof_nr_snapshots(const struct heapprof_reader *reader);
double heapprof_snapshot_time(const struct heapprof_reader *reader,
			      size_t snapshot);

/* The last one at or before @time_s; the first one if there is none. */
size_t heapprof_snapshot_at(const struct heapprof_reader *reader,
			    double time_s);
size_t heapprof_snapshot_peak(const struct heapprof_reader *reader);

/*
 * Estimates; variances are 0 where exact.  All four may be added up.
 */
struct heapprof_sum {
	double bytes;
	double count;
	double bytes_variance;
	double count_variance;
};

/* A figure and half of its 95% interval, 0 where exact. */
struct heapprof_estimate {
	double value;
	double error;
};

/*
 * The intervals that reports show for a sum: a little wider than 1.96 times the
 * root of the variance where few events are behind it.
 */
struct heapprof_estimate heapprof_sum_bytes(const struct heapprof_sum *sum);
struct heapprof_estimate heapprof_sum_count(const struct heapprof_sum *sum);

/* What the stacks of one trace do. */
struct heapprof_usage {
	uint32_t trace;		       /* 0: small traces, see precision */
	struct heapprof_sum live;      /* at the snapshot */
	struct heapprof_sum allocated; /* since the snapshot before */
	struct heapprof_sum freed;     /* since the snapshot before */
};

/* All that is live at a snapshot.  -EINVAL: there is none of that number. */
int heapprof_snapshot_total(const struct heapprof_reader *reader,
			    size_t snapshot, struct heapprof_sum *total);

/* By trace, in order of their numbers.  Free *@usage with heapprof_free(). */
int heapprof_snapshot_usage(const struct heapprof_reader *reader,
			    size_t snapshot, struct heapprof_usage **usage,
			    size_t *nr);

struct heapprof_frame {
	const char *function; /* NULL: unknown */
	const char *file;     /* NULL: unknown */
	const char *module;   /* path of the ELF file; NULL: unknown */
	uint64_t offset;      /* address in the module */
	uint32_t line;	      /* 0: unknown */
	bool inlined;	      /* into the next frame outward */
	bool cut;	      /* not a function: frames were left out here */
};

/*
 * The frames of a trace, innermost first; none: the stack is unknown, or @trace
 * is 0.  Free *@frames with heapprof_free().  -EINVAL: there is no such trace.
 */
size_t heapprof_nr_traces(const struct heapprof_reader *reader);
int heapprof_trace(const struct heapprof_reader *reader, uint32_t trace,
		   struct heapprof_frame **frames, size_t *nr);

/*
 * What lines hold at a snapshot, into @live, one for each of @lines.  A line is
 * "FILE:LINE", where FILE may lack folders from the left, or the name of a
 * function, with or without parameters.  @cumulative: with what they call, each
 * stack once; else as the report has "self": the innermost frame that does not
 * only hand memory on, as xmalloc() and operator new do.
 */
int heapprof_lines_usage(const struct heapprof_reader *reader, size_t snapshot,
			 const char *const *lines, size_t nr, bool cumulative,
			 struct heapprof_sum *live);

/* All snapshots: total[i] and live[line * nr_times + i] at times_s[i]. */
struct heapprof_time_plot {
	size_t nr_times;
	const double *times_s;
	const struct heapprof_sum *total;
	const struct heapprof_sum *live;
};

/* As heapprof_lines_usage().  Free *@plot with heapprof_free(). */
int heapprof_get_time_plot(const struct heapprof_reader *reader,
			   const char *const *lines, size_t nr, bool cumulative,
			   struct heapprof_time_plot **plot);

struct heapprof_graph_options {
	const char *metric; /* as --metric; NULL: "live" */
	const char *by;	    /* "line", "function", "module"; NULL: "line" */
	double min_node;    /* fraction of the total; negative: 0.01 */
	double min_edge;    /* fraction of what the caller or the callee has;
			       negative: 0.05 */
	bool no_collapse;   /* keep chains of single callers apart */
};

/*
 * A place in the program, or a chain of them of which each calls only the next.
 * Figures are arrays, one for each snapshot asked for.  They add up: entry,
 * the edges in and dropped_in are local, the edges out and dropped_out.  A
 * stack counts once; where it comes back to a place, the way round is no edge.
 */
struct heapprof_graph_node {
	const struct heapprof_frame *frames; /* outermost first */
	size_t nr_frames;
	const struct heapprof_estimate *local;	     /* as "self" */
	const struct heapprof_estimate *cumulative;  /* with what it calls */
	const struct heapprof_estimate *entry;	     /* stacks begin here */
	const struct heapprof_estimate *dropped_in;  /* edges that are not */
	const struct heapprof_estimate *dropped_out; /* in the graph */
};

struct heapprof_graph_edge {
	size_t from, to; /* nodes */
	const struct heapprof_estimate *flow;
};

struct heapprof_flow_graph {
	size_t nr_snapshots;
	const struct heapprof_estimate *total;	 /* of all */
	const struct heapprof_estimate *other;	 /* small traces, in no node */
	const struct heapprof_graph_node *nodes; /* the heaviest first */
	size_t nr_nodes;
	const struct heapprof_graph_edge *edges; /* the heaviest first */
	size_t nr_edges;
	size_t nr_dropped_nodes, nr_dropped_edges; /* too small */
};

/*
 * Who calls whom, at one snapshot or several side by side.  @options may be
 * NULL.  -EINVAL: said to the listener.
 */
int heapprof_get_flow_graph(const struct heapprof_reader *reader,
			    const size_t *snapshots, size_t nr,
			    const struct heapprof_graph_options *options,
			    struct heapprof_flow_graph **graph);
void heapprof_flow_graph_free(struct heapprof_flow_graph *graph);

/* A stack as flame graph tools take it: "main;parse;xmalloc". */
struct heapprof_flame_row {
	const char *stack; /* outermost first; "(other)", "(unknown)" */
	struct heapprof_estimate weight;
};

struct heapprof_flame_graph {
	const struct heapprof_flame_row *rows; /* in order of stack */
	size_t nr_rows;
};

/* Equal stacks are one row.  @options as above, of which it needs two. */
int heapprof_get_flame_graph(const struct heapprof_reader *reader,
			     size_t snapshot,
			     const struct heapprof_graph_options *options,
			     struct heapprof_flame_graph **graph);
void heapprof_flame_graph_free(struct heapprof_flame_graph *graph);

/*
 * The log, event by event in order of time, all of it at one moment: what is
 * recorded later is not seen.
 */
struct heapprof_events;

struct heapprof_event {
	double time_s;
	int64_t size;	 /* bytes; below 0: freed; see freed */
	double scale;	 /* allocations that it stands for */
	double age_s;	 /* of a freed block */
	uint32_t trace;	 /* that allocated the block */
	uint32_t thread; /* tid that did it; 0: unknown */
	bool freed;	 /* also where size is 0 */
	bool temporary;	 /* freed, and its thread allocated nothing since */
};

/* -ENOENT: the profile is a digest alone. */
int heapprof_events_open(const struct heapprof_reader *reader,
			 struct heapprof_events **events);
void heapprof_events_close(struct heapprof_events *events);

/* 1: an event; 0: the end, and what was damaged or lost has been said. */
int heapprof_events_next(struct heapprof_events *events,
			 struct heapprof_event *event);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
