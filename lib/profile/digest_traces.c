/* SPDX-License-Identifier: MIT */

/*
 * The traces of a digest.  There are many, and most questions are about their
 * frames and a few of their figures, so the others stay in the record that the
 * file has of each, which is checked once and looked up when asked for.
 */

#include <errno.h>
#include <math.h>
#include <string.h>

#include "digest_file.h"

/* Where the frames go. */
struct lists {
	uint32_t *next;
	uint64_t left;	    /* room */
	uint64_t nr_frames; /* numbers that there are */
};

/* Frames of all traces together, by looking at all of them. */
static int count_frames(struct cursor c, uint64_t count, uint64_t *nr)
{
	*nr = 0;
	for (uint64_t i = 0; i < count && !c.bad; i++) {
		struct hpc_trace t;

		hpc_get_trace(&c, &t);
		*nr += t.nr_frames;
		for (uint32_t k = t.shared; k < t.nr_frames && !c.bad; k++)
			varint_get(&c);
	}
	return c.bad ? -EBADMSG : 0;
}

/* Room for the frames of all traces, if the section bears that out. */
static int make_lists(struct digest_file *f, const struct cursor *bytes,
		      uint64_t count, struct lists *l)
{
	uint64_t limit = (uint64_t)(bytes->end - bytes->p);
	uint64_t nr = f->nr_listed;

	if (nr == 0 && count_frames(*bytes, count, &nr) != 0)
		return -EBADMSG;
	if (nr > limit * HPC_FRAMES_A_BYTE)
		return -EBADMSG;
	l->next = digest_file_array(f, nr, sizeof(*l->next));
	l->left = nr;
	l->nr_frames = f->digest.nr_frames;
	return l->next ? 0 : -ENOMEM;
}

/* The frames of @t; those of the trace before end where they begin. */
static void parse_list(struct lists *l, struct cursor *c,
		       const struct hpc_trace *t, uint32_t nr_before)
{
	uint32_t own = t->nr_frames - t->shared;
	uint32_t *list = l->next;

	if (c->bad || t->shared > nr_before || t->nr_frames > l->left) {
		c->bad = true;
		return;
	}
	for (uint32_t i = 0; i < own && !c->bad; i++) {
		list[i] = hpc_get_number(c);
		if (list[i] >= l->nr_frames)
			c->bad = true;
	}
	memcpy(list + own, list - t->shared, t->shared * sizeof(*list));
	l->next += t->nr_frames;
	l->left -= t->nr_frames;
}

/* What can come of adding up. */
static bool is_real(double v)
{
	return v >= 0 && isfinite(v);
}

static bool is_sane(const struct hpc_trace *t)
{
	return (isinf(t->area_var) || is_real(t->area_var)) &&
	       is_real(t->age) && is_real(t->age_var) && is_real(t->age_cov);
}

static void parse_trace(struct digest_file *f, struct lists *l,
			struct cursor *c, struct digest_trace *out)
{
	const uint8_t *record = c->p;
	struct hpc_trace t;
	struct sum temporary;

	hpc_get_trace(c, &t);
	c->bad |= !is_sane(&t);
	temporary = digest_file_sum(&t.temporary);
	sum_add(&f->digest.temporary, &temporary);
	*out = (struct digest_trace){
		.frames = l->next,
		.nr_frames = t.nr_frames,
		.nr_shared = t.shared,
		.node = t.node,
		.allocated = digest_file_sum(&t.allocated),
		.record = record,
	};
	parse_list(l, c, &t, out[-1].nr_frames);
}

int digest_traces_parse(struct digest_file *f, struct cursor *bytes,
			uint64_t count)
{
	struct digest_trace *out = digest_file_array(f, count, sizeof(*out));
	struct lists lists;
	int error = out ? make_lists(f, bytes, count, &lists) : -ENOMEM;

	if (error)
		return error;
	out[DIGEST_OTHER].frames = lists.next;
	for (uint64_t i = 1; i <= count && !bytes->bad; i++)
		parse_trace(f, &lists, bytes, &out[i]);
	f->digest.traces = out;
	f->digest.nr_traces = count + 1;
	return lists.left == 0 ? 0 : -EBADMSG;
}

static struct digest_run run_of(const struct hpc_trace *t)
{
	return (struct digest_run){
		.freed = digest_file_sum(&t->freed),
		.temporary = digest_file_sum(&t->temporary),
		.peak = digest_file_sum(&t->peak),
		.peak_ns = t->peak_ns,
		.byte_seconds = (double)t->byte_ns / HPC_BYTE / 1e9,
		.byte_seconds_var = isinf(t->area_var) ? NAN : t->area_var,
		.waste = (double)t->waste / HPC_BYTE,
		.waste_var = (double)t->waste_var,
		.age = {t->age, t->age_var, t->age_cov},
	};
}

struct digest_run digest_run(const struct digest *d, uint32_t trace)
{
	const struct digest_file *f = d->file;
	struct hpc_trace t;
	struct cursor c;

	if (d->runs)
		return d->runs[trace];
	if (!f || !d->traces[trace].record)
		return (struct digest_run){0};
	c = (struct cursor){d->traces[trace].record,
			    f->sections + f->sections_length, false};
	hpc_get_trace(&c, &t);
	return run_of(&t);
}
