/* SPDX-License-Identifier: MIT */
/*
 * Bytes are kept as they came and read twice: once as they come, when all is
 * checked and the places of strings are noted, and once when they are used.
 * Places, not pointers: the bytes move as they grow.
 *
 * A record that is not whole yet ends where the bytes do, and a damaged one may
 * seem to.  It is damage once there are as many bytes as the longest record
 * has.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "format/varint.h"
#include "list.h"

#include "answers.h"
#include "answers_tags.h"

#define RECORD_MAX (ANSWERS_STRING_MAX + 2 * VARINT_MAX)
static_assert(RECORD_MAX > (3 + 4 * SYMBOLS_FRAMES_MAX) * VARINT_MAX,
	      "strings are the longest records");

/* What honest answers need is far less: names are shared. */
#define BYTES_ALWAYS ((size_t)64 << 20)
#define BYTES_AN_ADDRESS ((size_t)2048)

struct record {
	uint64_t tag;
	size_t text;  /* place of a string or warning */
	size_t index; /* of an address */
	size_t nr;    /* frames */
	struct symbols_frame frames[SYMBOLS_FRAMES_MAX];
};

int answers_init(struct answers *a, size_t nr)
{
	*a = (struct answers){.nr = nr};
	a->known = calloc(MAX(nr, 1), sizeof(*a->known));
	return a->known ? 0 : -ENOMEM;
}

void answers_fini(struct answers *a)
{
	bytes_fini(&a->in);
	free(a->known);
	free(a->strings);
	memset(a, 0, sizeof(*a));
}

/* One zero byte, and that at the end. */
static void get_text(const struct answers *a, struct cursor *c,
		     struct record *r, size_t max)
{
	uint64_t n = varint_get(c);
	size_t left = (size_t)(c->end - c->p);

	c->bad |= n == 0 || n > max;
	if (!c->bad && n > left) {
		c->bad = true;
		c->p = c->end;
	}
	if (!c->bad)
		c->bad = memchr(c->p, 0, n) != c->p + n - 1;
	if (c->bad)
		return;
	r->text = (size_t)(c->p - a->in.p);
	c->p += n;
}

static uint64_t get_below(struct cursor *c, uint64_t limit)
{
	uint64_t v = varint_get(c);

	c->bad |= v >= limit;
	return c->bad ? 0 : v;
}

static const char *get_string(const struct answers *a, struct cursor *c)
{
	size_t number = get_below(c, a->nr_strings + 1);

	return number ? (const char *)a->in.p + a->strings[number - 1] : NULL;
}

static void get_frames(const struct answers *a, struct cursor *c,
		       struct record *r)
{
	r->index = get_below(c, a->nr);
	r->nr = get_below(c, SYMBOLS_FRAMES_MAX + 1);
	for (size_t i = 0; i < r->nr && !c->bad; i++) {
		r->frames[i].function = get_string(a, c);
		r->frames[i].file = get_string(a, c);
		r->frames[i].line = (uint32_t)get_below(c, UINT64_C(1) << 32);
		r->frames[i].inlined = get_below(c, 2);
	}
}

/* False: it is damaged, or not whole. */
static bool get_record(const struct answers *a, struct cursor *c,
		       struct record *r)
{
	r->tag = varint_get(c);
	if (c->bad)
		return false;
	switch (r->tag) {
	case ANSWERS_STRING:
		get_text(a, c, r, ANSWERS_STRING_MAX);
		break;
	case ANSWERS_WARNING:
		get_text(a, c, r, ANSWERS_WARNING_MAX);
		break;
	case ANSWERS_FRAMES:
		get_frames(a, c, r);
		break;
	case ANSWERS_END:
		break;
	default:
		c->bad = true;
	}
	return !c->bad;
}

static int note_string(struct answers *a, size_t place)
{
	size_t *p = list_grow(a->strings, a->nr_strings, &a->strings_room,
			      sizeof(*p));

	if (!p)
		return -ENOMEM;
	a->strings = p;
	p[a->nr_strings++] = place;
	return 0;
}

/* A record of good shape: is this the time for it? */
static int note(struct answers *a, const struct record *r)
{
	switch (r->tag) {
	case ANSWERS_STRING:
		return note_string(a, r->text);
	case ANSWERS_WARNING:
		return ++a->nr_warnings > ANSWERS_WARNINGS_MAX ? -EBADMSG : 0;
	case ANSWERS_FRAMES:
		if (a->known[r->index])
			return -EBADMSG;
		a->known[r->index] = true;
		a->nr_known++;
		return 0;
	default:
		a->ended = true;
		return a->nr_known == a->nr ? 0 : -EBADMSG;
	}
}

static bool is_cut(const struct answers *a, const struct cursor *c)
{
	return c->p == c->end && a->in.n - a->at < RECORD_MAX;
}

int answers_add(struct answers *a, const void *p, size_t n)
{
	size_t max;
	int error = 0;

	if (__builtin_mul_overflow(a->nr, BYTES_AN_ADDRESS, &max) ||
	    __builtin_add_overflow(max, BYTES_ALWAYS, &max))
		max = SIZE_MAX;
	if (n > max - a->in.n)
		return -EBADMSG;
	bytes_add(&a->in, p, n);
	if (a->in.failed)
		return -ENOMEM;
	while (!error && !a->ended && a->at < a->in.n) {
		struct cursor c = {a->in.p + a->at, a->in.p + a->in.n, false};
		struct record r;

		if (!get_record(a, &c, &r))
			return is_cut(a, &c) ? 0 : -EBADMSG;
		error = note(a, &r);
		if (!error)
			a->at = (size_t)(c.p - a->in.p);
	}
	return !error && a->at < a->in.n ? -EBADMSG : error;
}

/* All that was read; nothing at all has no place. */
static struct cursor from_start(const struct answers *a)
{
	struct cursor c = {a->in.p, a->in.p, false};

	if (a->at > 0)
		c.end += a->at;
	return c;
}

void answers_each(const struct answers *a, symbols_fn *fn, void *arg)
{
	struct cursor c = from_start(a);
	struct record r;

	while (c.p < c.end && get_record(a, &c, &r))
		if (r.tag == ANSWERS_FRAMES)
			fn(arg, r.index, r.frames, r.nr);
}

void answers_warnings(const struct answers *a,
		      void (*fn)(void *arg, const char *text), void *arg)
{
	struct cursor c = from_start(a);
	struct record r;

	while (a->nr_warnings && c.p < c.end && get_record(a, &c, &r)) {
		if (r.tag == ANSWERS_WARNING)
			fn(arg, (const char *)a->in.p + r.text);
	}
}
