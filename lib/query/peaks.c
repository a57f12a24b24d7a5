/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base.h"
#include "profile/digest_rows.h"

#include "peaks.h"

/*
 * A place with one stack had its peak when that had; for others, snapshots are
 * read.
 */
struct finder {
	const struct query *q;
	struct peak *peaks;
	uint32_t *group;   /* of each trace */
	bool *wanted;	   /* each trace: whose peaks are to be found */
	struct sum *now;   /* each group, at the snapshot at hand */
	uint32_t *touched; /* groups that it has */
	struct digest_rows rows;
};

static void raise_peak(struct peak *p, const struct sum *live, uint64_t time_ns)
{
	if (live->bytes > p->live.bytes)
		*p = (struct peak){*live, time_ns};
}

static int look_at(struct finder *f, const bool *sought, size_t index)
{
	const struct digest *d = f->q->digest;
	int err = digest_rows_read(d, index, sought, &f->rows);
	size_t nr = 0;

	if (err)
		return err;
	for (size_t i = 0; i < f->rows.n; i++) {
		const struct digest_usage *u = &f->rows.usage[i];
		uint32_t group = f->group[u->trace];

		if (u->live.count == 0)
			continue;
		if (f->now[group].count == 0)
			f->touched[nr++] = group;
		weigh_add(&f->now[group], &u->live);
	}
	for (size_t i = 0; i < nr; i++) {
		raise_peak(&f->peaks[f->touched[i]], &f->now[f->touched[i]],
			   d->instants[index].time_ns);
		f->now[f->touched[i]] = (struct sum){0};
	}
	return 0;
}

/* Is the peak of @t known, and in the time that was asked for? */
static bool has_peak(const struct query *q, const struct digest_run *t)
{
	const struct digest_instant *in = q->digest->instants;

	return t->peak.count > 0 && t->peak_ns >= in[q->from].time_ns &&
	       t->peak_ns <= in[q->to].time_ns;
}

/* Of groups with several traces, or with one whose peak does not count. */
static int look_at_snapshots(struct finder *f, size_t nr_groups)
{
	const struct query *q = f->q;
	uint32_t n = q->digest->nr_traces;
	uint32_t *nr = arena_alloc(q->arena, nr_groups, sizeof(*nr));
	bool *sought = arena_alloc(q->arena, n, sizeof(*sought));
	bool any = false;
	int err = nr && sought ? 0 : -ENOMEM;

	for (uint32_t i = 1; i < n && !err; i++)
		nr[f->group[i]] += f->wanted[i];
	for (uint32_t i = 1; i < n && !err; i++) {
		struct digest_run run;

		if (!f->wanted[i])
			continue;
		run = digest_run(q->digest, i);
		sought[i] = nr[f->group[i]] > 1 || !has_peak(q, &run);
		any |= sought[i];
	}
	for (size_t i = q->from; any && i <= q->to && !err; i++)
		err = look_at(f, sought, i);
	return err;
}

static void look_at_traces(struct finder *f)
{
	const struct digest *d = f->q->digest;

	for (uint32_t i = 1; i < d->nr_traces; i++) {
		struct digest_run run;

		if (!f->wanted[i])
			continue;
		run = digest_run(d, i);
		if (has_peak(f->q, &run))
			raise_peak(&f->peaks[f->group[i]], &run.peak,
				   run.peak_ns);
	}
}

int peaks_find(const struct query *q, const bool *shown, struct sites *s)
{
	const struct digest *d = q->digest;
	struct finder f = {.q = q, .rows.arena = q->arena};
	size_t nr = s->places.nr;
	int err;

	f.peaks = arena_alloc(q->arena, nr, sizeof(*f.peaks));
	f.now = arena_alloc(q->arena, nr, sizeof(*f.now));
	f.touched = arena_alloc(q->arena, nr, sizeof(*f.touched));
	f.group = arena_alloc(q->arena, d->nr_traces, sizeof(*f.group));
	f.wanted = arena_alloc(q->arena, d->nr_traces, sizeof(*f.wanted));
	if (!f.peaks || !f.now || !f.touched || !f.group || !f.wanted)
		return -ENOMEM;
	for (uint32_t i = 1; i < d->nr_traces; i++) {
		f.group[i] = sites_owner(s, d, i);
		f.wanted[i] = shown[f.group[i]] && !s->weights.hidden[i];
	}
	s->peaks = f.peaks;
	if (!d->nr_instants)
		return 0;
	err = look_at_snapshots(&f, nr);
	look_at_traces(&f);
	return err;
}
