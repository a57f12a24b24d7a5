/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

char fixture_said[1024];

static void hear(void *arg, enum heapprof_severity severity, const char *text)
{
	(void)arg;
	snprintf(fixture_said, sizeof(fixture_said), "%d %s", severity, text);
}

const struct heapprof_listener fixture_listener = {.message = hear};

int __real_digest_snapshot(const struct digest *d, size_t index,
			   struct digest_usage **usage, size_t *n);
int __wrap_digest_snapshot(const struct digest *d, size_t index,
			   struct digest_usage **usage, size_t *n);

int __wrap_digest_snapshot(const struct digest *d, size_t index,
			   struct digest_usage **usage, size_t *n)
{
	const struct fixture *f = (const struct fixture *)d;

	if (d->file || d->merge)
		return __real_digest_snapshot(d, index, usage, n);
	ck_assert_uint_lt(index, d->nr_instants);
	*n = f->nr_usage[index];
	*usage = malloc((*n + 1) * sizeof(**usage));
	ck_assert_ptr_nonnull(*usage);
	memcpy(*usage, f->usage[index], *n * sizeof(**usage));
	return 0;
}

struct fixture *fixture_new(void)
{
	static const char *const argv[] = {"./prog", "--size", "3", NULL};
	struct fixture *f = calloc(1, sizeof(*f));
	struct digest *d = &f->digest;

	d->argv = argv;
	d->program = "/usr/bin/prog";
	d->directory = "/";
	d->host = "box";
	d->start_realtime_ns = 1700000000123456789;
	d->pid = 4242;
	d->depth = 256;
	d->end = 1;
	d->precision = 0.01;
	d->frames = f->frames;
	d->traces = f->traces;
	d->runs = f->runs;
	d->spreads = f->spreads;
	d->nr_traces = 1;
	d->threads = f->threads;
	d->nr_threads = 1;
	d->marks = f->marks;
	d->ranges = f->ranges;
	d->instants = f->instants;
	return f;
}

void fixture_free(struct fixture *f)
{
	arena_fini(&f->arena);
	free(f);
}

uint32_t fixture_frame(struct fixture *f, const char *function,
		       const char *file, uint32_t line)
{
	uint32_t n = (uint32_t)f->digest.nr_frames++;

	f->frames[n] = (struct digest_frame){
		.function = function,
		.file = file,
		.module = "/usr/bin/prog",
		.offset = 0x1000 + 16 * n,
		.line = line,
	};
	return n;
}

uint32_t fixture_trace(struct fixture *f, ...)
{
	uint32_t n = (uint32_t)f->digest.nr_traces++;
	struct digest_trace *t = &f->traces[n];
	va_list args;
	int frame;

	t->frames = f->stacks[n];
	va_start(args, f);
	while ((frame = va_arg(args, int)) >= 0)
		f->stacks[n][t->nr_frames++] = (uint32_t)frame;
	va_end(args);
	return n;
}

size_t fixture_instant(struct fixture *f, double seconds, uint32_t kinds)
{
	size_t n = f->digest.nr_instants++;

	f->instants[n].time_ns = (uint64_t)(seconds * 1e9);
	f->instants[n].kinds = kinds;
	f->digest.duration_ns = f->instants[n].time_ns;
	return n;
}

static void add(struct sum *to, const struct sum *s)
{
	to->bytes += s->bytes;
	to->count += s->count;
	to->bytes_var += s->bytes_var;
	to->count_var += s->count_var;
}

void fixture_usage(struct fixture *f, uint32_t trace, struct sum live,
		   struct sum allocated, struct sum freed)
{
	size_t i = f->digest.nr_instants - 1;
	struct digest_instant *in = &f->instants[i];

	f->usage[i][f->nr_usage[i]++] =
		(struct digest_usage){trace, live, allocated, freed};
	add(&in->live, &live);
	add(&in->allocated, &allocated);
	add(&in->freed, &freed);
	add(&f->traces[trace].allocated, &allocated);
	add(&f->runs[trace].freed, &freed);
}

void fixture_lived(struct fixture *f, uint32_t trace, uint32_t class,
		   struct sum freed, double mean_age)
{
	struct digest_spread *t = &f->spreads[trace];
	struct digest_age *age = &f->runs[trace].age;

	t->lived = f->lived[trace];
	f->lived[trace][t->nr_lived++] = (struct digest_lived){class, freed};
	age->sum += freed.count * mean_age;
	age->sum_var += freed.count_var * mean_age * mean_age;
	age->cov += freed.count_var * mean_age;
}

void fixture_sized(struct fixture *f, uint32_t trace, uint32_t class,
		   struct sum allocated, struct sum peak)
{
	struct digest_spread *t = &f->spreads[trace];

	t->sized = f->sized[trace];
	f->sized[trace][t->nr_sized++] = (struct digest_sized){
		.class = class, .allocated = allocated, .peak = peak};
}

struct sum fixture_exact(double bytes, double count)
{
	return (struct sum){.bytes = bytes, .count = count};
}

struct sum fixture_sampled(double bytes, double count, double p)
{
	double size = count > 0 ? bytes / count : 0;

	/* @count blocks stand for count * p recorded ones. */
	return (struct sum){bytes, count,
			    count * p * size * size * (1 - p) / (p * p),
			    count * p * (1 - p) / (p * p)};
}

struct digest *fixture_digest(struct fixture *f)
{
	struct digest *d = &f->digest;

	for (size_t i = 0; i < d->nr_instants; i++) {
		struct digest_instant *in = &f->instants[i];

		if (i) {
			add(&in->allocated, &in[-1].allocated);
			add(&in->freed, &in[-1].freed);
		}
		if (in->max_live.bytes < in->live.bytes)
			in->max_live = in->live;
		if (in->live.bytes > f->instants[d->peak].live.bytes)
			d->peak = i;
	}
	if (d->nr_instants) {
		const struct digest_instant *end =
			&f->instants[d->nr_instants - 1];

		d->seen = (uint64_t)end->allocated.count;
		d->seen_bytes = (uint64_t)end->allocated.bytes;
		d->recorded = d->seen;
		d->frees = (uint64_t)end->freed.count;
	}
	return d;
}

struct fixture *fixture_moved(double p)
{
	struct fixture *f = fixture_new();
	uint32_t main = fixture_frame(f, "main", "m.c", 1);
	uint32_t keep =
		fixture_trace(f, fixture_frame(f, "keep", "m.c", 2), main, -1);
	uint32_t gain =
		fixture_trace(f, fixture_frame(f, "gain", "m.c", 3), main, -1);
	uint32_t lose =
		fixture_trace(f, fixture_frame(f, "lose", "m.c", 4), main, -1);
	struct sum none = {0}, many = fixture_sampled(1e6, 1e4, p);
	struct sum few = fixture_sampled(4e5, 4e3, p);
	struct sum rest = fixture_sampled(6e5, 6e3, p);

	fixture_instant(f, 0, DIGEST_START);
	fixture_instant(f, 1, DIGEST_INTERVAL);
	fixture_usage(f, keep, many, many, none);
	fixture_usage(f, lose, many, many, none);
	fixture_instant(f, 2, DIGEST_END);
	fixture_usage(f, keep, many, none, none);
	fixture_usage(f, gain, few, few, none);
	fixture_usage(f, lose, rest, none, few);
	fixture_digest(f);
	return f;
}

static uint32_t shapes_of(const char *format)
{
	const struct renderer *r = format ? render_find(format) : NULL;

	return r ? render_shapes(r) : SHAPE_ANY;
}

bool fixture_can(const struct heapprof_report_options *options)
{
	struct query q;
	int err = query_ask(&q, options, shapes_of(options->format),
			    &fixture_listener);

	query_fini(&q);
	return !err;
}

void fixture_ask(struct fixture *f,
		 const struct heapprof_report_options *options,
		 struct result *out)
{
	struct query *q = &f->query;
	int err = query_ask(q, options, shapes_of(options->format),
			    &fixture_listener);

	ck_assert_msg(!err, "%s", fixture_said);
	err = query_bind(q, &f->digest, &f->arena, &fixture_listener);
	ck_assert_msg(!err, "%s", fixture_said);
	q->running = f->digest.end == 0;
	ck_assert_int_eq(query_run(q, out), 0);
	query_fini(q);
}

char *fixture_report(struct fixture *f,
		     const struct heapprof_report_options *options)
{
	const struct renderer *renderer;
	char why[TARGET_WHY] = "";
	struct target t = {.why = why,
			   .width = options->width ? options->width : 80,
			   .utf8 = options->utf8,
			   .color = options->color};
	struct result result;
	char *text = NULL;
	size_t size = 0;

	fixture_ask(f, options, &result);
	renderer = render_find(options->format ? options->format : "text");
	ck_assert_ptr_nonnull(renderer);
	t.out = open_memstream(&text, &size);
	ck_assert_int_eq(render_result(renderer, &t, &result), 0);
	fclose(t.out);
	/* All are text but the one that is compressed. */
	if (strcmp(renderer->name, "pprof") != 0)
		ck_assert_uint_eq(strlen(text), size);
	return text;
}
