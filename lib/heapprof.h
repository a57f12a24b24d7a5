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
			       run shorter than 6000 s */
	double precision;   /* traces that together hold up to this fraction
			       go to "other"; negative: 0.01 */
	const char *output; /* NULL: BASE.hpc; "-": standard output */
	unsigned jobs;	    /* threads, 0: all processors */
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
 */
int heapprof_digest(const char *base,
		    const struct heapprof_digest_options *options,
		    const struct heapprof_listener *listener);

struct heapprof_report_options {
	const char *view;   /* NULL: "summary" */
	const char *format; /* NULL: "text" */
	const char *at;	    /* seconds, "start", "peak", "end", "mark:NAME";
			       NULL: "peak" */
	const char *from;   /* as `at`, NULL: the start */
	const char *to;	    /* as `at`, NULL: the end */
	const char *metric; /* NULL: "live" */
	const char *by;	    /* NULL: "function" */
	const char *focus;  /* extended regular expression, or NULL */
	const char *ignore; /* extended regular expression, or NULL */
	unsigned top;	    /* rows; 0: what fits the view */
	uint64_t min_size;  /* bytes a row must have */
	unsigned width;	    /* columns of text; 0: 80 */
	bool utf8;	    /* or plain ASCII */
	bool color;
	const char *v1_scale; /* of the digest; NULL: as it is, where there is
				 one */
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
 * unless that is ".", to @base.  -ENOENT: there is none.
 */
int heapprof_newest(const char *directory, char *base, size_t size);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
