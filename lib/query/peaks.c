/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "peaks.h"

struct finder {
	const struct query *q;
	struct peak *peaks;
	uint32_t *group;   /* of each trace */
	bool *hidden;	   /* each trace */
	struct sum *now;   /* each group, at the snapshot at hand */
	uint32_t *touched; /* groups that it has */
};

static void raise_peak(struct peak *p, const struct sum *live, uint64_t time_ns)
{
	if (live->bytes > p->live.bytes)
		*p = (struct peak){*live, time_ns};
}

static int look_at(struct finder *f, size_t index)
{
	const struct digest *d = f->q->digest;
	struct digest_usage *usage;
	size_t n, nr = 0;
	int err = digest_snapshot(d, index, &usage, &n);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		uint32_t trace = usage[i].trace, group;

		if (trace == DIGEST_OTHER || trace >= d->nr_traces ||
		    f->hidden[trace] || usage[i].live.count == 0)
			continue;
		group = f->group[trace];
		if (f->now[group].count == 0)
			f->touched[nr++] = group;
		weigh_add(&f->now[group], &usage[i].live);
	}
	free(usage);
	for (size_t i = 0; i < nr; i++) {
		raise_peak(&f->peaks[f->touched[i]], &f->now[f->touched[i]],
			   d->instants[index].time_ns);
		f->now[f->touched[i]] = (struct sum){0};
	}
	return 0;
}

static void look_at_traces(struct finder *f)
{
	const struct digest *d = f->q->digest;
	uint64_t from = d->instants[f->q->from].time_ns;
	uint64_t to = d->instants[f->q->to].time_ns;

	for (uint32_t i = 1; i < d->nr_traces; i++) {
		const struct digest_trace *t = &d->traces[i];

		if (!f->hidden[i] && t->peak_ns >= from && t->peak_ns <= to)
			raise_peak(&f->peaks[f->group[i]], &t->peak,
				   t->peak_ns);
	}
}

int peaks_find(const struct query *q, struct sites *s)
{
	const struct digest *d = q->digest;
	struct finder f = {.q = q, .hidden = s->weights.hidden};
	size_t nr = s->places.nr;
	int err = 0;

	f.peaks = arena_alloc(q->arena, nr, sizeof(*f.peaks));
	f.now = arena_alloc(q->arena, nr, sizeof(*f.now));
	f.touched = arena_alloc(q->arena, nr, sizeof(*f.touched));
	f.group = arena_alloc(q->arena, d->nr_traces, sizeof(*f.group));
	if (!f.peaks || !f.now || !f.touched || !f.group)
		return -ENOMEM;
	for (uint32_t i = 1; i < d->nr_traces; i++)
		f.group[i] = sites_owner(s, d, &d->traces[i]);
	s->peaks = f.peaks;
	if (!d->nr_instants)
		return 0;
	for (size_t i = q->from; i <= q->to && !err; i++)
		err = look_at(&f, i);
	look_at_traces(&f);
	return err;
}
