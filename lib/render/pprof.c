/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "base.h"

#include "about.h"
#include "gzip.h"
#include "holdings.h"
#include "name.h"
#include "pprof.h"
#include "pprof_places.h"
#include "proto.h"
#include "shares.h"

#define GZIP_LEVEL 6

/*
 * Fields of a message may come in any order, and so the samples come first:
 * they number the places and strings that they need.
 */

enum profile {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE,
	PROFILE_STRING = 6, /* what is between them is of pprof_places.h */
	PROFILE_DROP_FRAMES,
	PROFILE_TIME = 9,
	PROFILE_DURATION,
	PROFILE_PERIOD_TYPE,
	PROFILE_PERIOD,
	PROFILE_COMMENT,
	PROFILE_DEFAULT_TYPE,
};

enum value_type { VALUE_TYPE = 1, VALUE_UNIT };
enum sample { SAMPLE_LOCATIONS = 1, SAMPLE_VALUES, SAMPLE_LABEL };
enum label { LABEL_KEY = 1, LABEL_STRING, LABEL_NUMBER, LABEL_UNIT };

struct pprof {
	struct gzip gzip;
	const struct history *h;
	struct arena arena;
	struct shares shares; /* if from_log; else, less exactly: */
	struct holdings holdings;
	bool from_log;
	struct pprof_places places;
	struct bytes part, inner; /* messages that are being made */
};

/* Appends @message to the file, and empties it. */
static void put_message(struct pprof *p, unsigned field, struct bytes *message)
{
	struct bytes *out = &p->inner;

	out->n = 0;
	proto_element(out, field, message->p, message->n);
	gzip_put(&p->gzip, out->p, out->n);
	message->n = 0;
}

static void put_int(struct pprof *p, unsigned field, uint64_t v)
{
	struct bytes *out = &p->inner;

	out->n = 0;
	proto_int(out, field, v);
	gzip_put(&p->gzip, out->p, out->n);
}

static void put_label(struct pprof *p, const char *key, const char *text)
{
	struct bytes *b = &p->inner;

	b->n = 0;
	proto_int(b, LABEL_KEY, pprof_string(&p->places, key));
	proto_int(b, LABEL_STRING, pprof_string(&p->places, text));
	proto_element(&p->part, SAMPLE_LABEL, b->p, b->n);
}

/* The mean size of blocks, of which there are some. */
static void put_size(struct pprof *p, const struct share *s)
{
	struct bytes *b = &p->inner;
	double n = s->allocated_count;

	b->n = 0;
	proto_int(b, LABEL_KEY, pprof_string(&p->places, "bytes"));
	proto_int(b, LABEL_NUMBER, holdings_round(s->allocated_bytes / n));
	proto_int(b, LABEL_UNIT, pprof_string(&p->places, "bytes"));
	proto_element(&p->part, SAMPLE_LABEL, b->p, b->n);
}

static void put_thread(struct pprof *p, uint32_t thread)
{
	const struct place *place;
	char name[NAME_BYTES], tid[16];

	if (thread >= p->h->nr_threads)
		return;
	place = &p->h->threads[thread].place;
	snprintf(tid, sizeof(tid), "%u", place->tid);
	put_label(p, "tid", tid);
	if (!place->thread)
		return;
	name_text(name, place->thread, NAME_BYTES, true);
	put_label(p, "thread", name);
}

static void put_share(struct pprof *p, const struct share *s, bool sized)
{
	const uint64_t values[] = {holdings_round(s->allocated_count),
				   holdings_round(s->allocated_bytes),
				   holdings_round(s->live_count),
				   holdings_round(s->live_bytes)};
	size_t n;

	if (p->h->traces[s->trace].hidden ||
	    (!values[0] && !values[1] && !values[2] && !values[3]))
		return;
	n = pprof_locations(&p->places, s->trace);
	proto_packed(&p->part, SAMPLE_LOCATIONS, p->places.ids, n);
	proto_packed(&p->part, SAMPLE_VALUES, values, ARRAY_SIZE(values));
	if (sized)
		put_size(p, s);
	put_thread(p, s->thread);
	put_message(p, PROFILE_SAMPLE, &p->part);
}

static void put_sums(struct pprof *p, uint32_t trace,
		     const struct sum *allocated, const struct sum *live,
		     bool sized)
{
	const struct share s = {
		.trace = trace,
		.thread = (uint32_t)p->h->nr_threads,
		.live_bytes = live->bytes,
		.live_count = live->count,
		.allocated_bytes = allocated->bytes,
		.allocated_count = allocated->count,
	};

	put_share(p, &s, sized);
}

static void put_sizes(struct pprof *p, uint32_t trace)
{
	const struct history_trace *t = &p->h->traces[trace];

	for (size_t i = 0; i < t->nr_sizes; i++) {
		struct sum live = holdings_live_of(p->h, &t->sizes[i]);

		put_sums(p, trace, &t->sizes[i].allocated, &live, true);
	}
}

static void put_samples(struct pprof *p)
{
	const struct holdings *all = &p->holdings;

	for (size_t i = 0; i < p->shares.nr && p->from_log; i++)
		put_share(p, &p->shares.of[i], true);
	for (uint32_t i = 0; i < p->h->nr_traces && !p->from_log; i++)
		if (all->sized)
			put_sizes(p, i);
		else
			put_sums(p, i, &all->allocated[i], &all->live[i],
				 false);
}

static void put_type(struct pprof *p, unsigned field, const char *type,
		     const char *unit)
{
	proto_int(&p->part, VALUE_TYPE, pprof_string(&p->places, type));
	proto_int(&p->part, VALUE_UNIT, pprof_string(&p->places, unit));
	put_message(p, field, &p->part);
}

/* In this order everywhere: readers that know no default take the last. */
static void put_types(struct pprof *p)
{
	put_type(p, PROFILE_SAMPLE_TYPE, "alloc_objects", "count");
	put_type(p, PROFILE_SAMPLE_TYPE, "alloc_space", "bytes");
	put_type(p, PROFILE_SAMPLE_TYPE, "inuse_objects", "count");
	put_type(p, PROFILE_SAMPLE_TYPE, "inuse_space", "bytes");
	put_int(p, PROFILE_DEFAULT_TYPE,
		pprof_string(&p->places, "inuse_space"));
	put_type(p, PROFILE_PERIOD_TYPE, "space", "bytes");
}

static void put_command(struct pprof *p, const struct result *r)
{
	char *command = about_command(r);

	if (command)
		put_int(p, PROFILE_COMMENT, pprof_string(&p->places, command));
	else
		p->places.err = -ENOMEM;
	free(command);
}

static void put_comments(struct pprof *p, const struct result *r)
{
	struct about about;
	const char *text, *line;
	size_t n;

	put_command(p, r);
	about_begin(&about, r);
	about_live(&about, p->h);
	about_allocated(&about, p->h);
	about_hidden(&about, p->h);
	about_line(&about, "an address is the lowest one of its line");
	if (!p->from_log)
		about_line(&about, "no threads: they are in the log, which was "
				   "not at hand");
	if (!p->from_log && !p->holdings.sized)
		about_line(&about, "no sizes: they are known of the whole run, "
				   "at its peak and its end");
	text = about_end(&about);
	if (!text)
		p->places.err = -ENOMEM;
	while (text && (n = about_next(&text, &line)))
		put_int(p, PROFILE_COMMENT,
			pprof_number(&p->places, &p->places.strings, line, n));
	about_fini(&about);
}

static void put_run(struct pprof *p, const struct basis *b)
{
	const struct history *h = p->h;
	struct bytes pattern = {0};

	put_int(p, PROFILE_PERIOD, MAX(b->sample_bytes, 1u));
	if (h->nr_instants) {
		put_int(p, PROFILE_TIME,
			b->start_realtime_ns + h->instants[h->at].time_ns);
		put_int(p, PROFILE_DURATION,
			h->instants[h->nr_instants - 1].time_ns -
				h->instants[0].time_ns);
	}
	if (pprof_drop_frames(h, &pattern) || pattern.failed)
		p->places.err = -ENOMEM;
	else if (pattern.n)
		put_int(p, PROFILE_DROP_FRAMES,
			pprof_number(&p->places, &p->places.strings, pattern.p,
				     pattern.n));
	bytes_fini(&pattern);
}

static void put_strings(struct pprof *p)
{
	for (uint32_t i = 0; i < p->places.strings.nr; i++) {
		size_t n;
		const void *s = intern_get(&p->places.strings, i, &n);

		bytes_add(&p->part, s, n);
		put_message(p, PROFILE_STRING, &p->part);
	}
}

static void put_profile(struct pprof *p, const struct result *r)
{
	const struct pprof_places *l = &p->places;

	put_types(p);
	put_samples(p);
	gzip_put(&p->gzip, l->mapping_messages.p, l->mapping_messages.n);
	gzip_put(&p->gzip, l->location_messages.p, l->location_messages.n);
	gzip_put(&p->gzip, l->function_messages.p, l->function_messages.n);
	put_run(p, &r->basis);
	put_comments(p, r);
	put_strings(p);
}

static int make(struct pprof *p, FILE *out, const struct result *r)
{
	int closed, err = gzip_open(&p->gzip, out, GZIP_LEVEL);

	if (err)
		return err;
	put_profile(p, r);
	closed = gzip_close(&p->gzip);
	if (p->part.failed || p->inner.failed)
		return -ENOMEM;
	err = pprof_places_error(&p->places);
	return err ? err : closed;
}

static int add_up(struct pprof *p, struct history *h)
{
	int err = shares_pull(h, &p->shares);

	if (err < 0)
		return err;
	p->from_log = err;
	return err ? 0 : holdings_add_up(h, &p->arena, &p->holdings);
}

int pprof_history(const struct target *t, const struct result *r)
{
	struct pprof p = {.h = r->history};
	int err = pprof_places_init(&p.places, p.h, r->basis.program,
				    r->basis.precision);

	if (!err)
		err = add_up(&p, r->history);
	if (!err)
		err = make(&p, t->out, r);
	pprof_places_fini(&p.places);
	shares_fini(&p.shares);
	arena_fini(&p.arena);
	bytes_fini(&p.part);
	bytes_fini(&p.inner);
	return err;
}
