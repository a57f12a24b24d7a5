/* SPDX-License-Identifier: MIT */

/*
 * What goes wrong most is known: a size from 2 GiB up to 4 GiB (or one with
 * such low 32 bits) was written as a single byte, and where that has its high
 * bit set it seems to go on in the next event.  The fault may show only some
 * events later.  So the last few events are remembered, and tried with a size
 * of one byte, before bytes are given up.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/v1.h"
#include "list.h"

#include "say.h"
#include "v1scan.h"

#define CHAIN 16      /* events in a row that cannot be chance */
#define CHAIN_LAST 2  /* the same just before the end of the file */
#define REMEMBERED 8u /* events */
#define NEARBY (2 * V1_EVENT_MAX)
#define CHAIN_BYTES ((CHAIN + REMEMBERED) * V1_EVENT_MAX)

struct scanner {
	struct v1scan *s;
	struct v1file *f;
	uint32_t nr_traces;
	uint64_t at;
	uint64_t sound; /* events before this may have unknown stacks */

	/* The events before `at`, by number modulo REMEMBERED. */
	struct {
		uint64_t start, size;
	} last[REMEMBERED];
	uint64_t nr; /* events since the last gap */
};

/* The first event at @offset. */
static enum format_status get(struct scanner *sc, uint64_t offset,
			      struct v1_event *e, uint64_t *next)
{
	struct cursor c = v1file_look(sc->f, offset, CHAIN_BYTES);
	const uint8_t *start = c.p;
	enum format_status status = v1_get_event(&c, e);

	*next = offset + (uint64_t)(c.p - start);
	return status;
}

/* Events one after the other. */
struct chain {
	uint64_t ends[CHAIN];
	int n;
	enum format_status status; /* of what comes after them */
};

/* Follows them from @offset.  @known: only those of stacks that are in .hpm. */
static void follow(struct scanner *sc, uint64_t offset, bool known,
		   struct chain *c)
{
	struct v1_event e;

	c->status = FORMAT_OK;
	for (c->n = 0; c->n < CHAIN; c->n++) {
		c->status = get(sc, offset, &e, &offset);
		if (c->status == FORMAT_OK && known && e.trace > sc->nr_traces)
			c->status = FORMAT_DAMAGED;
		if (c->status != FORMAT_OK)
			break;
		c->ends[c->n] = offset;
	}
}

static bool is_real(struct scanner *sc, uint64_t offset, struct chain *c)
{
	follow(sc, offset, true, c);
	return c->n == CHAIN || (c->status == FORMAT_END && c->n >= CHAIN_LAST);
}

static int add_gap(struct scanner *sc, uint64_t start, uint64_t end, bool large)
{
	struct v1scan *s = sc->s;
	struct v1gap *p = list_grow(s->gaps, s->nr_gaps, &s->room, sizeof(*p));

	if (!p)
		return -ENOMEM;
	s->gaps = p;
	p[s->nr_gaps++] = (struct v1gap){start, end, large};
	sc->at = end;
	sc->nr = 0;
	return 0;
}

/*
 * Has one of the last events a size of one byte, or the one at `at`, if the
 * @size_at of that is set?  0: no.  The oldest is tried first: those after the
 * fault are not real, and may by chance end right.
 */
static uint64_t find_large(struct scanner *sc, uint8_t size_at, uint64_t *start)
{
	uint64_t nr = MIN(sc->nr, REMEMBERED);
	struct chain c;

	for (uint64_t i = nr; i > 0; i--) {
		uint64_t k = (sc->nr - i) % REMEMBERED;

		*start = sc->last[k].start;
		if (is_real(sc, sc->last[k].size + 1, &c) &&
		    c.ends[c.n - 1] > sc->at)
			return sc->last[k].size + 1;
	}
	*start = sc->at;
	if (size_at > 0 && is_real(sc, sc->at + size_at + 1, &c))
		return sc->at + size_at + 1;
	return 0;
}

/* Goes on after the event whose size is at fault, if it is that. */
static int try_large(struct scanner *sc, uint8_t size_at, bool *found)
{
	uint64_t start, next = find_large(sc, size_at, &start);

	*found = next > 0;
	return *found ? add_gap(sc, start, next, true) : 0;
}

/* The event at `at` is not one. */
static int recover(struct scanner *sc)
{
	struct chain c;

	for (uint64_t next = sc->at + 1; next < sc->f->size; next++)
		if (is_real(sc, next, &c))
			return add_gap(sc, sc->at, next, false);
	return add_gap(sc, sc->at, sc->f->size, false);
}

/* Have they an end in common?  Then they are the same from there on. */
static bool meet(const struct chain *a, const struct chain *b)
{
	for (int i = 0, k = 0; i < a->n && k < b->n;) {
		if (a->ends[i] == b->ends[k])
			return true;
		if (a->ends[i] < b->ends[k])
			i++;
		else
			k++;
	}
	return false;
}

/*
 * Is the event at `at`, whose stack is not in .hpm, one nevertheless?  .hpm may
 * have been cut.  Not if real ones begin nearby, and on another footing.
 */
static bool is_event(struct scanner *sc)
{
	struct chain own, real;

	if (sc->at < sc->sound)
		return true;
	follow(sc, sc->at, false, &own);
	if (own.status == FORMAT_DAMAGED)
		return false;
	for (uint64_t at = sc->at + 1; at <= sc->at + NEARBY; at++)
		if (is_real(sc, at, &real) && !meet(&own, &real))
			return false;
	sc->sound = own.ends[own.n - 1];
	return true;
}

static void remember(struct scanner *sc, const struct v1_event *e,
		     uint64_t next)
{
	unsigned k = sc->nr++ % REMEMBERED;

	sc->last[k].start = sc->at;
	sc->last[k].size = sc->at + e->size_at;
	sc->at = next;
}

/* Goes one event or gap further. */
static int step(struct scanner *sc, enum format_status *status)
{
	struct v1_event e;
	bool found;
	uint64_t next;
	int error;

	*status = get(sc, sc->at, &e, &next);
	if (*status == FORMAT_END)
		return 0;
	if (likely(*status == FORMAT_OK && e.trace <= sc->nr_traces)) {
		remember(sc, &e, next);
		return 0;
	}
	error = try_large(sc, *status == FORMAT_OK ? 0 : e.size_at, &found);
	if (found || error) {
		*status = FORMAT_OK;
		return error;
	}
	if (*status == FORMAT_DAMAGED ||
	    (*status == FORMAT_OK && !is_event(sc)))
		return recover(sc);
	if (*status == FORMAT_OK)
		remember(sc, &e, next);
	return 0;
}

int v1scan_run(struct v1scan *s, struct v1file *f, uint32_t nr_traces,
	       const struct heapprof_listener *listener)
{
	struct scanner sc = {.s = s, .f = f, .nr_traces = nr_traces};
	enum format_status status = FORMAT_OK;
	struct say_progress progress;
	uint64_t said = 0;
	int error = 0;

	memset(s, 0, sizeof(*s));
	say_begin(&progress, listener, "checking", "B", f->size);
	while (error == 0 && status != FORMAT_END &&
	       status != FORMAT_TRUNCATED) {
		error = step(&sc, &status);
		if (sc.at >= said + V1FILE_WINDOW)
			say_at(&progress, said = sc.at, 0);
	}
	say_done(&progress);
	s->end = sc.at;
	s->cut = status == FORMAT_TRUNCATED;
	return error;
}

void v1scan_fini(struct v1scan *s)
{
	free(s->gaps);
	memset(s, 0, sizeof(*s));
}
