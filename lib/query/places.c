/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base.h"

#include "places.h"
#include "wrapper.h"

/*
 * A function is its name and its module: its file is not part of that, as
 * generated code has functions whose lines are of several files.  Without a
 * name, an address is a function of its own, and so is a line of a profile that
 * has only these.
 */

static uint64_t hash_string(uint64_t h, const char *s)
{
	for (; s && *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	return h * 31 + 1;
}

static uint64_t hash_frame(const struct digest_frame *f, enum by by)
{
	uint64_t h = hash_string(0xcbf29ce484222325, f->module) + f->cut;

	if (by == BY_MODULE)
		return h;
	h = hash_string(h, f->function);
	if (!f->function)
		h = h * 31 + f->offset;
	return by == BY_LINE || !f->function
		       ? hash_string(h, f->file) * 31 + f->line
		       : h;
}

static bool same_string(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_frame(const struct digest_frame *a,
		       const struct digest_frame *b, enum by by)
{
	if (a->cut != b->cut || !same_string(a->module, b->module))
		return false;
	if (by == BY_MODULE || a->cut)
		return true;
	if (!same_string(a->function, b->function))
		return false;
	if (!a->function && a->offset != b->offset)
		return false;
	return (by != BY_LINE && a->function) ||
	       (same_string(a->file, b->file) && a->line == b->line);
}

/* The slot of @frame in @table, which holds numbers of frames plus 1. */
static uint32_t *find_slot(const struct digest *d, uint32_t *table, size_t mask,
			   uint32_t frame, enum by by)
{
	size_t i = hash_frame(&d->frames[frame], by);

	for (i = (i ^ i >> 29) & mask; table[i]; i = (i + 1) & mask)
		if (same_frame(&d->frames[table[i] - 1], &d->frames[frame], by))
			break;
	return &table[i];
}

int places_group(const struct query *q, struct places *out)
{
	const struct digest *d = q->digest;
	size_t size = 64;
	uint32_t *table;

	while (size < d->nr_frames * 2)
		size *= 2;
	table = arena_alloc(q->arena, size, sizeof(*table));
	out->group = arena_alloc(q->arena, d->nr_frames, sizeof(*out->group));
	out->first =
		arena_alloc(q->arena, d->nr_frames + 1, sizeof(*out->first));
	out->wrapper =
		arena_alloc(q->arena, d->nr_frames, sizeof(*out->wrapper));
	out->plain = arena_alloc(q->arena, d->nr_frames, sizeof(*out->plain));
	if (!table || !out->group || !out->first || !out->wrapper ||
	    !out->plain)
		return -ENOMEM;

	out->nr = 1;
	out->site = out->owner = NULL;
	out->depth = 0;
	out->named = false;
	for (uint32_t i = 0; i < d->nr_frames; i++) {
		uint32_t *slot = find_slot(d, table, size - 1, i, q->by);

		out->wrapper[i] = wrapper_is(d->frames[i].function);
		out->named |= d->frames[i].function != NULL;
		if (!*slot) {
			*slot = i + 1;
			out->first[out->nr] = i;
			out->group[i] = out->nr++;
		} else {
			out->group[i] = out->group[*slot - 1];
		}
	}
	for (uint32_t i = 0; i < d->nr_frames; i++)
		out->plain[i] = !d->frames[i].cut && !out->wrapper[i] &&
				(d->frames[i].function || !out->named);
	return 0;
}

/* Where programs start: true of every stack, so that it says nothing. */
static bool is_entry(const char *function)
{
	return !strcmp(function, "main") || !strcmp(function, "_start");
}

/*
 * A function without a name, in a stripped library, is told by who called it:
 * the nearest frame of the same module that has a name.
 */
static uint32_t find_named(const struct places *p, const struct digest *d,
			   const struct digest_trace *t, uint32_t site)
{
	const struct digest_frame *f = &d->frames[t->frames[site]];

	for (uint32_t i = site; p->named && i < t->nr_frames; i++) {
		const struct digest_frame *g = &d->frames[t->frames[i]];

		if (g->cut || !same_string(f->module, g->module))
			break;
		if (g->function && !p->wrapper[t->frames[i]])
			return is_entry(g->function) ? site : i;
	}
	return site;
}

uint32_t places_site(const struct places *p, const struct digest *d,
		     const struct digest_trace *t)
{
	uint32_t last = t->nr_frames;

	if (last > 0 && likely(p->plain[t->frames[0]]))
		return 0;
	for (uint32_t i = 0; i < t->nr_frames; i++) {
		if (d->frames[t->frames[i]].cut)
			continue;
		if (!p->wrapper[t->frames[i]])
			return find_named(p, d, t, i);
		last = i;
	}
	return last;
}

int places_find(const struct query *q, struct places *p)
{
	const struct digest *d = q->digest;

	p->site = arena_alloc(q->arena, d->nr_traces, sizeof(*p->site));
	p->owner = arena_alloc(q->arena, d->nr_traces, sizeof(*p->owner));
	if (!p->site || !p->owner)
		return -ENOMEM;
	for (uint32_t i = 1; i < d->nr_traces; i++) {
		const struct digest_trace *t = &d->traces[i];
		uint32_t site = places_site(p, d, t);

		p->depth = MAX(p->depth, t->nr_frames);
		if (site < t->nr_frames) {
			p->site[i] = site;
			p->owner[i] = p->group[t->frames[site]];
		} else {
			p->owner[i] = PLACES_UNKNOWN;
		}
	}
	return 0;
}

struct place places_frame(const struct digest *d, uint32_t frame, enum by by)
{
	const struct digest_frame *f = &d->frames[frame];

	return (struct place){
		.kind = f->cut		  ? PLACE_CUT
			: by == BY_MODULE ? PLACE_MODULE
			: by == BY_LINE	  ? PLACE_LINE
					  : PLACE_FUNCTION,
		.function = by == BY_MODULE ? NULL : f->function,
		.file = by == BY_MODULE ? NULL : f->file,
		.module = f->module,
		.offset = by == BY_MODULE ? 0 : f->offset,
		.line = by == BY_MODULE ? 0 : f->line,
		.inlined = f->inlined,
	};
}

struct place places_unknown(void)
{
	return (struct place){.kind = PLACE_UNKNOWN};
}
