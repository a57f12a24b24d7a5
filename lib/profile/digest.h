/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heapprof.h"
#include "sum.h"

/*
 * A digest: what heapprof-digest makes of a log, and all that the queries see.
 *
 * digest_make() reads BASE.hpm and BASE.hpd once or twice in order of time and
 * writes BASE.hpc; digest_open() reads that.  The file and the structs below
 * are specified in heapprof-format(5), DIGEST.
 *
 * All times are nanoseconds from the start of recording.
 */

/* One function of a stack; several at one address where inlined. */
struct digest_frame {
	const char *function; /* demangled; NULL: unknown */
	const char *file;     /* NULL: unknown */
	const char *module;   /* path of the ELF file; NULL: unknown */
	uint64_t offset;      /* address within the module, or the address */
	uint32_t line;	      /* 0: unknown */
	bool inlined;	      /* into the next frame outward */
	bool cut;	      /* not a function: frames were left out here */
};

/*
 * Ages of freed blocks, each times the blocks it stands for: over freed.count
 * that is the mean age, whose variance also takes the covariance with the
 * count.  Additive.
 */
struct digest_age {
	double sum;	/* s */
	double sum_var; /* s^2 */
	double cov;	/* s */
};

/*
 * Distributions are by powers of two.  Class 0 is nothing, class k is from
 * 2^(k-1) to below 2^k: microseconds of age, bytes of size.  Only classes that
 * are not empty are there, in order.
 */
#define DIGEST_CLASSES 64u

struct digest_lived {
	uint32_t class;
	struct sum freed;
};

struct digest_sized {
	uint32_t class;
	struct sum allocated;
	struct sum freed;
	struct sum peak; /* live at the peak of the run */
};

/* Blocks of a trace by class. */
struct digest_spread {
	const struct digest_lived *lived; /* freed blocks by age */
	size_t nr_lived;
	const struct digest_sized *sized; /* all blocks by size */
	size_t nr_sized;
};

/* A call stack, with what it allocated over the whole run. */
struct digest_trace {
	const uint32_t *frames; /* numbers of frames, innermost first */
	uint32_t nr_frames;	/* 0: the stack is unknown */
	uint32_t nr_shared;	/* the outermost ones that the trace before
				   has, too; or fewer */
	uint32_t node;		/* its number in .hpm, as events have it */
	struct sum allocated;
	const uint8_t *record; /* private */
};

/* What else a trace did over the whole run; few have a use for it. */
struct digest_run {
	struct sum freed;	 /* of what it had allocated */
	struct sum temporary;	 /* freed before its thread allocated again */
	struct sum peak;	 /* its own largest live bytes */
	uint64_t peak_ns;	 /* when that was first reached */
	double byte_seconds;	 /* integral of live bytes over the run */
	double byte_seconds_var; /* NAN: not known */
	double waste;		 /* usable less requested, over all allocated */
	double waste_var;
	struct digest_age age;
};

/* Trace 0 of every digest: small traces that went to "other". */
#define DIGEST_OTHER 0u

enum digest_kind { /* of a snapshot; bits, as one can be several */
		   DIGEST_START = 1,
		   DIGEST_INTERVAL = 2,
		   DIGEST_PEAK = 4,
		   DIGEST_END = 8,
		   DIGEST_MARK = 16,
};

/* One instant, the same for all traces. */
struct digest_instant {
	uint64_t time_ns;
	uint32_t kinds;
	uint64_t rss; /* bytes, the last sample by then; 0: unknown */
	struct sum live;
	struct sum max_live;  /* the largest since the instant before */
	struct sum allocated; /* since the start */
	struct sum freed;     /* since the start */
};

/* Part of a snapshot: one trace at one instant. */
struct digest_usage {
	uint32_t trace;	      /* or DIGEST_OTHER */
	struct sum live;      /* at the instant */
	struct sum allocated; /* since the instant before */
	struct sum freed;     /* since the instant before, of its own blocks */
};

/* One of several processes, in a digest of all of them. */
struct digest_process {
	const char *program; /* the name that it was called by */
	const char *base;    /* of its files */
	uint32_t pid;
	size_t parent;	   /* number of the one that it comes from; 0: itself */
	uint64_t start_ns; /* on the axis of all */
	uint64_t end_ns;   /* the last time that it was there; UINT64_MAX: it
			      runs on */
	struct sum allocated;
	struct sum peak_live; /* at the peak of all */
	struct sum most;      /* its own largest live bytes */
	struct sum end_live;  /* not freed when it ended */
};

struct digest_thread {
	const char *name;
	uint32_t tid;
	uint64_t seen; /* allocations, recorded or not */
	uint64_t seen_bytes;
	uint64_t start_ns;
	struct sum allocated;
	struct sum freed;     /* by this thread, whoever allocated */
	struct sum peak_live; /* of what it allocated, at the peak */
	struct sum end_live;  /* of what it allocated, at the end */
};

/* A mapped ELF file; frames in it have the same path. */
struct digest_module {
	const char *path;
	const char *build_id; /* lower-case hexadecimal; NULL: it has none */
	uint64_t start;	      /* first mapped address */
	uint64_t size;	      /* bytes, from there to the last mapped one */
	uint64_t offset;      /* of `start`, as those of frames */
};

struct digest_mark {
	uint64_t time_ns;
	const char *label;
};

struct digest_range {
	uint64_t below; /* bytes, exclusive; UINT64_MAX: no limit */
	double probability;
};

struct digest {
	/* What ran, and how it was recorded. */
	const char *const *argv; /* NULL-terminated */
	const char *program;	 /* absolute path */
	const char *directory;
	const char *host;
	uint64_t start_realtime_ns;
	uint64_t duration_ns;
	uint32_t pid, parent_pid;
	uint64_t sample_bytes; /* bytes=; 0: ranges */
	const struct digest_range *ranges;
	size_t nr_ranges;
	uint32_t depth;
	uint32_t end;	     /* enum hpm_end, why recording ended */
	uint32_t end_error;  /* errno value behind it */
	bool foreign_malloc; /* the program has its own malloc */

	/* What was seen, and what was lost. */
	uint64_t seen, seen_bytes, recorded, frees;
	uint64_t lost_events;	 /* events that are not in the log */
	uint64_t unknown_stacks; /* recorded, stack unknown */
	uint64_t cut_stacks;
	uint64_t damaged_bytes;	  /* of the log, skipped */
	uint64_t unknown_modules; /* without symbols or debug file */
	bool shortened;		  /* the digest was interrupted */

	/* How it was digested. */
	uint64_t interval_ns;
	double precision;

	const struct digest_frame *frames;
	size_t nr_frames;
	const struct digest_trace *traces; /* [0] is DIGEST_OTHER, empty */
	size_t nr_traces;
	struct sum temporary;		     /* of all traces */
	const struct digest_run *runs;	     /* private; see digest_run() */
	const struct digest_spread *spreads; /* each trace; see below */
	const struct digest_thread *threads; /* [0] unused */
	size_t nr_threads;
	/* Those that ever were mapped; none in digests of old. */
	const struct digest_module *modules;
	size_t nr_modules;
	const struct digest_mark *marks;
	size_t nr_marks;
	const struct digest_instant *instants; /* in order of time */
	size_t nr_instants;
	size_t peak; /* index of the exact peak in instants */
	/* Bytes by which chance has likely raised it: it is the largest of
	   many estimates.  0 where all is exact. */
	double peak_rise;

	/*
	 * Several processes as one, see merge.h; else none.  What a process
	 * held is not live any more once it has ended, though not freed.
	 */
	const struct digest_process *processes;
	size_t nr_processes;

	struct digest_file *file; /* private */
	struct merge *merge;	  /* private; instead of `file` */
};

/*
 * Opens @path, "-" for standard input; frees all with digest_close().  Nothing
 * is read of the snapshots.  -EBADMSG, -ENOTSUP, -ENOENT...: said to @listener.
 */
int digest_open(const char *path, struct digest **out,
		const struct heapprof_listener *listener);
void digest_close(struct digest *d);

/* Is the file at @path a digest of version 1, which digest_open() refuses? */
bool digest_is_version_1(const char *path);

/*
 * The snapshot at instants[@index]: one entry per trace that was live then or
 * active since the instant before, in order of trace; the sums over the entries
 * are those of the instant.  *@usage is an array that the caller frees with
 * free().
 */
int digest_snapshot(const struct digest *d, size_t index,
		    struct digest_usage **usage, size_t *n);

/* What @trace did.  It is looked up in the file, so ask once. */
struct digest_run digest_run(const struct digest *d, uint32_t trace);

/*
 * Fills d->spreads, the distributions; few have a use for them.  0, -ENOMEM,
 * -EBADMSG: said.
 */
int digest_spreads(const struct digest *d);

/* The last instant at or before @time_ns; 0 before the first. */
size_t digest_at(const struct digest *d, uint64_t time_ns);

/* As heapprof_digest(). */
int digest_make(const char *base, const struct heapprof_digest_options *options,
		const struct heapprof_listener *listener);

/*
 * Times, ascending, of snapshots that are wanted instead of those at an
 * interval: each has all events up to and with its time.
 */
struct digest_times {
	const uint64_t *ns;
	size_t nr;
	uint64_t peak_ns; /* the one that is to count as the peak; UINT64_MAX:
			     none, it is the highest of them */
	struct known *known; /* names, of other digests too; or NULL */
};

/* As digest_make(), with snapshots at the start, at @times and at the end. */
int digest_make_at(const char *base,
		   const struct heapprof_digest_options *options,
		   const struct digest_times *times,
		   const struct heapprof_listener *listener);

/*
 * Does the digest at @path belong to the log of @base as that is now, and was
 * it made with what @options ask (NULL: any)?
 */
bool digest_is_fresh(const char *path, const char *base,
		     const struct heapprof_digest_options *options);
