/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/digest.h"
#include "query/places.h"
#include "query/weigh.h"
#include "query/wrapper.h"
#include "read.h"

/*
 * Which traces count for which lines is found once, then snapshots are added
 * up, as many as one likes.
 */
struct lines {
	const struct heapprof_reader *r;
	struct arena arena;
	const char *const *lines;
	size_t nr;
	bool *match;  /* of each frame for the line at hand */
	bool *counts; /* line * nr_traces + trace */
};

/* Is @path, or the end of it from a folder on, @name of @n bytes? */
static bool is_file(const char *path, const char *name, size_t n)
{
	size_t length = path ? strlen(path) : 0;

	if (length < n || n == 0 || memcmp(path + length - n, name, n) != 0)
		return false;
	return length == n || path[length - n - 1] == '/' || *name == '/';
}

static bool is_function(const char *function, const char *name)
{
	char bare[4096];

	if (!function)
		return false;
	if (!strcmp(function, name))
		return true;
	wrapper_bare(function, bare, sizeof(bare));
	return !strcmp(bare, name);
}

/* A function's name may have colons, but none with a number behind it. */
static bool is_line(const struct digest_frame *f, const char *line)
{
	const char *colon = strrchr(line, ':');
	char *end = NULL;
	unsigned long number = 0;

	if (colon && colon[1] >= '0' && colon[1] <= '9')
		number = strtoul(colon + 1, &end, 10);
	if (!end || *end != '\0')
		return is_function(f->function, line);
	return f->line == number &&
	       is_file(f->file, line, (size_t)(colon - line));
}

static void match_line(struct lines *l, const struct places *places, size_t i,
		       bool cumulative)
{
	const struct digest *d = l->r->source.digest;
	bool *counts = l->counts + i * d->nr_traces;

	for (size_t k = 0; k < d->nr_frames; k++)
		l->match[k] = !d->frames[k].cut &&
			      is_line(&d->frames[k], l->lines[i]);
	for (size_t k = 1; k < d->nr_traces; k++) {
		const struct digest_trace *t = &d->traces[k];
		uint32_t site = places_site(places, d, t);

		if (!cumulative && site < t->nr_frames)
			counts[k] = l->match[t->frames[site]];
		for (uint32_t n = 0; cumulative && n < t->nr_frames; n++)
			counts[k] |= l->match[t->frames[n]];
	}
}

/* Free with arena_fini(), also after an error. */
static int init_lines(struct lines *l, bool cumulative)
{
	const struct digest *d = l->r->source.digest;
	struct places places;
	struct query q;
	int err = read_ask(l->r, NULL, "line", &l->arena, &q);

	if (!err)
		err = places_group(&q, &places);
	query_fini(&q);
	l->match = arena_alloc(&l->arena, d->nr_frames, sizeof(*l->match));
	if (l->nr < SIZE_MAX / d->nr_traces)
		l->counts = arena_alloc(&l->arena, l->nr * d->nr_traces,
					sizeof(*l->counts));
	if (!l->match || !l->counts)
		return -ENOMEM;
	for (size_t i = 0; i < l->nr && !err; i++)
		match_line(l, &places, i, cumulative);
	return err;
}

static void add(struct heapprof_sum *to, const struct sum *s)
{
	to->bytes += s->bytes;
	to->count += s->count;
	to->bytes_variance += s->bytes_var;
	to->count_variance += s->count_var;
}

/* Line i goes to live[i * stride]. */
static int add_up(const struct lines *l, size_t snapshot, size_t stride,
		  struct heapprof_sum *live)
{
	const struct digest *d = l->r->source.digest;
	struct digest_usage *usage;
	size_t n;
	int err = digest_snapshot(d, snapshot, &usage, &n);

	if (err)
		return err;
	for (size_t i = 0; i < l->nr; i++) {
		live[i * stride] = (struct heapprof_sum){0};
		for (size_t k = 0; k < n; k++)
			if (l->counts[i * d->nr_traces + usage[k].trace])
				add(&live[i * stride], &usage[k].live);
	}
	free(usage);
	return 0;
}

int heapprof_lines_usage(const struct heapprof_reader *r, size_t snapshot,
			 const char *const *lines, size_t nr, bool cumulative,
			 struct heapprof_sum *live)
{
	struct lines l = {.r = r, .lines = lines, .nr = nr};
	int err = read_check_snapshot(r, snapshot);

	if (!err)
		err = init_lines(&l, cumulative);
	if (!err)
		err = add_up(&l, snapshot, 1, live);
	arena_fini(&l.arena);
	return err;
}

/* One block: the struct, then its arrays. */
static struct heapprof_time_plot *new_plot(size_t nr_times, size_t nr,
					   double **times_s,
					   struct heapprof_sum **sums)
{
	struct heapprof_time_plot *p;
	size_t each = sizeof(double) + (nr + 1) * sizeof(struct heapprof_sum);

	if (nr > SIZE_MAX / sizeof(struct heapprof_sum) - 2 ||
	    nr_times > (SIZE_MAX - sizeof(*p)) / each)
		return NULL;
	p = malloc(sizeof(*p) + nr_times * each);
	if (!p)
		return NULL;
	*sums = (struct heapprof_sum *)(p + 1);
	*times_s = (double *)(*sums + (nr + 1) * nr_times);
	*p = (struct heapprof_time_plot){nr_times, *times_s, *sums,
					 *sums + nr_times};
	return p;
}

int heapprof_get_time_plot(const struct heapprof_reader *r,
			   const char *const *lines, size_t nr, bool cumulative,
			   struct heapprof_time_plot **plot)
{
	struct lines l = {.r = r, .lines = lines, .nr = nr};
	const struct digest *d = r->source.digest;
	struct heapprof_time_plot *p;
	struct heapprof_sum *sums;
	double *times_s;
	int err;

	p = new_plot(d->nr_instants, nr, &times_s, &sums);
	err = p ? init_lines(&l, cumulative) : -ENOMEM;
	for (size_t i = 0; i < d->nr_instants && !err; i++) {
		times_s[i] = (double)d->instants[i].time_ns * 1e-9;
		sums[i] = read_sum(&d->instants[i].live);
		if (nr)
			err = add_up(&l, i, d->nr_instants,
				     sums + d->nr_instants + i);
	}
	arena_fini(&l.arena);
	if (err)
		free(p);
	else
		*plot = p;
	return err;
}
