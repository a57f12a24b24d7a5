/* SPDX-License-Identifier: MIT */

/*
 * Tables of several digests one behind the other.  Equal frames are one, since
 * the same libraries are in every process; traces are not, so that what each
 * says of itself stays true.  Strings stay where they are, in the parts.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "intern.h"

#include "digest_file.h"
#include "merge_state.h"

/* A frame as a key: strings by number, where equal ones have the same. */
struct frame_key {
	uint32_t function, file, module;
	uint32_t line;
	uint32_t flags;
	uint32_t zero;
	uint64_t offset;
};

struct joiner {
	struct merge *m;
	struct intern strings, keys;
	size_t nr_frames; /* of all parts */
	size_t nr_lists;
	uint32_t *frame_of; /* of the part at hand: its number among all */
	int error;
};

static uint32_t number_of(struct joiner *j, const char *s)
{
	uint32_t number = 0;

	if (s && intern_add(&j->strings, s, strlen(s), &number))
		j->error = -ENOMEM;
	return s ? number + 1 : 0;
}

static void add_frame(struct joiner *j, uint32_t i,
		      const struct digest_frame *f)
{
	struct frame_key key = {
		.function = number_of(j, f->function),
		.file = number_of(j, f->file),
		.module = number_of(j, f->module),
		.line = f->line,
		.flags = (uint32_t)f->inlined | (uint32_t)f->cut << 1,
		.offset = f->function ? 0 : f->offset,
	};
	uint32_t before = j->keys.nr;

	if (intern_add(&j->keys, &key, sizeof(key), &j->frame_of[i]))
		j->error = -ENOMEM;
	else if (j->frame_of[i] == before)
		j->m->frames[before] = *f;
}

static void add_trace(struct joiner *j, const struct merge_part *p,
		      uint32_t trace, uint32_t number)
{
	const struct digest *d = p->digest;
	const struct digest_trace *t = &d->traces[trace];
	struct digest_trace *out = &j->m->traces[number];
	struct digest_run *run = &j->m->runs[number];
	uint32_t *list = &j->m->lists[j->nr_lists];

	*out = *t;
	out->frames = list;
	*run = digest_run(d, trace);
	run->peak_ns += p->start_ns;
	sum_add(&j->m->digest.temporary, &run->temporary);
	j->m->spreads[number] = d->spreads[trace];
	for (uint32_t i = 0; i < t->nr_frames; i++)
		list[i] = j->frame_of[t->frames[i]];
	j->nr_lists += t->nr_frames;
}

static int join_part(struct joiner *j, struct merge_part *p)
{
	const struct digest *d = p->digest;
	struct digest *all = &j->m->digest;

	j->frame_of = calloc(d->nr_frames + 1, sizeof(*j->frame_of));
	if (!j->frame_of)
		return -ENOMEM;
	for (uint32_t i = 0; i < d->nr_frames && !j->error; i++)
		add_frame(j, i, &d->frames[i]);
	p->first_trace = (uint32_t)all->nr_traces;
	for (uint32_t i = 1; i < d->nr_traces && !j->error; i++)
		add_trace(j, p, i, (uint32_t)all->nr_traces++);
	free(j->frame_of);
	return j->error;
}

/* Modules none of whose frames has a name. */
static int count_unknown(struct joiner *j)
{
	struct digest *d = &j->m->digest;
	bool *named = calloc((size_t)j->strings.nr + 1, sizeof(*named));
	bool *seen = calloc((size_t)j->strings.nr + 1, sizeof(*seen));

	for (size_t i = 0; named && seen && i < d->nr_frames; i++) {
		uint32_t module = number_of(j, d->frames[i].module);

		seen[module] = true;
		named[module] |= d->frames[i].function != NULL;
	}
	for (uint32_t i = 1; named && seen && i <= j->strings.nr; i++)
		d->unknown_modules += seen[i] && !named[i];
	free(named);
	free(seen);
	return named && seen ? j->error : -ENOMEM;
}

static int join_traces(struct merge *m)
{
	struct joiner j = {.m = m};
	size_t nr_traces = 1, nr_lists = 0;
	int error = -ENOMEM;

	for (size_t i = 0; i < m->nr_parts; i++) {
		const struct digest *d = m->parts[i].digest;

		j.nr_frames += d->nr_frames;
		nr_traces += d->nr_traces - 1;
		for (size_t k = 1; k < d->nr_traces; k++)
			nr_lists += d->traces[k].nr_frames;
	}
	if (nr_traces > UINT32_MAX || j.nr_frames > UINT32_MAX)
		return -EOVERFLOW;
	m->frames = calloc(j.nr_frames + 1, sizeof(*m->frames));
	m->traces = calloc(nr_traces, sizeof(*m->traces));
	m->runs = calloc(nr_traces, sizeof(*m->runs));
	m->spreads = calloc(nr_traces, sizeof(*m->spreads));
	m->lists = calloc(nr_lists + 1, sizeof(*m->lists));
	if (m->frames && m->traces && m->runs && m->spreads && m->lists)
		error = 0;
	m->digest.nr_traces = 1;
	for (size_t i = 0; i < m->nr_parts && error == 0; i++)
		error = join_part(&j, &m->parts[i]);
	if (error == 0)
		m->traces[DIGEST_OTHER].frames = m->lists;
	m->digest.frames = m->frames;
	m->digest.nr_frames = j.keys.nr;
	m->digest.traces = m->traces;
	m->digest.runs = m->runs;
	m->digest.spreads = m->spreads;
	if (error == 0)
		error = count_unknown(&j);
	intern_fini(&j.strings);
	intern_fini(&j.keys);
	return error;
}

static bool was_at_peak(const struct merge *m, const struct merge_part *p)
{
	const struct digest *d = &m->digest;

	return d->peak > 0 && merge_is_there(p, d->instants[d->peak].time_ns);
}

static int join_threads(struct merge *m)
{
	struct digest_thread *out;
	size_t nr = 1;

	for (size_t i = 0; i < m->nr_parts; i++)
		nr += m->parts[i].digest->nr_threads;
	out = m->threads = calloc(nr, sizeof(*out));
	if (!out)
		return -ENOMEM;
	nr = 1;
	for (size_t i = 0; i < m->nr_parts; i++) {
		const struct merge_part *p = &m->parts[i];

		/* [0] are unknown ones, if there are any. */
		for (size_t k = 0; k < p->digest->nr_threads; k++) {
			const struct digest_thread *t = &p->digest->threads[k];

			if (k == 0 && t->allocated.count == 0 &&
			    t->freed.count == 0)
				continue;
			out[nr] = *t;
			out[nr].start_ns += p->start_ns;
			nr++;
		}
	}
	m->digest.threads = out;
	m->digest.nr_threads = nr;
	return 0;
}

static int compare_marks(const void *a, const void *b)
{
	const struct digest_mark *x = a, *y = b;

	return (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
}

static int join_marks(struct merge *m)
{
	size_t nr = 0;

	for (size_t i = 0; i < m->nr_parts; i++)
		nr += m->parts[i].digest->nr_marks;
	m->marks = calloc(nr + 1, sizeof(*m->marks));
	if (!m->marks)
		return -ENOMEM;
	nr = 0;
	for (size_t i = 0; i < m->nr_parts; i++)
		for (size_t k = 0; k < m->parts[i].digest->nr_marks; k++) {
			m->marks[nr] = m->parts[i].digest->marks[k];
			m->marks[nr++].time_ns += m->parts[i].start_ns;
		}
	qsort(m->marks, nr, sizeof(*m->marks), compare_marks);
	m->digest.marks = m->marks;
	m->digest.nr_marks = nr;
	return 0;
}

static bool is_known(const struct merge *m, const struct digest_module *module)
{
	for (size_t i = 0; i < m->digest.nr_modules; i++)
		if (!strcmp(m->modules[i].path, module->path))
			return true;
	return false;
}

/* The same file is mapped anywhere; one of the places will do. */
static int join_modules(struct merge *m)
{
	size_t nr = 0;

	for (size_t i = 0; i < m->nr_parts; i++)
		nr += m->parts[i].digest->nr_modules;
	m->modules = calloc(nr + 1, sizeof(*m->modules));
	if (!m->modules)
		return -ENOMEM;
	m->digest.modules = m->modules;
	for (size_t i = 0; i < m->nr_parts; i++)
		for (size_t k = 0; k < m->parts[i].digest->nr_modules; k++)
			if (!is_known(m, &m->parts[i].digest->modules[k]))
				m->modules[m->digest.nr_modules++] =
					m->parts[i].digest->modules[k];
	return 0;
}

/* Adds what @p has at @out, and has done by then. */
static void add_instant(const struct merge_part *p, struct digest_instant *out)
{
	const struct digest_instant *in;

	if (out->time_ns < p->start_ns)
		return;
	in = &p->digest->instants[merge_at(p, out->time_ns)];
	sum_add(&out->allocated, &in->allocated);
	sum_add(&out->freed, &in->freed);
	if (!merge_is_there(p, out->time_ns))
		return;
	sum_add(&out->live, &in->live);
	out->rss += in->rss;
}

static int join_instants(struct merge *m)
{
	size_t nr = m->nr_times + 1;

	m->instants = calloc(nr, sizeof(*m->instants));
	if (!m->instants)
		return -ENOMEM;
	m->instants[0].kinds = DIGEST_START;
	for (size_t i = 1; i < nr; i++) {
		struct digest_instant *out = &m->instants[i];

		out->time_ns = m->times[i - 1].ns;
		out->kinds = m->times[i - 1].kinds;
		out->max_live = digest_file_sum(&m->times[i - 1].max);
		for (size_t k = 0; k < m->nr_parts; k++)
			add_instant(&m->parts[k], out);
	}
	m->instants[m->digest.peak].kinds |= DIGEST_PEAK;
	m->digest.instants = m->instants;
	m->digest.nr_instants = nr;
	return 0;
}

static int list_processes(struct merge *m)
{
	const struct digest_instant *peak = &m->instants[m->digest.peak];

	m->processes = calloc(m->nr_parts, sizeof(*m->processes));
	if (!m->processes)
		return -ENOMEM;
	for (size_t i = 0; i < m->nr_parts; i++) {
		const struct merge_part *p = &m->parts[i];
		const struct digest *d = p->digest;
		const struct digest_instant *end =
			&d->instants[d->nr_instants - 1];
		struct digest_process *out = &m->processes[i];

		*out = (struct digest_process){
			.program = p->member->program,
			.base = p->member->base,
			.pid = p->member->pid,
			.parent = p->member->parent,
			.start_ns = p->start_ns,
			.end_ns = p->end_ns,
			.allocated = end->allocated,
			.most = digest_file_sum(&p->most),
			.end_live = end->live,
		};
		if (was_at_peak(m, p))
			out->peak_live =
				d->instants[merge_at(p, peak->time_ns)].live;
	}
	m->digest.processes = m->processes;
	m->digest.nr_processes = m->nr_parts;
	return 0;
}

static void add_facts(struct digest *all, const struct digest *d)
{
	all->seen += d->seen;
	all->seen_bytes += d->seen_bytes;
	all->recorded += d->recorded;
	all->frees += d->frees;
	all->lost_events += d->lost_events;
	all->unknown_stacks += d->unknown_stacks;
	all->cut_stacks += d->cut_stacks;
	all->damaged_bytes += d->damaged_bytes;
	all->shortened |= d->shortened;
	all->foreign_malloc |= d->foreign_malloc;
}

/* What ran, and how it was recorded, is that of the first. */
static void join_facts(struct merge *m)
{
	const struct digest *first = m->parts[0].digest;
	struct digest *d = &m->digest;

	d->argv = first->argv;
	d->program = first->program;
	d->directory = first->directory;
	d->host = first->host;
	d->start_realtime_ns = first->start_realtime_ns;
	d->pid = first->pid;
	d->parent_pid = first->parent_pid;
	d->sample_bytes = first->sample_bytes;
	d->ranges = first->ranges;
	d->nr_ranges = first->nr_ranges;
	d->depth = first->depth;
	d->end = first->end;
	d->end_error = first->end_error;
	d->precision = first->precision;
	for (size_t i = 0; i < m->nr_parts; i++)
		add_facts(d, m->parts[i].digest);
}

int merge_tables_make(struct merge *m)
{
	int error = join_traces(m);

	if (error == 0)
		error = join_instants(m);
	if (error == 0)
		error = join_threads(m);
	if (error == 0)
		error = join_marks(m);
	if (error == 0)
		error = join_modules(m);
	if (error == 0)
		error = list_processes(m);
	if (error == 0)
		join_facts(m);
	return error;
}
