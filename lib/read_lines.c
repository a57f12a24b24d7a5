/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "profile/digest.h"
#include "query/follow.h"
#include "read.h"

static int find_lines(const struct heapprof_reader *r, const char *const *lines,
		      size_t nr, bool cumulative, struct arena *arena,
		      struct follow *out)
{
	struct query q;
	int err = read_ask(r, NULL, "line", arena, &q);

	if (!err)
		err = follow_find(&q, lines, nr, cumulative, out);
	query_fini(&q);
	return err;
}

/* Line i goes to live[i * stride]. */
static int add_up(const struct heapprof_reader *r, const struct follow *l,
		  size_t snapshot, size_t stride, struct heapprof_sum *live)
{
	struct digest_usage *usage;
	size_t n;
	int err = digest_snapshot(r->source.digest, snapshot, &usage, &n);

	if (err)
		return err;
	for (size_t i = 0; i < l->nr; i++) {
		struct sum s = follow_live(l, i, usage, n);

		live[i * stride] = read_sum(&s);
	}
	free(usage);
	return 0;
}

int heapprof_lines_usage(const struct heapprof_reader *r, size_t snapshot,
			 const char *const *lines, size_t nr, bool cumulative,
			 struct heapprof_sum *live)
{
	struct arena arena = {0};
	struct follow l;
	int err = read_check_snapshot(r, snapshot);

	if (!err)
		err = find_lines(r, lines, nr, cumulative, &arena, &l);
	if (!err)
		err = add_up(r, &l, snapshot, 1, live);
	arena_fini(&arena);
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
	const struct digest *d = r->source.digest;
	struct heapprof_time_plot *p;
	struct heapprof_sum *sums;
	struct arena arena = {0};
	struct follow l;
	double *times_s;
	int err;

	p = new_plot(d->nr_instants, nr, &times_s, &sums);
	err = p ? find_lines(r, lines, nr, cumulative, &arena, &l) : -ENOMEM;
	for (size_t i = 0; i < d->nr_instants && !err; i++) {
		times_s[i] = (double)d->instants[i].time_ns * 1e-9;
		sums[i] = read_sum(&d->instants[i].live);
		if (nr)
			err = add_up(r, &l, i, d->nr_instants,
				     sums + d->nr_instants + i);
	}
	arena_fini(&arena);
	if (err)
		free(p);
	else
		*plot = p;
	return err;
}
