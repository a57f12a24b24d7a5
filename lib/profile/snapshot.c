/* SPDX-License-Identifier: MIT */

/*
 * The hot loop of digesting: snapshot_apply() is called once an event.  Sums
 * are whole numbers, so they do not depend on how they were added up.
 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "snapshot.h"
#include "weight.h"

int snapshot_init(struct snapshot *s, const struct metadata *m)
{
	memset(s, 0, sizeof(*s));
	s->nr_nodes = MAX(m->nr_nodes, 1);
	s->nr_threads = MAX(m->nr_threads, 1);
	s->trace_of_node = calloc(s->nr_nodes, sizeof(*s->trace_of_node));
	s->threads = calloc(s->nr_threads, sizeof(*s->threads));
	s->room = 64;
	s->traces = calloc(s->room, sizeof(*s->traces));
	s->nr_traces = s->traces ? 1 : 0;
	if (s->trace_of_node && s->threads && s->traces)
		return 0;
	snapshot_fini(s);
	return -ENOMEM;
}

void snapshot_fini(struct snapshot *s)
{
	for (uint32_t i = 0; i < s->nr_traces; i++) {
		classes_fini(&s->traces[i].ages);
		classes_fini(&s->traces[i].sizes);
	}
	free(s->traces);
	free(s->trace_of_node);
	free(s->threads);
	free(s->usage);
	free(s->order);
	memset(s, 0, sizeof(*s));
}

static cold uint32_t add_trace(struct snapshot *s, uint32_t node)
{
	struct snapshot_trace *t;

	if (s->nr_traces == s->room) {
		t = realloc(s->traces, (size_t)s->room * 2 * sizeof(*t));
		if (!t)
			return 0;
		s->traces = t;
		s->room *= 2;
	}
	t = &s->traces[s->nr_traces];
	memset(t, 0, sizeof(*t));
	t->node = node;
	s->trace_of_node[node] = s->nr_traces;
	return s->nr_traces++;
}

static struct snapshot_trace *find_trace(struct snapshot *s, uint32_t node)
{
	uint32_t trace;

	if (unlikely(node >= s->nr_nodes)) {
		s->bad_nodes++;
		node = 0;
	}
	trace = s->trace_of_node[node];
	if (unlikely(trace == 0))
		trace = add_trace(s, node);
	return trace ? &s->traces[trace] : NULL;
}

static struct snapshot_thread *find_thread(struct snapshot *s, uint32_t thread)
{
	return &s->threads[thread < s->nr_threads ? thread : 0];
}

static int64_t live_bytes(const struct hpc_sum *allocated,
			  const struct hpc_sum *freed)
{
	return (int64_t)((uint64_t)allocated->bytes - (uint64_t)freed->bytes);
}

static __int128 moment_of(const struct reader_event *e)
{
	return (__int128)e->block->weight.bytes * (int64_t)e->time_ns;
}

static void add_moment(struct snapshot_trace *t, __int128 moment)
{
	t->moment = (__int128)((unsigned __int128)t->moment +
			       (unsigned __int128)moment);
}

static void add_wide(__int128 *to, __int128 a, __int128 b)
{
	*to = (__int128)((unsigned __int128)*to +
			 (unsigned __int128)a * (unsigned __int128)b);
}

/*
 * The integral of a sampled block has the variance of its bytes times its age
 * squared.  That of what lives on is worked out at the end, from the moments:
 * whole numbers, so that what is gone cancels.
 */
static void add_area_var(const struct snapshot *s, struct snapshot_trace *t,
			 const struct hpc_sum *w, uint64_t time_ns, int sign)
{
	__int128 steps = (__int128)(time_ns >> s->step_shift);

	if (w->bytes_var == 0)
		return;
	add_wide(&t->var_moment, sign * w->bytes_var, steps);
	add_wide(&t->var_moment2, sign * w->bytes_var, steps * steps);
}

static int apply_alloc(struct snapshot *s, struct snapshot_trace *t,
		       const struct reader_event *e)
{
	const struct reader_block *b = e->block;
	__int128 waste = (__int128)b->weight.count * b->is.waste;
	struct hpc_sum *sizes =
		classes_get(&t->sizes, hpc_class(b->is.size), HPC_SIZE_SUMS);

	if (unlikely(!sizes))
		return -ENOMEM;
	weight_add(&sizes[HPC_SIZE_ALLOCATED], &b->weight);
	add_area_var(s, t, &b->weight, e->time_ns, 1);
	add_wide(&t->waste_var, b->weight.count_var,
		 (__int128)b->is.waste * b->is.waste);
	weight_add(&t->allocated, &b->weight);
	weight_add(&s->allocated, &b->weight);
	weight_add(&find_thread(s, b->is.thread)->allocated, &b->weight);
	add_moment(t, moment_of(e));
	t->waste = (int64_t)((uint64_t)t->waste +
			     (uint64_t)(waste / (HPC_ONE / HPC_BYTE)));
	if (live_bytes(&t->allocated, &t->freed) > t->peak.bytes) {
		t->peak = weight_less(&t->allocated, &t->freed);
		t->peak_ns = e->time_ns;
	}
	if (live_bytes(&s->allocated, &s->freed) > s->max_live.bytes)
		s->max_live = weight_less(&s->allocated, &s->freed);
	s->recorded++;
	return 0;
}

static int add_age(const struct snapshot *s, struct snapshot_trace *t,
		   const struct reader_event *e)
{
	const struct hpc_sum *w = &e->block->weight;
	double age = (double)e->value * 1e-9;
	double var = (double)w->count_var / HPC_ONE;
	struct hpc_sum *ages;

	if (s->no_ages)
		return 0;
	ages = classes_get(&t->ages, hpc_age_class(e->value), 1);
	if (unlikely(!ages))
		return -ENOMEM;
	weight_add(ages, w);
	t->age += age * ((double)w->count / HPC_ONE);
	t->age_var += age * age * var;
	t->age_cov += age * var;
	t->area_var += age * age * (double)w->bytes_var;
	add_area_var(s, t, w, e->time_ns - MIN(e->value, e->time_ns), -1);
	return 0;
}

static int apply_free(struct snapshot *s, struct snapshot_trace *t,
		      const struct reader_event *e)
{
	const struct reader_block *b = e->block;
	struct hpc_sum *sizes =
		classes_get(&t->sizes, hpc_class(b->is.size), HPC_SIZE_SUMS);

	if (unlikely(!sizes || add_age(s, t, e)))
		return -ENOMEM;
	weight_add(&sizes[HPC_SIZE_FREED], &b->weight);
	weight_add(&t->freed, &b->weight);
	weight_add(&s->freed, &b->weight);
	weight_add(&find_thread(s, e->thread)->freed, &b->weight);
	weight_add(&find_thread(s, b->is.thread)->gone, &b->weight);
	add_moment(t, -moment_of(e));
	if (e->kind == HPD_TEMPORARY)
		weight_add(&t->temporary, &b->weight);
	s->frees++;
	return 0;
}

int snapshot_apply(struct snapshot *s, const struct reader_event *e)
{
	struct snapshot_trace *t;

	if (e->kind == HPD_RSS) {
		s->rss_pages = e->value;
		return 0;
	}
	t = find_trace(s, e->block->is.trace);
	if (unlikely(!t))
		return -ENOMEM;
	return e->kind == HPD_ALLOC ? apply_alloc(s, t, e)
				    : apply_free(s, t, e);
}

/* A million steps are fine enough, and leave room for the variances. */
#define STEPS ((uint64_t)1 << 20)

void snapshot_set_end(struct snapshot *s, uint64_t end_ns)
{
	s->step_shift = 0;
	while (end_ns >> s->step_shift > STEPS)
		s->step_shift++;
}

double snapshot_area_var(const struct snapshot *s,
			 const struct snapshot_trace *t, uint64_t end_ns)
{
	__int128 end = (__int128)(end_ns >> s->step_shift);
	__int128 sum = t->var_moment2;
	double step_s = (double)((uint64_t)1 << s->step_shift) * 1e-9;

	if (s->no_ages && t->freed.bytes_var != 0)
		return INFINITY;
	add_wide(&sum, -2 * end, t->var_moment);
	add_wide(&sum, end * end,
		 weight_less(&t->allocated, &t->freed).bytes_var);
	return t->area_var + MAX((double)sum, 0.0) * step_s * step_s;
}

struct hpc_sum snapshot_live(const struct snapshot *s)
{
	return weight_less(&s->allocated, &s->freed);
}

static int make_room(struct snapshot *s)
{
	struct hpc_usage *usage;
	uint32_t *order;

	if (s->usage_room >= s->nr_traces)
		return 0;
	usage = realloc(s->usage, s->room * sizeof(*usage));
	if (usage)
		s->usage = usage;
	order = realloc(s->order, s->room * sizeof(*order));
	if (order)
		s->order = order;
	if (!usage || !order)
		return -ENOMEM;
	s->usage_room = s->room;
	return 0;
}

static bool take_trace(struct snapshot *s, uint32_t trace, struct hpc_usage *u)
{
	struct snapshot_trace *t = &s->traces[trace];

	u->trace = trace;
	u->live = weight_less(&t->allocated, &t->freed);
	u->allocated = weight_less(&t->allocated, &t->allocated_before);
	u->freed = weight_less(&t->freed, &t->freed_before);
	t->allocated_before = t->allocated;
	t->freed_before = t->freed;
	return !weight_is_zero(&u->live) || !weight_is_zero(&u->allocated) ||
	       !weight_is_zero(&u->freed);
}

int snapshot_take(struct snapshot *s, double precision,
		  const struct hpc_usage **usage, size_t *n)
{
	if (make_room(s))
		return -ENOMEM;
	/* [0] is kept for "other". */
	memset(&s->usage[0], 0, sizeof(s->usage[0]));
	*n = 1;
	for (uint32_t i = 1; i < s->nr_traces; i++)
		*n += take_trace(s, i, &s->usage[*n]);
	*n = fold_usage(s->usage, *n, precision, s->order);
	*usage = s->usage;
	s->max_live = snapshot_live(s);
	return 0;
}

static void keep_sizes(struct classes *sizes)
{
	size_t nr = (size_t)__builtin_popcountll(sizes->mask);

	for (size_t i = 0; i < nr; i++) {
		struct hpc_sum *s = &sizes->sums[i * HPC_SIZE_SUMS];

		s[HPC_SIZE_PEAK] =
			weight_less(&s[HPC_SIZE_ALLOCATED], &s[HPC_SIZE_FREED]);
	}
}

void snapshot_keep_peak(struct snapshot *s)
{
	for (uint32_t i = 1; i < s->nr_traces; i++)
		keep_sizes(&s->traces[i].sizes);
	for (uint32_t i = 0; i < s->nr_threads; i++) {
		struct snapshot_thread *t = &s->threads[i];

		t->peak_live = weight_less(&t->allocated, &t->gone);
	}
}
