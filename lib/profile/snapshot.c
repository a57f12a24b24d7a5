/* SPDX-License-Identifier: MIT */

/*
 * Joins tallies.  Only what a tally names is touched, and at an instant only
 * the traces that are live or were active.
 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"

#include "fold.h"
#include "snapshot.h"
#include "weight.h"

static int make_room(struct snapshot *s)
{
	uint32_t room = MAX(s->room * 2, 64);
	void *traces = realloc(s->traces, room * sizeof(*s->traces));
	void *usage =
		traces ? realloc(s->usage, room * sizeof(*s->usage)) : NULL;
	void *active = usage ? realloc(s->active, room / 8) : NULL;

	if (traces)
		s->traces = traces;
	if (usage)
		s->usage = usage;
	if (!active)
		return -ENOMEM;
	s->active = active;
	memset((uint8_t *)active + s->room / 8, 0, (room - s->room) / 8);
	s->room = room;
	return 0;
}

int snapshot_init(struct snapshot *s, const struct tally_rules *rules)
{
	memset(s, 0, sizeof(*s));
	s->rules = *rules;
	s->nr_nodes = rules->nr_nodes;
	s->nr_threads = rules->nr_threads;
	s->trace_of_node = calloc(s->nr_nodes, sizeof(*s->trace_of_node));
	s->threads = calloc(s->nr_threads, sizeof(*s->threads));
	if (!s->trace_of_node || !s->threads || make_room(s)) {
		snapshot_fini(s);
		return -ENOMEM;
	}
	memset(&s->traces[0], 0, sizeof(s->traces[0]));
	memset(&s->usage[0], 0, sizeof(s->usage[0]));
	s->nr_traces = 1;
	return 0;
}

void snapshot_fini(struct snapshot *s)
{
	for (uint32_t i = 0; i < s->nr_traces; i++) {
		classes_fini(&s->traces[i].ages);
		classes_fini(&s->traces[i].sizes);
	}
	free(s->traces);
	free(s->usage);
	free(s->active);
	free(s->trace_of_node);
	free(s->threads);
	free(s->taken);
	free(s->numbers);
	memset(s, 0, sizeof(*s));
}

static cold uint32_t add_trace(struct snapshot *s, uint32_t node)
{
	if (s->nr_traces == s->room && make_room(s))
		return 0;
	memset(&s->traces[s->nr_traces], 0, sizeof(*s->traces));
	memset(&s->usage[s->nr_traces], 0, sizeof(*s->usage));
	s->traces[s->nr_traces].node = node;
	s->usage[s->nr_traces].trace = s->nr_traces;
	s->trace_of_node[node] = s->nr_traces;
	return s->nr_traces++;
}

/* A sum of a tally, with its variance, if it has any. */
static struct hpc_sum whole(const struct tally_sum *s,
			    const struct tally_var *var)
{
	struct hpc_sum w = {.bytes = s->bytes, .count = s->count};

	if (var) {
		w.bytes_var = var->bytes;
		w.count_var = var->count;
	}
	return w;
}

static void add(struct hpc_sum *to, const struct tally_sum *s,
		const struct tally_var *var)
{
	struct hpc_sum w = whole(s, var);

	weight_add(to, &w);
}

static void add_wide(__int128 *to, __int128 a, __int128 b)
{
	*to = (__int128)((unsigned __int128)*to +
			 (unsigned __int128)a * (unsigned __int128)b);
}

/* The peak of a tally, which began with @live. */
static bool raise_peak(struct hpc_sum *peak, const struct hpc_sum *live,
		       const struct tally_sum *s, const struct tally_var *var)
{
	struct hpc_sum w = whole(s, var);

	weight_add(&w, live);
	if (w.bytes <= peak->bytes)
		return false;
	*peak = w;
	return true;
}

static void join_vars(struct snapshot_trace *trace,
		      const struct tally_trace_var *v)
{
	add_wide(&trace->waste_var, v->waste, 1);
	add_wide(&trace->var_moment, v->moment, 1);
	add_wide(&trace->var_moment2, v->moment2, 1);
	wide_add(&trace->area, &v->area);
	wide_add(&trace->age2, &v->age2);
	wide_add(&trace->age1, &v->age1);
}

#define VAR(v, member) ((v) ? &(v)->member : NULL)

static void join_trace(struct snapshot *s, uint32_t number,
		       const struct tally_trace *t,
		       const struct tally_trace_var *v)
{
	struct snapshot_trace *trace = &s->traces[number];
	struct hpc_usage *u = &s->usage[number];
	struct hpc_sum live = whole(&t->live, VAR(v, live));
	struct hpc_sum allocated = whole(&t->allocated, VAR(v, allocated));
	struct hpc_sum freed = weight_less(&allocated, &live);

	if (raise_peak(&trace->peak, &u->live, &t->peak, VAR(v, peak)))
		trace->peak_ns = t->peak_ns;
	weight_add(&trace->allocated, &allocated);
	weight_add(&trace->freed, &freed);
	weight_add(&u->live, &live);
	weight_add(&u->allocated, &allocated);
	weight_add(&u->freed, &freed);
	s->active[number / 64] |= (uint64_t)1 << number % 64;
	add(&trace->temporary, &t->temporary, VAR(v, temporary));
	add_wide(&trace->moment, t->moment, 1);
	add_wide(&trace->age, t->age, 1);
	trace->waste = (int64_t)((uint64_t)trace->waste + (uint64_t)t->waste);
	if (v)
		join_vars(trace, v);
}

static int join_traces(struct snapshot *s, const struct tally *t)
{
	uint32_t *numbers = list_grow(s->numbers, t->nr_traces,
				      &s->room_numbers, sizeof(*numbers));

	if (!numbers)
		return -ENOMEM;
	s->numbers = numbers;
	for (uint32_t i = 0; i < t->nr_traces; i++) {
		uint32_t node = t->traces[i].node;
		uint32_t number = s->trace_of_node[node];

		if (unlikely(number == 0))
			number = add_trace(s, node);
		if (unlikely(number == 0))
			return -ENOMEM;
		numbers[i] = number;
		join_trace(s, number, &t->traces[i],
			   t->trace_vars ? &t->trace_vars[i] : NULL);
	}
	return 0;
}

static int join_cells(struct snapshot *s, const struct tally *t)
{
	for (uint32_t i = 0; i < t->nr_cells; i++) {
		const struct tally_cell *c = &t->cells[i];
		const struct tally_cell_var *v =
			t->cell_vars ? &t->cell_vars[i] : NULL;
		struct snapshot_trace *trace = &s->traces[s->numbers[c->trace]];
		bool age = c->class >= HPC_CLASSES;
		struct hpc_sum *sums =
			age ? classes_get(&trace->ages, c->class - HPC_CLASSES,
					  1)
			    : classes_get(&trace->sizes, c->class,
					  HPC_SIZE_SUMS);

		if (unlikely(!sums))
			return -ENOMEM;
		if (age) {
			add(&sums[0], &c->freed, VAR(v, freed));
			continue;
		}
		add(&sums[HPC_SIZE_ALLOCATED], &c->allocated,
		    VAR(v, allocated));
		add(&sums[HPC_SIZE_FREED], &c->freed, VAR(v, freed));
	}
	return 0;
}

/* All that is allocated, some thread allocated; all that is freed as well. */
static void join_threads(struct snapshot *s, const struct tally *t)
{
	for (uint32_t i = 0; i < t->nr_threads; i++) {
		const struct tally_thread *h = &t->threads[i];
		const struct tally_thread_var *v =
			t->thread_vars ? &t->thread_vars[i] : NULL;
		struct snapshot_thread *thread = &s->threads[h->thread];
		struct hpc_sum allocated =
			whole(&h->allocated, VAR(v, allocated));
		struct hpc_sum freed = whole(&h->freed, VAR(v, freed));

		weight_add(&thread->allocated, &allocated);
		weight_add(&s->allocated, &allocated);
		weight_add(&thread->freed, &freed);
		weight_add(&s->freed, &freed);
		add(&thread->gone, &h->gone, VAR(v, gone));
	}
}

int snapshot_join(struct snapshot *s, const struct tally *t)
{
	struct hpc_sum live = snapshot_live(s);
	int error = join_traces(s, t);

	if (error == 0)
		error = join_cells(s, t);
	if (error)
		return error;
	raise_peak(&s->max_live, &live, &t->max_live, &t->max_live_var);
	join_threads(s, t);
	if (t->has_rss)
		s->rss_pages = t->rss_pages;
	s->events += t->events;
	s->recorded += t->recorded;
	s->frees += t->frees;
	s->bad_nodes += t->bad_nodes;
	return 0;
}

double snapshot_area_var(const struct snapshot *s,
			 const struct snapshot_trace *t, uint64_t end_ns)
{
	unsigned shift = s->rules.step_shift;
	__int128 end = (__int128)(end_ns >> shift);
	__int128 sum = t->var_moment2;
	double step_s = (double)((uint64_t)1 << shift) * 1e-9;

	if (!s->rules.has_ages && t->freed.bytes_var != 0)
		return INFINITY;
	add_wide(&sum, -2 * end, t->var_moment);
	add_wide(&sum, end * end,
		 weight_less(&t->allocated, &t->freed).bytes_var);
	return wide_value(&t->area) * 1e-18 +
	       MAX((double)sum, 0.0) * step_s * step_s;
}

struct hpc_sum snapshot_live(const struct snapshot *s)
{
	return weight_less(&s->allocated, &s->freed);
}

/* False: it is nothing after all. */
static bool take_trace(struct snapshot *s, uint32_t number,
		       struct hpc_usage *out)
{
	struct hpc_usage *u = &s->usage[number];
	bool live = !weight_is_zero(&u->live);

	*out = *u;
	if (!live)
		s->active[number / 64] &= ~((uint64_t)1 << number % 64);
	memset(&u->allocated, 0, sizeof(u->allocated));
	memset(&u->freed, 0, sizeof(u->freed));
	return live || !weight_is_zero(&out->allocated) ||
	       !weight_is_zero(&out->freed);
}

int snapshot_take(struct snapshot *s, double precision,
		  const struct hpc_usage **usage, size_t *n)
{
	struct hpc_usage *taken = list_grow(s->taken, s->nr_traces,
					    &s->room_taken, sizeof(*taken));

	if (!taken)
		return -ENOMEM;
	s->taken = taken;
	/* [0] is kept for "other". */
	memset(&taken[0], 0, sizeof(taken[0]));
	*n = 1;
	for (uint32_t i = 0; i < s->nr_traces; i += 64)
		for (uint64_t left = s->active[i / 64]; left; left &= left - 1)
			*n += take_trace(s, i + (uint32_t)__builtin_ctzll(left),
					 &taken[*n]);
	*usage = taken;
	s->max_live = snapshot_live(s);
	return fold_usage(taken, n, precision);
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
