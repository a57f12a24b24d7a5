/* SPDX-License-Identifier: MIT */

/*
 * The hot loop of digesting: add_alloc() or add_free() is called once an event.
 *
 * What an event is of is looked up once for each definition in the log: then
 * the block has the numbers of its trace, size and thread in the tally.
 *
 * Sums are whole numbers, so they do not depend on how they were added up.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tallier.h"
#include "weight.h"

void tally_start(struct tallier *w, struct tally *t)
{
	w->t = t;
	w->id++;
	w->thread = UINT32_MAX;
	t->first_ns = UINT64_MAX;
	t->last_ns = 0;
	t->at_peak = t->has_rss = false;
	t->events = t->recorded = t->frees = t->bad_nodes = 0;
	t->live = t->max_live = (struct tally_sum){0, 0};
	t->live_var = t->max_live_var = (struct tally_var){0, 0};
	t->nr_traces = t->nr_cells = t->nr_threads = 0;
}

void tally_end(struct tally *t, bool at_peak)
{
	t->at_peak = at_peak;
	t->item.size =
		sizeof(*t) +
		t->nr_traces *
			(sizeof(*t->traces) +
			 (t->trace_vars != NULL) * sizeof(*t->trace_vars)) +
		t->nr_cells * (sizeof(*t->cells) +
			       (t->cell_vars != NULL) * sizeof(*t->cell_vars));
}

void tally_fini(struct tally *t)
{
	free(t->traces);
	free(t->trace_vars);
	free(t->cells);
	free(t->cell_vars);
	free(t->threads);
	free(t->thread_vars);
	memset(t, 0, sizeof(*t));
}

static void add(struct tally_sum *to, const struct hpc_sum *w)
{
	to->bytes = (int64_t)((uint64_t)to->bytes + (uint64_t)w->bytes);
	to->count = (int64_t)((uint64_t)to->count + (uint64_t)w->count);
}

static void subtract(struct tally_sum *from, const struct hpc_sum *w)
{
	from->bytes = (int64_t)((uint64_t)from->bytes - (uint64_t)w->bytes);
	from->count = (int64_t)((uint64_t)from->count - (uint64_t)w->count);
}

/* Adds @a times @b; only made-up files overflow. */
static void add_wide(__int128 *to, __int128 a, __int128 b)
{
	*to = (__int128)((unsigned __int128)*to +
			 (unsigned __int128)a * (unsigned __int128)b);
}

static void add_var(struct tally_var *to, const struct hpc_sum *w)
{
	add_wide(&to->bytes, w->bytes_var, 1);
	add_wide(&to->count, w->count_var, 1);
}

static void subtract_var(struct tally_var *from, const struct hpc_sum *w)
{
	add_wide(&from->bytes, w->bytes_var, -1);
	add_wide(&from->count, w->count_var, -1);
}

/*
 * The integral of a sampled block has the variance of its bytes times its age
 * squared.  That of what lives on is worked out at the end, from the moments:
 * whole numbers, so that what is gone cancels.
 */
static void add_moments(const struct tallier *w, struct tally_trace_var *v,
			const struct hpc_sum *weight, uint64_t time_ns,
			int sign)
{
	__int128 steps = (__int128)(time_ns >> w->rules.step_shift);

	add_wide(&v->moment, sign * weight->bytes_var, steps);
	add_wide(&v->moment2, sign * weight->bytes_var, steps * steps);
}

static void add_alloc_vars(struct tallier *w, const struct reader_event *e,
			   bool trace_peak, bool peak)
{
	const struct reader_block *b = e->block;
	struct tally *t = w->t;
	struct tally_trace_var *v = &t->trace_vars[b->in.trace];
	__int128 waste = (__int128)b->is.waste * b->is.waste;

	add_var(&v->live, &b->weight);
	add_var(&v->allocated, &b->weight);
	add_var(&t->live_var, &b->weight);
	add_var(&t->cell_vars[b->in.cell].allocated, &b->weight);
	add_var(&t->thread_vars[b->in.thread].allocated, &b->weight);
	add_wide(&v->waste, b->weight.count_var, waste);
	add_moments(w, v, &b->weight, e->time_ns, 1);
	if (trace_peak)
		v->peak = v->live;
	if (peak)
		t->max_live_var = t->live_var;
}

static void add_alloc(struct tallier *w, const struct reader_event *e)
{
	const struct reader_block *b = e->block;
	const struct hpc_sum *weight = &b->weight;
	struct tally *t = w->t;
	struct tally_trace *trace = &t->traces[b->in.trace];
	bool trace_peak, peak;

	add(&trace->live, weight);
	add(&trace->allocated, weight);
	add_wide(&trace->moment, weight->bytes, (int64_t)e->time_ns);
	trace->waste =
		(int64_t)((uint64_t)trace->waste + (uint64_t)b->in.waste);
	trace_peak = trace->live.bytes > trace->peak.bytes;
	if (trace_peak) {
		trace->peak = trace->live;
		trace->peak_ns = e->time_ns;
	}
	add(&t->live, weight);
	peak = t->live.bytes > t->max_live.bytes;
	if (peak)
		t->max_live = t->live;
	add(&t->cells[b->in.cell].allocated, weight);
	add(&t->threads[b->in.thread].allocated, weight);
	t->recorded++;
	/* Variances of a peak may change where its sums do not. */
	if (unlikely(!b->in.exact || (t->trace_vars && (trace_peak || peak))))
		add_alloc_vars(w, e, trace_peak, peak);
}

static void add_free_vars(struct tallier *w, const struct reader_event *e,
			  uint32_t age_cell, uint32_t thread)
{
	const struct reader_block *b = e->block;
	const struct hpc_sum *weight = &b->weight;
	struct tally *t = w->t;
	struct tally_trace_var *v = &t->trace_vars[b->in.trace];
	unsigned __int128 age = e->value;
	uint64_t born_ns = e->time_ns - MIN(e->value, e->time_ns);

	subtract_var(&v->live, weight);
	subtract_var(&t->live_var, weight);
	add_var(&t->cell_vars[b->in.cell].freed, weight);
	add_var(&t->thread_vars[thread].freed, weight);
	add_var(&t->thread_vars[b->in.thread].gone, weight);
	if (e->kind == HPD_TEMPORARY)
		add_var(&v->temporary, weight);
	if (!w->rules.has_ages)
		return;
	add_var(&t->cell_vars[age_cell].freed, weight);
	wide_add_product(&v->area, age * age,
			 (unsigned __int128)weight->bytes_var);
	wide_add_product(&v->age2, age * age,
			 (unsigned __int128)weight->count_var);
	wide_add_product(&v->age1, age, (unsigned __int128)weight->count_var);
	add_moments(w, v, weight, born_ns, -1);
}

static int add_free(struct tallier *w, const struct reader_event *e)
{
	const struct reader_block *b = e->block;
	const struct hpc_sum *weight = &b->weight;
	struct tally *t = w->t;
	struct tally_trace *trace = &t->traces[b->in.trace];
	uint32_t age_cell = 0;

	subtract(&trace->live, weight);
	add_wide(&trace->moment, -weight->bytes, (int64_t)e->time_ns);
	subtract(&t->live, weight);
	add(&t->cells[b->in.cell].freed, weight);
	if (unlikely(e->thread != w->thread)) {
		if (tallier_thread(w, e->thread, &w->thread_number))
			return -ENOMEM;
		w->thread = e->thread;
	}
	add(&t->threads[w->thread_number].freed, weight);
	add(&t->threads[b->in.thread].gone, weight);
	if (e->kind == HPD_TEMPORARY)
		add(&trace->temporary, weight);
	if (likely(w->rules.has_ages)) {
		if (tallier_cell(w, b->in.trace,
				 HPC_CLASSES + hpc_age_class(e->value),
				 &age_cell))
			return -ENOMEM;
		add(&t->cells[age_cell].freed, weight);
		add_wide(&trace->age, weight->count, (int64_t)e->value);
	}
	t->frees++;
	if (unlikely(!b->in.exact))
		add_free_vars(w, e, age_cell, w->thread_number);
	return 0;
}

static int add_event(struct tallier *w, const struct reader_event *e)
{
	struct tally *t = w->t;
	int error;

	if (unlikely(e->kind == HPD_RSS)) {
		t->has_rss = true;
		t->rss_pages = e->value;
		return 0;
	}
	if (unlikely(e->block->in.tally != w->id)) {
		error = tallier_block(w, e->block);
		if (error)
			return error;
	}
	if (e->kind != HPD_ALLOC)
		return add_free(w, e);
	add_alloc(w, e);
	return 0;
}

int tally_add(struct tallier *w, const struct reader_event *events, size_t n)
{
	struct tally *t = w->t;
	int error = 0;

	if (n == 0)
		return 0;
	t->first_ns = MIN(t->first_ns, events[0].time_ns);
	t->last_ns = events[n - 1].time_ns;
	t->events += n;
	for (size_t i = 0; i < n && error == 0; i++)
		error = add_event(w, &events[i]);
	return error;
}

/* A million steps are fine enough, and leave room for the variances. */
#define STEPS ((uint64_t)1 << 20)

void tally_rules(struct tally_rules *rules, const struct hpm_header *h,
		 const struct metadata *m, bool has_ages, uint64_t end_ns)
{
	*rules = (struct tally_rules){
		.nr_nodes = MAX(m->nr_nodes, 1),
		.nr_threads = MAX(m->nr_threads, 1),
		.has_ages = has_ages,
		.has_vars = !weight_is_one(h),
	};
	while (end_ns >> rules->step_shift > STEPS)
		rules->step_shift++;
}
