/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "base.h"
#include "intern.h"

#include "about.h"
#include "dhat.h"
#include "frame.h"
#include "holdings.h"
#include "json_value.h"

/*
 * A viewer refuses two points of one stack, so traces with the same frames are
 * one.  The most that such a one held is at most the sum of what its traces
 * did, which is what it gets.
 */

/* What DHAT calls a program point. */
struct program_point {
	struct sum total, peak, end; /* the peak of the run */
	struct sum most;	     /* its own peak */
	double lived_s;
};

struct dhat {
	FILE *out;
	const struct history *h;
	const char *other; /* name of HISTORY_OTHER */
	struct arena arena;
	struct holdings holdings;
	struct intern stacks;	      /* frames, innermost first; or a name */
	struct program_point *points; /* of each stack */
	uint32_t *sample;	      /* of each stack: one of its traces */
	double *lived_s;	      /* of each trace */
	bool all_lived; /* blocks that were not freed are in that */
	char **labels;	/* of frames */
};

static void add(struct sum *to, const struct sum *s)
{
	to->bytes += s->bytes;
	to->count += s->count;
}

/*
 * How long all blocks lived, those that were not freed up to the end; the
 * digest alone knows that of the freed ones.
 */
static int find_lives(struct dhat *p, struct history *h)
{
	struct history_event e;
	double end_s;
	int more = 0;

	p->all_lived = h->next_event != NULL;
	for (size_t i = 0; i < h->nr_traces && !p->all_lived; i++)
		p->lived_s[i] = h->traces[i].lived_s;
	if (!p->all_lived)
		return 0;
	end_s = (double)h->instants[h->nr_instants - 1].time_ns * 1e-9;
	while ((more = h->next_event(h, &e)) > 0)
		p->lived_s[e.trace] += (e.free ? -1 : 1) * e.count *
				       (end_s - (double)e.time_ns * 1e-9);
	return more;
}

static int add_trace(struct dhat *p, uint32_t trace)
{
	const struct history_trace *t = &p->h->traces[trace];
	const uint32_t *frames = t->frames + t->site;
	size_t n = (t->nr_frames - t->site) * sizeof(*frames);
	const char *name =
		trace == HISTORY_OTHER ? p->other : "(stack unknown)";
	struct program_point *point;
	uint32_t number;

	if (t->hidden || p->holdings.allocated[trace].count <= 0)
		return 0;
	if (intern_add(&p->stacks, n ? (const void *)frames : name,
		       n ? n : strlen(name), &number))
		return -ENOMEM;
	p->sample[number] = trace;
	point = &p->points[number];
	add(&point->total, &p->holdings.allocated[trace]);
	add(&point->peak, &p->holdings.live[trace]);
	add(&point->end, &p->holdings.end[trace]);
	/* Of what is in no trace there is no peak of its own. */
	add(&point->most,
	    trace == HISTORY_OTHER ? &p->holdings.live[trace] : &t->peak);
	point->lived_s += p->lived_s[trace];
	return 0;
}

static void put_sum(struct dhat *p, const char *key, const struct sum *s)
{
	fprintf(p->out, ",\"%sb\":%llu,\"%sbk\":%llu", key,
		(unsigned long long)holdings_round(s->bytes), key,
		(unsigned long long)holdings_round(s->count));
}

/* Frames are numbered from 1, and the two that are none after them. */
static void put_stack(struct dhat *p, uint32_t trace)
{
	const struct history_trace *t = &p->h->traces[trace];

	fputs(",\"fs\":[", p->out);
	for (uint32_t i = t->site; i < t->nr_frames; i++)
		fprintf(p->out, "%s%u", i > t->site ? "," : "",
			t->frames[i] + 1);
	if (!t->nr_frames)
		fprintf(p->out, "%zu",
			p->h->nr_frames + (trace == HISTORY_OTHER ? 1 : 2));
	fputc(']', p->out);
}

static void put_points(struct dhat *p)
{
	for (uint32_t i = 0; i < p->stacks.nr; i++) {
		const struct program_point *point = &p->points[i];

		fprintf(p->out, "%s{\"tl\":%llu", i ? "\n," : "\n ",
			(unsigned long long)holdings_round(point->lived_s *
							   1e6));
		put_sum(p, "t", &point->total);
		put_sum(p, "m", &point->most);
		put_sum(p, "g", &point->peak);
		put_sum(p, "e", &point->end);
		put_stack(p, p->sample[i]);
		fputc('}', p->out);
	}
	/* There has to be one. */
	if (!p->stacks.nr)
		fprintf(p->out,
			"\n {\"tl\":0,\"tb\":0,\"tbk\":0,\"mb\":0,\"mbk\":0,"
			"\"gb\":0,\"gbk\":0,\"eb\":0,\"ebk\":0,\"fs\":[%zu]}",
			p->h->nr_frames + 1);
}

static void put_frames(struct dhat *p)
{
	fputs("\"[root]\"", p->out);
	for (size_t i = 0; i < p->h->nr_frames; i++) {
		fputs("\n,", p->out);
		json_string(p->out, p->labels[i]);
	}
	fputs("\n,", p->out);
	json_string(p->out, p->other);
	fputs("\n,\"(stack unknown)\"", p->out);
}

/* The viewer shows the command, and so all else that is to be known. */
static void put_command(struct dhat *p, const char *command, const char *about)
{
	const char *line, *separator = " [";
	char *text = NULL;
	size_t n, size;
	FILE *out = open_memstream(&text, &size);

	if (out) {
		fputs(command, out);
		while ((n = about_next(&about, &line))) {
			fprintf(out, "%s%.*s", separator, (int)n, line);
			separator = "; ";
		}
		fputc(']', out);
		if (fclose(out))
			out = NULL;
	}
	json_string(p->out, out ? text : command);
	free(text);
}

static void put_profile(struct dhat *p, const struct result *r,
			const char *command, const char *about)
{
	const struct history *h = p->h;
	uint64_t end_ns = 0, peak_ns = 0;

	if (h->nr_instants) {
		end_ns = h->instants[h->nr_instants - 1].time_ns;
		peak_ns = h->instants[h->peak].time_ns;
	}
	fputs("{\"dhatFileVersion\":2,\"mode\":\"heap\",\"verb\":\"Allocated\""
	      ",\"bklt\":true,\"bkacc\":false\n,\"tu\":\"us\",\"Mtu\":\"s\","
	      "\"tuth\":500\n,\"cmd\":",
	      p->out);
	put_command(p, command, about);
	fprintf(p->out, "\n,\"pid\":%u,\"te\":%llu,\"tg\":%llu\n,\"pps\":[",
		r->basis.pid, (unsigned long long)(end_ns / 1000),
		(unsigned long long)(peak_ns / 1000));
	put_points(p);
	fputs("]\n,\"ftbl\":[", p->out);
	put_frames(p);
	fputs("]}\n", p->out);
}

static int put_file(struct dhat *p, const struct result *r)
{
	char *command = about_command(r);
	struct about about;
	const char *text;

	about_begin(&about, r);
	about_hidden(&about, p->h);
	if (!p->all_lived)
		about_line(&about, "lifetimes of freed blocks: those of the "
				   "others are in the log, which was not at "
				   "hand");
	text = about_end(&about);
	if (text && command)
		put_profile(p, r, command, text);
	about_fini(&about);
	free(command);
	return text && command ? 0 : -ENOMEM;
}

static int init(struct dhat *p, struct history *h)
{
	size_t n = h->nr_traces;
	int err;

	p->points = arena_alloc(&p->arena, n, sizeof(*p->points));
	p->sample = arena_alloc(&p->arena, n, sizeof(*p->sample));
	p->lived_s = arena_alloc(&p->arena, n, sizeof(*p->lived_s));
	p->labels = frame_labels(h, &p->arena);
	if (!p->points || !p->sample || !p->lived_s || !p->labels || !p->other)
		return -ENOMEM;
	err = holdings_add_up(h, &p->arena, &p->holdings);
	if (!err)
		err = find_lives(p, h);
	for (uint32_t i = 0; i < n && !err; i++)
		err = add_trace(p, i);
	return err;
}

int dhat_history(const struct target *t, const struct result *r)
{
	struct dhat p = {.out = t->out, .h = r->history};
	int err;

	p.other = arena_printf(&p.arena, "(small ones, by --precision %g)",
			       r->basis.precision);
	err = init(&p, r->history);
	if (!err)
		err = put_file(&p, r);
	intern_fini(&p.stacks);
	arena_fini(&p.arena);
	return err;
}
