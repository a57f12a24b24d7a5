/* SPDX-License-Identifier: MIT */
#pragma once

#include "arena.h"
#include "heapprof.h"
#include "query/query.h"
#include "source.h"

/*
 * An open profile, as the functions of heapprof.h that read one share it.
 */
struct heapprof_reader {
	struct source source;
	const struct heapprof_listener *listener; /* or NULL */
	char *name;				  /* as it was asked for */
	struct heapprof_metadata metadata;
	struct heapprof_instant *marks;
	struct heapprof_rate *rates; /* closed by one of size 0 */
	size_t nr_rates;
};

struct heapprof_sum read_sum(const struct sum *s);

/* -EINVAL, said to the listener: there is no such snapshot. */
int read_check_snapshot(const struct heapprof_reader *r, size_t snapshot);

/* A question about the digest of @r.  Free with query_fini(). */
int read_ask(const struct heapprof_reader *r, const char *metric,
	     const char *by, struct arena *arena, struct query *q);
