/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include "query/query.h"
#include "render/render.h"

/*
 * Digests built by hand.  Their snapshots are in memory: the test program is
 * linked with --wrap=digest_snapshot.
 */

#define FIXTURE_MAX 128u

struct fixture {
	struct digest digest;
	struct digest_frame frames[FIXTURE_MAX];
	struct digest_trace traces[FIXTURE_MAX];
	struct digest_run runs[FIXTURE_MAX];
	struct digest_spread spreads[FIXTURE_MAX];
	struct digest_thread threads[FIXTURE_MAX];
	struct digest_mark marks[FIXTURE_MAX];
	struct digest_range ranges[4];
	struct digest_instant instants[FIXTURE_MAX];
	struct digest_usage usage[FIXTURE_MAX][FIXTURE_MAX];
	size_t nr_usage[FIXTURE_MAX];
	struct digest_lived lived[FIXTURE_MAX][DIGEST_CLASSES];
	struct digest_sized sized[FIXTURE_MAX][DIGEST_CLASSES];
	uint32_t stacks[FIXTURE_MAX][FIXTURE_MAX];
	struct arena arena; /* of answers */
	struct query query; /* of the last one, which may be pulled from */
};

/* An empty digest: a program that did nothing.  Free with fixture_free(). */
struct fixture *fixture_new(void);
void fixture_free(struct fixture *f);

/* Numbers of what was added. */
uint32_t fixture_frame(struct fixture *f, const char *function,
		       const char *file, uint32_t line);

/* Innermost first; ends with a negative number. */
uint32_t fixture_trace(struct fixture *f, ...);

size_t fixture_instant(struct fixture *f, double seconds, uint32_t kinds);

/* @trace at the last instant, and what it did since the one before. */
void fixture_usage(struct fixture *f, uint32_t trace, struct sum live,
		   struct sum allocated, struct sum freed);

/* Blocks of @trace by age and by size; what is live of them at the peak. */
void fixture_lived(struct fixture *f, uint32_t trace, uint32_t class,
		   struct sum freed, double mean_age);
void fixture_sized(struct fixture *f, uint32_t trace, uint32_t class,
		   struct sum allocated, struct sum peak);

struct sum fixture_exact(double bytes, double count);

/* Each block stands for 1/p. */
struct sum fixture_sampled(double bytes, double count, double p);

/* Sums what was added; the query functions may be called now. */
struct digest *fixture_digest(struct fixture *f);

/*
 * From 1 s to 2 s, the end, one function that main calls keeps its blocks, one
 * gets some, and one gives as many back: keep, gain and lose.  @p as above.
 */
struct fixture *fixture_moved(double p);

/* A program with a bit of everything. */
struct fixture *fixture_demo(void);

/* Does the view have the format, and a use for the other options? */
bool fixture_can(const struct heapprof_report_options *options);

/* Answers in @f's arena; fails the test on an error. */
void fixture_ask(struct fixture *f,
		 const struct heapprof_report_options *options,
		 struct result *out);

/* The text of a report; free it. */
char *fixture_report(struct fixture *f,
		     const struct heapprof_report_options *options);

/* What was said last, with its severity before it: "2 take the end". */
extern char fixture_said[1024];
extern const struct heapprof_listener fixture_listener;
