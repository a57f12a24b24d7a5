/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "format/varint.h"

#include "html_tracks.h"

/*
 * Activity is added up until a snapshot is shown, and until there is something
 * to write; what a trace has live matters only in snapshots that are shown.  A
 * trace that a snapshot does not have is not live in it: it was freed, or is
 * among the small ones.
 */

#define FRACTIONS 64u /* count_scale where counts are no whole numbers */
#define CHANGE_MAX (14u * VARINT_MAX)

static uint32_t variance_code(double v)
{
	float f = (float)MIN(v, (double)FLT_MAX);
	uint32_t bits;

	if (!(v > 0))
		return 0;
	memcpy(&bits, &f, sizeof(bits));
	return MAX(bits >> 11, 1u);
}

struct html_figures html_tracks_figures(const struct html_tracks *t,
					const struct sum *s)
{
	return (struct html_figures){
		.bytes = llround(s->bytes),
		.count = llround(s->count * t->count_scale),
		.bytes_var = variance_code(s->bytes_var),
		.count_var = variance_code(s->count_var),
	};
}

static bool is_whole(const struct sum *s)
{
	return s->count == rint(s->count);
}

static unsigned choose_scale(const struct history *h)
{
	for (size_t i = 0; i < h->nr_traces; i++)
		if (!is_whole(&h->traces[i].allocated) ||
		    !is_whole(&h->traces[i].freed))
			return FRACTIONS;
	return 1;
}

static bool is_nothing(const struct html_figures *f)
{
	return !f->bytes && !f->count;
}

static bool is_same(const struct html_figures *a, const struct html_figures *b)
{
	return a->bytes == b->bytes && a->count == b->count;
}

static size_t put_figures(uint8_t *out, const struct html_figures *f)
{
	/* Nothing here is negative but by rounding. */
	size_t n = varint_put(out, (uint64_t)MAX(f->bytes, 0));

	return n + varint_put(out + n, (uint64_t)MAX(f->count, 0));
}

static size_t put_variances(uint8_t *out, const struct html_figures *f)
{
	size_t n = varint_put(out, f->bytes_var);

	return n + varint_put(out + n, f->count_var);
}

static void put_change(struct html_track *t, size_t at, unsigned flags,
		       const struct html_figures *live,
		       const struct html_figures *allocated,
		       const struct html_figures *freed)
{
	const struct html_figures *parts[] = {allocated, freed};
	uint8_t *out = bytes_room(&t->bytes, CHANGE_MAX);
	size_t n = varint_put(out, at - t->changed - 1);

	n += varint_put(out + n, flags);
	for (unsigned i = 0; i < 2; i++) {
		if (!(flags & HTML_ALLOCATED << i))
			continue;
		n += put_figures(out + n, parts[i]);
		if (flags & HTML_VARIANCES)
			n += put_variances(out + n, parts[i]);
	}
	if (flags & HTML_LIVE)
		n += put_figures(out + n, live);
	if (flags & HTML_VARIANCES)
		n += put_variances(out + n, live);
	t->bytes.n += n;
	t->nr_changes++;
}

void html_tracks_change(const struct html_tracks *tracks, struct html_track *t,
			size_t at)
{
	static const struct sum nothing;
	struct html_figures live =
		html_tracks_figures(tracks, t->seen == at ? &t->now : &nothing);
	struct html_figures a = html_tracks_figures(tracks, &t->allocated);
	struct html_figures f = html_tracks_figures(tracks, &t->freed);
	struct html_figures sum = t->live;
	unsigned flags = 0;

	if (is_nothing(&a) && is_nothing(&f) && is_same(&live, &t->live))
		return;
	sum.bytes += MAX(a.bytes, 0) - MAX(f.bytes, 0);
	sum.count += MAX(a.count, 0) - MAX(f.count, 0);
	flags |= is_nothing(&a) ? 0 : HTML_ALLOCATED;
	flags |= is_nothing(&f) ? 0 : HTML_FREED;
	flags |= is_same(&sum, &live) ? 0 : HTML_LIVE;
	if (live.bytes_var || live.count_var || a.bytes_var || a.count_var ||
	    f.bytes_var || f.count_var)
		flags |= HTML_VARIANCES;
	put_change(t, at, flags, &live, &a, &f);
	t->live = live;
	t->allocated = t->freed = nothing;
	t->active = false;
	t->changed = at;
}

static void take(struct html_tracks *t, const struct history_usage *usage,
		 size_t n, size_t at)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t rank = t->rank[usage[i].trace];
		struct html_track *track;

		if (!rank)
			continue;
		track = &t->of[rank - 1];
		sum_add(&track->allocated, &usage[i].allocated);
		sum_add(&track->freed, &usage[i].freed);
		track->now = usage[i].live;
		track->seen = at;
		track->active = true;
	}
}

static int pull(struct history *h, const struct html_choice *choice,
		struct html_tracks *t)
{
	size_t at = 1; /* of those that are shown, the one to come */

	for (size_t i = 0;; i++) {
		const struct history_usage *usage;
		size_t n;
		int err = h->next(h, &usage, &n);

		if (err <= 0)
			return err;
		take(t, usage, n, choice->instants[i] ? at : 0);
		if (!choice->instants[i])
			continue;
		/* Most traces are not, so this is worth a look. */
		for (size_t k = 0; k < t->nr; k++)
			if (t->of[k].active || !is_nothing(&t->of[k].live))
				html_tracks_change(t, &t->of[k], at);
		at++;
	}
}

int html_tracks_fill(struct history *h, const struct html_choice *choice,
		     struct html_tracks *out)
{
	int err;

	*out = (struct html_tracks){.nr = choice->nr_traces};
	out->of = calloc(out->nr + 1, sizeof(*out->of));
	out->rank = calloc(h->nr_traces + 1, sizeof(*out->rank));
	out->wanted = calloc(h->nr_traces + 1, sizeof(*out->wanted));
	if (!out->of || !out->rank || !out->wanted)
		return -ENOMEM;
	for (uint32_t i = 0; i < out->nr; i++) {
		out->rank[choice->traces[i]] = i + 1;
		out->wanted[choice->traces[i]] = true;
	}
	h->wanted = out->wanted;
	out->count_scale = choose_scale(h);
	err = pull(h, choice, out);
	for (size_t i = 0; i < out->nr && !err; i++)
		err = out->of[i].bytes.failed ? -ENOMEM : 0;
	return err;
}

void html_tracks_fini(struct html_tracks *t)
{
	for (size_t i = 0; i < t->nr && t->of; i++)
		bytes_fini(&t->of[i].bytes);
	free(t->of);
	free(t->rank);
	free(t->wanted);
}
