/* SPDX-License-Identifier: MIT */

/*
 * Each section is made in memory, because its length comes first.  Strings are
 * gathered on the way, and frames of traces counted, so the facts and the
 * strings are the last sections.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tables.h"
#include "weight.h"

/* What writing keeps to itself. */
struct writer {
	const struct tables *t;
	struct bytes section; /* the one being made */
	struct bytes all;     /* those made */
	uint64_t nr_frames;   /* of all traces so far */
	int error;
};

static void put_number(struct bytes *b, uint64_t v)
{
	b->n += varint_put(bytes_room(b, VARINT_MAX), v);
}

static uint32_t string(struct writer *w, const char *s)
{
	uint32_t number;
	int error = frames_string(w->t->frames, s, &number);

	if (error)
		w->error = error;
	return number;
}

static void end_section(struct writer *w, enum hpc_section kind, uint64_t count)
{
	put_number(&w->all, kind);
	put_number(&w->all, count);
	put_number(&w->all, w->section.n);
	bytes_add(&w->all, w->section.p, w->section.n);
	if (w->section.failed)
		w->error = -ENOMEM;
	w->section.n = 0;
}

static void sum_threads(const struct metadata *m, uint64_t *meta)
{
	for (uint32_t i = 1; i < m->nr_threads; i++) {
		meta[HPC_SEEN] += m->threads[i].seen;
		meta[HPC_SEEN_BYTES] += m->threads[i].seen_bytes;
	}
}

static void set_source(struct writer *w, uint64_t *meta)
{
	const struct hpm_header *h = reader_header(w->t->reader);
	const struct metadata *m = reader_metadata(w->t->reader);

	meta[HPC_PROGRAM] = string(w, hpm_string(h, 0));
	meta[HPC_DIRECTORY] = string(w, hpm_string(h, 1));
	meta[HPC_HOST] = string(w, hpm_string(h, 2));
	meta[HPC_START] = h->start_ns;
	meta[HPC_PID] = h->pid;
	meta[HPC_PARENT] = h->parent_pid;
	meta[HPC_SAMPLE_BYTES] = h->interval;
	meta[HPC_DEPTH] = h->depth;
	meta[HPC_END] = m->state.end;
	meta[HPC_END_ERROR] = m->state.error;
	meta[HPC_FOREIGN_MALLOC] = m->state.foreign_malloc;
	sum_threads(m, meta);
}

static void put_meta(struct writer *w)
{
	const struct tables *t = w->t;
	const struct metadata *m = reader_metadata(t->reader);
	const struct reader_damage *d = reader_damage(t->reader);
	uint64_t meta[HPC_META_MAX] = {0};

	set_source(w, meta);
	meta[HPC_DURATION] = t->end_ns;
	meta[HPC_RECORDED] = t->state->recorded;
	meta[HPC_FREES] = t->state->frees;
	meta[HPC_LOST] = t->lost;
	meta[HPC_UNKNOWN_STACKS] =
		m->state.lost[HPM_LOST_STACKS] + t->state->bad_nodes;
	meta[HPC_CUT_STACKS] = m->state.lost[HPM_CUT_STACKS];
	/* What was cut off is unknown: a byte at least, in each file. */
	meta[HPC_DAMAGED_BYTES] = d->bytes + d->cut + m->damaged_bytes + m->cut;
	meta[HPC_UNKNOWN_MODULES] = t->frames->unknown_modules;
	meta[HPC_SHORTENED] = t->shortened;
	meta[HPC_INTERVAL] = t->interval_ns;
	meta[HPC_PEAK] = t->peak;
	meta[HPC_PEAK_RISE] = (uint64_t)t->peak_rise;
	meta[HPC_LISTED] = w->nr_frames;
	for (size_t i = 0; i < HPC_META_MAX; i++)
		put_number(&w->section, meta[i]);
	end_section(w, HPC_META, HPC_META_MAX);
}

static void put_arguments(struct writer *w)
{
	const struct hpm_header *h = reader_header(w->t->reader);
	const char *argument = h->argc ? hpm_string(h, 3) : NULL;

	for (uint32_t i = 0; i < h->argc; i++) {
		put_number(&w->section, string(w, argument));
		argument += strlen(argument) + 1;
	}
	end_section(w, HPC_ARGUMENTS, h->argc);
}

static void put_ranges(struct writer *w)
{
	const struct hpm_header *h = reader_header(w->t->reader);

	for (uint32_t i = 0; i < h->nr_ranges; i++) {
		put_number(&w->section, h->range[i].below);
		bytes_add(&w->section, &h->range[i].probability,
			  sizeof(double));
	}
	end_section(w, HPC_RANGES, h->nr_ranges);
}

static void put_frames(struct writer *w)
{
	uint32_t nr = w->t->frames->keys.nr;

	for (uint32_t i = 0; i < nr; i++) {
		struct hpc_frame frame;

		frames_get(w->t->frames, i, &frame);
		w->section.n += hpc_put_frame(
			bytes_room(&w->section, HPC_FRAME_MAX), &frame);
	}
	end_section(w, HPC_FRAMES, nr);
}

/* The integral of live bytes from the start to the end. */
static __int128 byte_ns(const struct snapshot_trace *t, uint64_t end_ns)
{
	uint64_t live = (uint64_t)t->allocated.bytes - (uint64_t)t->freed.bytes;
	__int128 all = (__int128)(int64_t)live * (int64_t)end_ns;

	return (__int128)((unsigned __int128)all -
			  (unsigned __int128)t->moment);
}

/* Outermost frames that are the same. */
static uint32_t count_shared(const uint32_t *a, uint32_t nr_a,
			     const uint32_t *b, uint32_t nr_b)
{
	uint32_t n = 0;

	while (n < nr_a && n < nr_b && a[nr_a - 1 - n] == b[nr_b - 1 - n])
		n++;
	return n;
}

/* @last: the frames of the trace before; it becomes those of this one. */
static void put_list(struct writer *w, struct hpc_trace *out,
		     const uint32_t *frames, struct bytes *last)
{
	size_t size = out->nr_frames * sizeof(*frames);

	w->nr_frames += out->nr_frames;
	if (w->nr_frames <= w->section.n * (uint64_t)HPC_FRAMES_A_BYTE)
		out->shared = count_shared(
			frames, out->nr_frames, (const uint32_t *)last->p,
			(uint32_t)(last->n / sizeof(*frames)));
	w->section.n +=
		hpc_put_trace(bytes_room(&w->section, HPC_TRACE_MAX), out);
	for (uint32_t i = 0; i < out->nr_frames - out->shared; i++)
		put_number(&w->section, frames[i]);
	last->n = 0;
	bytes_add(last, frames, size);
	if (last->failed)
		w->error = -ENOMEM;
}

static void put_trace(struct writer *w, const struct snapshot_trace *t,
		      struct bytes *last)
{
	struct hpc_trace out = {
		.node = t->node,
		.allocated = t->allocated,
		.freed = t->freed,
		.temporary = t->temporary,
		.peak = t->peak,
		.peak_ns = t->peak_ns,
		.byte_ns = byte_ns(t, w->t->end_ns),
		.waste = t->waste,
		.waste_var = t->waste_var / HPC_ONE,
		.area_var = snapshot_area_var(w->t->state, t, w->t->end_ns),
		.age = (double)t->age / HPC_ONE * 1e-9,
		.age_var = wide_value(&t->age2) / HPC_ONE * 1e-18,
		.age_cov = wide_value(&t->age1) / HPC_ONE * 1e-9,
	};
	const uint32_t *frames;
	int error =
		frames_trace(w->t->frames, t->node, &frames, &out.nr_frames);

	if (error)
		w->error = error;
	else
		put_list(w, &out, frames, last);
}

static void put_traces(struct writer *w)
{
	const struct snapshot *state = w->t->state;
	struct bytes last = {0};

	/* 0 is "other": the same everywhere, and nothing of its own. */
	for (uint32_t i = 1; i < state->nr_traces; i++)
		put_trace(w, &state->traces[i], &last);
	end_section(w, HPC_TRACES, state->nr_traces - 1);
	bytes_fini(&last);
}

static size_t count_classes(const struct classes *c)
{
	return (size_t)__builtin_popcountll(c->mask);
}

/* How many, then each with its number, less the one before, and its sums. */
static void put_classes(struct bytes *b, const struct classes *c, size_t width)
{
	const struct hpc_sum *sum = c->sums;
	unsigned before = 0;

	put_number(b, count_classes(c));
	for (unsigned i = 0; i < HPC_CLASSES; i++) {
		if (!(c->mask >> i & 1))
			continue;
		put_number(b, i - before);
		before = i + 1;
		for (size_t k = 0; k < width; k++)
			b->n += hpc_put_sum(bytes_room(b, HPC_SUM_MAX), sum++);
	}
}

static void put_spreads(struct writer *w)
{
	const struct snapshot *state = w->t->state;
	uint64_t nr_ages = 0, nr_sizes = 0;

	for (uint32_t i = 1; i < state->nr_traces; i++) {
		nr_ages += count_classes(&state->traces[i].ages);
		nr_sizes += count_classes(&state->traces[i].sizes);
	}
	put_number(&w->section, nr_ages);
	put_number(&w->section, nr_sizes);
	for (uint32_t i = 1; i < state->nr_traces; i++) {
		put_classes(&w->section, &state->traces[i].ages, 1);
		put_classes(&w->section, &state->traces[i].sizes,
			    HPC_SIZE_SUMS);
	}
	end_section(w, HPC_SPREADS, state->nr_traces - 1);
}

static void put_threads(struct writer *w)
{
	const struct metadata *m = reader_metadata(w->t->reader);
	const struct hpm_header *header = reader_header(w->t->reader);

	for (uint32_t i = 0; i < w->t->state->nr_threads; i++) {
		const struct snapshot_thread *s = &w->t->state->threads[i];
		struct hpc_thread out = {
			.allocated = s->allocated,
			.freed = s->freed,
			.peak_live = s->peak_live,
			.end_live = weight_less(&s->allocated, &s->gone),
		};

		if (i > 0) {
			const struct hpm_thread *h = &m->threads[i];
			char name[sizeof(h->name) + 1] = "";

			memcpy(name, h->name, sizeof(h->name));
			out.name = string(w, name);
			out.tid = h->tid;
			out.seen = h->seen;
			out.seen_bytes = h->seen_bytes;
			out.start_ns = reader_ns(header, h->start_tick);
		}
		w->section.n += hpc_put_thread(
			bytes_room(&w->section, HPC_THREAD_MAX), &out);
	}
	end_section(w, HPC_THREADS, w->t->state->nr_threads);
}

static uint32_t build_id(struct writer *w, const struct hpm_module *m)
{
	char hex[2 * sizeof(m->build_id) + 1];

	for (unsigned i = 0; i < m->build_id_length; i++)
		snprintf(hex + 2 * i, 3, "%02x", m->build_id[i]);
	return m->build_id_length ? string(w, hex) : 0;
}

/* Those of version 1 are source files, which were not mapped. */
static void put_modules(struct writer *w)
{
	const struct metadata *m = reader_metadata(w->t->reader);
	uint64_t nr = 0;

	for (size_t i = 0; i < m->nr_modules; i++) {
		const struct metadata_module *module = &m->modules[i];
		struct hpc_module out = {
			.path = string(w, module->path),
			.build_id = build_id(w, &module->is),
			.start = module->is.start,
			.size = module->is.end - module->is.start,
			.offset = module->is.start - module->is.bias,
		};

		if (module->source)
			continue;
		w->section.n += hpc_put_module(
			bytes_room(&w->section, HPC_MODULE_MAX), &out);
		nr++;
	}
	end_section(w, HPC_MODULES, nr);
}

static void put_marks(struct writer *w)
{
	const struct metadata *m = reader_metadata(w->t->reader);
	const struct hpm_header *header = reader_header(w->t->reader);
	size_t nr = 0;

	for (; nr < m->nr_marks; nr++) {
		struct hpc_mark out = {
			.time_ns = reader_ns(header, m->marks[nr].tick)};

		if (out.time_ns > w->t->end_ns)
			break;
		out.label = string(w, m->marks[nr].label);
		w->section.n += hpc_put_mark(
			bytes_room(&w->section, HPC_MARK_MAX), &out);
	}
	end_section(w, HPC_MARKS, nr);
}

static void put_instants(struct writer *w)
{
	const struct tables *t = w->t;

	for (size_t i = 0; i < t->nr_instants; i++)
		w->section.n += hpc_put_instant(
			bytes_room(&w->section, HPC_INSTANT_MAX),
			&t->instants[i], i > 0 ? &t->instants[i - 1] : NULL);
	end_section(w, HPC_INSTANTS, t->nr_instants);
}

static void put_strings(struct writer *w)
{
	const struct intern *strings = &w->t->frames->strings;

	bytes_add(&w->section, strings->pool.p, strings->pool.n);
	end_section(w, HPC_STRINGS, strings->nr);
}

int tables_write(const struct tables *t, struct output *o)
{
	struct writer w = {.t = t};
	struct hpc_trailer trailer = {.sections = o->offset};

	put_arguments(&w);
	put_ranges(&w);
	put_frames(&w);
	put_traces(&w);
	put_spreads(&w);
	put_threads(&w);
	put_modules(&w);
	put_marks(&w);
	put_instants(&w);
	put_meta(&w);
	put_strings(&w);
	if (w.all.failed)
		w.error = -ENOMEM;
	trailer.length = w.all.n;
	trailer.sections_crc = block_crc32c(0, w.all.p, w.all.n);
	hpc_seal_trailer(&trailer);
	output_write(o, w.all.p, w.all.n);
	output_write(o, &trailer, sizeof(trailer));
	bytes_fini(&w.section);
	bytes_fini(&w.all);
	return w.error;
}
