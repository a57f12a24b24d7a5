/* SPDX-License-Identifier: MIT */

/*
 * A heap has the lanes by their next tick; events are taken from its top until
 * another lane is due, which for one thread is a plain loop.  Each lane decodes
 * one block at a time; until that is open, the lane is due at its first tick.
 *
 * Blocks that began in an earlier span are decoded from their start, and what
 * is not of this one is dropped.
 *
 * A batch of events names what they are of by pointers, so that must not change
 * within the batch.  Each slot of the coder has room for two definitions, which
 * take turns; a batch ends where it already names the one that is to go.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/hpd_step.h"

#include "lanes.h"
#include "weight.h"

struct lane {
	uint32_t number;
	bool decoding;
	bool cut;	/* the file ends within the block */
	uint64_t due;	/* tick of its next event, or a bound below that */
	uint64_t start; /* tick before the first event of the block */
	const struct span_block *at, *end; /* blocks; the first may be open */
	struct hpd_place place;
	uint8_t defined[HPD_SLOTS]; /* 0: not; 1 or 2: which one holds */
	struct reader_block blocks[HPD_SLOTS][2];
	_Alignas(64) uint8_t bytes[BLOCK_SIZE];
};

struct lanes {
	struct blocks file; /* a copy, for its error */
	const struct hpm_header *header;
	struct weight_cache weights;
	uint64_t tick_limit;
	const struct span *span;
	struct reader_damage damage;
	uint64_t batch;
	struct lane **lanes; /* those of the span come first */
	struct lane **heap;  /* by due, then number */
	size_t nr_lanes, room, nr_heap;
};

struct lanes *lanes_new(const struct blocks *b, const struct hpm_header *h)
{
	struct lanes *ls = calloc(1, sizeof(*ls));

	if (!ls)
		return NULL;
	ls->file = *b;
	ls->header = h;
	ls->tick_limit = READER_TIME_MAX >> h->tick_shift;
	return ls;
}

void lanes_free(struct lanes *ls)
{
	if (!ls)
		return;
	for (size_t i = 0; i < ls->nr_lanes; i++)
		free(ls->lanes[i]);
	free(ls->lanes);
	free(ls->heap);
	free(ls);
}

static int find_room(struct lanes *ls, size_t nr)
{
	size_t room = MAX(nr, ls->room * 2);
	struct lane **p;

	if (nr <= ls->room)
		return 0;
	p = realloc(ls->lanes, room * sizeof(*p));
	if (p)
		ls->lanes = p;
	p = p ? realloc(ls->heap, room * sizeof(*p)) : NULL;
	if (!p)
		return -ENOMEM;
	ls->heap = p;
	ls->room = room;
	return 0;
}

static int get_lane(struct lanes *ls, size_t i, struct lane **out)
{
	int error = find_room(ls, i + 1);

	if (error == 0 && i == ls->nr_lanes) {
		ls->lanes[i] = aligned_alloc(64, sizeof(struct lane));
		if (!ls->lanes[i])
			return -ENOMEM;
		memset(ls->lanes[i], 0, sizeof(struct lane));
		ls->nr_lanes++;
	}
	*out = error ? NULL : ls->lanes[i];
	return error;
}

static bool earlier(const struct lane *a, const struct lane *b)
{
	return a->due != b->due ? a->due < b->due : a->number < b->number;
}

static void push(struct lanes *ls, struct lane *l)
{
	size_t i = ls->nr_heap++;

	for (; i > 0 && earlier(l, ls->heap[(i - 1) / 2]); i = (i - 1) / 2)
		ls->heap[i] = ls->heap[(i - 1) / 2];
	ls->heap[i] = l;
}

/* The lane at the top is due later now. */
static void sift_down(struct lanes *ls)
{
	struct lane *l = ls->heap[0];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < ls->nr_heap) {
		if (child + 1 < ls->nr_heap &&
		    earlier(ls->heap[child + 1], ls->heap[child]))
			child++;
		if (!earlier(ls->heap[child], l))
			break;
		ls->heap[i] = ls->heap[child];
		i = child;
	}
	ls->heap[i] = l;
}

/* The lane at the top has nothing more in this span. */
static void pop(struct lanes *ls)
{
	ls->heap[0] = ls->heap[--ls->nr_heap];
	if (ls->nr_heap > 0)
		sift_down(ls);
}

int lanes_start(struct lanes *ls, const struct span *s)
{
	size_t nr = 0;

	ls->span = s;
	ls->damage = (struct reader_damage){0};
	ls->nr_heap = 0;
	for (size_t i = 0, k; i < s->nr; i = k) {
		struct lane *l;
		int error = get_lane(ls, nr++, &l);

		if (error)
			return error;
		for (k = i;
		     k < s->nr && s->blocks[k].lane == s->blocks[i].lane;)
			k++;
		l->number = s->blocks[i].lane;
		l->at = &s->blocks[i];
		l->end = &s->blocks[k];
		l->due = l->at->first;
		l->decoding = false;
		push(ls, l);
	}
	return 0;
}

/* Where the block, or its order in the lane, wants an event at @tick. */
static uint64_t place_tick(const struct span_block *b, uint64_t tick)
{
	return MAX(MIN(tick, b->limit), b->first);
}

/*
 * The rest of the block could not be decoded.  Where it goes on beyond the end
 * of a span, only the one that the damage is in counts it.
 */
static void give_up(struct lanes *ls, struct lane *l)
{
	/* The last record of a file that was cut may be cut itself. */
	if (l->cut || place_tick(l->at, l->place.tick) < ls->span->from)
		return;
	if (ls->damage.blocks++ == 0 ||
	    l->at->slot * BLOCK_SIZE < ls->damage.first)
		ls->damage.first = l->at->slot * BLOCK_SIZE;
	ls->damage.bytes += (size_t)(l->place.in.end - l->place.in.p) + 1;
}

/* Opens the block that is next.  -EBADMSG: its checksum is wrong. */
static int open_block(struct lanes *ls, struct lane *l)
{
	struct block_header *h = (struct block_header *)l->bytes;
	enum format_status s =
		blocks_read(&ls->file, l->at->slot, l->at->verify, h);

	if (s == FORMAT_DAMAGED && l->at->verify)
		return -EBADMSG;
	l->cut = s == FORMAT_TRUNCATED;
	if (s != FORMAT_OK && s != FORMAT_TRUNCATED)
		h->used = 0;
	l->place = (struct hpd_place){
		.in = {(uint8_t *)(h + 1), NULL, false},
		.tick = h->first,
		.thread = h->thread,
	};
	l->place.in.end = l->place.in.p + MIN(h->used, l->at->used);
	l->start = h->first;
	memset(l->defined, 0, sizeof(l->defined));
	l->decoding = true;
	return 0;
}

/* False: the batch has to end first. */
static bool define(struct lanes *ls, struct lane *l, const struct hpd_record *r)
{
	unsigned turn = l->defined[r->slot] == 1;
	struct reader_block *b = &l->blocks[r->slot][turn];

	if (b->batch == ls->batch)
		return false;
	b->is = r->block;
	b->weight = *weight_find(&ls->weights, ls->header, b->is.size);
	b->noise = weight_noise(&b->weight);
	b->in.tally = 0;
	l->defined[r->slot] = (uint8_t)(turn + 1);
	return true;
}

/* False: it is of a slot that was not defined. */
static bool name_block(struct lanes *ls, struct lane *l, unsigned slot,
		       struct reader_event *out)
{
	unsigned defined = l->defined[slot];
	struct reader_block *b;

	if (unlikely(defined == 0))
		return false;
	b = &l->blocks[slot][defined - 1];
	b->batch = ls->batch;
	out->block = b;
	return true;
}

static bool fill_event(struct lanes *ls, struct lane *l,
		       const struct hpd_place *at, const struct hpd_record *r,
		       struct reader_event *out)
{
	unsigned shift = ls->header->tick_shift;

	out->time_ns = at->tick << shift;
	out->thread = at->thread;
	out->kind = r->kind;
	if (unlikely(r->kind == HPD_RSS)) {
		out->value = r->value;
		out->block = NULL;
		return true;
	}
	out->value = MIN(r->value, at->tick) << shift;
	return name_block(ls, l, r->slot, out);
}

/* How decode() ended. */
enum stop {
	STOP_FULL,   /* no more room, or no more definitions */
	STOP_LATER,  /* the next event is after the bound: l->due */
	STOP_END,    /* of the block */
	STOP_DAMAGE, /* the rest of the block is none */
};

/*
 * Events of the open block of @l up to tick @bound as it is in the file; @out
 * NULL: passes over them.
 */
static enum stop decode(struct lanes *ls, struct lane *l, uint64_t bound,
			struct reader_event *out, size_t max, size_t *n)
{
	struct hpd_place at = l->place, before = at;
	enum stop stop = STOP_FULL;
	size_t nr = 0;

	bound = MIN(bound, ls->tick_limit);
	while (nr < max) {
		struct hpd_record r;
		enum hpd_found found;

		before = at;
		found = hpd_step(&at, bound, &r);
		if (likely(found == HPD_FOUND_EVENT)) {
			if (r.defines && unlikely(!define(ls, l, &r))) {
				at = before;
				break;
			}
			if (unlikely(!out || r.kind > HPD_RSS))
				continue;
			if (likely(fill_event(ls, l, &at, &r, &out[nr]))) {
				nr++;
				continue;
			}
			stop = STOP_DAMAGE;
			break;
		}
		stop = found == HPD_FOUND_END ? STOP_END : STOP_DAMAGE;
		if (found == HPD_FOUND_LATER && r.value <= ls->tick_limit) {
			l->due = r.value;
			stop = STOP_LATER;
		}
		break;
	}
	l->place = at;
	*n = nr;
	return stop;
}

/* The last tick at which the lane at the top may go on before others. */
static uint64_t find_bound(const struct lanes *ls)
{
	const struct lane *l = ls->heap[0], *next;

	if (ls->nr_heap == 1)
		return ls->span->to - 1;
	next = ls->heap[1];
	if (ls->nr_heap > 2 && earlier(ls->heap[2], next))
		next = ls->heap[2];
	return MIN(l->number < next->number ? next->due : next->due - 1,
		   ls->span->to - 1);
}

/* The lane at the top has come to the end of its block. */
static void end_block(struct lanes *ls, struct lane *l)
{
	l->decoding = false;
	if (++l->at == l->end) {
		pop(ls);
		return;
	}
	l->due = l->at->first;
	sift_down(ls);
}

static void move_events(const struct lanes *ls, const struct span_block *b,
			struct reader_event *events, size_t n)
{
	unsigned shift = ls->header->tick_shift;

	for (size_t i = 0; i < n; i++)
		events[i].time_ns = place_tick(b, events[i].time_ns >> shift)
				    << shift;
}

/*
 * Gives out events of the lane at the top until another one is due or @max are
 * there.  False: the batch has to end.
 */
static bool take(struct lanes *ls, struct reader_event *out, size_t max,
		 size_t *n)
{
	struct lane *l = ls->heap[0];
	const struct span_block *b = l->at;
	bool skip = l->due < ls->span->from;
	uint64_t bound = skip ? ls->span->from - 1 : find_bound(ls);
	enum stop stop;
	size_t nr;

	stop = decode(ls, l, b->limit <= bound ? UINT64_MAX : bound,
		      skip ? NULL : out + *n, max - *n, &nr);
	if (unlikely(b->limit < l->place.tick || l->start < b->first))
		move_events(ls, b, out + *n, nr);
	*n += nr;
	switch (stop) {
	case STOP_FULL:
		return false;
	case STOP_LATER:
		l->due = place_tick(b, l->due);
		if (l->due < ls->span->to)
			sift_down(ls);
		else
			pop(ls);
		break;
	case STOP_DAMAGE:
		give_up(ls, l);
		/* fall through */
	case STOP_END:
		end_block(ls, l);
	}
	return true;
}

int lanes_next(struct lanes *ls, struct reader_event *out, size_t max,
	       size_t *n)
{
	*n = 0;
	ls->batch++;
	while (*n < max && ls->nr_heap > 0) {
		struct lane *l = ls->heap[0];

		if (!l->decoding) {
			int error = open_block(ls, l);

			if (error)
				return error;
		}
		if (!take(ls, out, max, n))
			break;
	}
	return 0;
}

const struct reader_damage *lanes_damage(const struct lanes *ls)
{
	return &ls->damage;
}

int lanes_error(const struct lanes *ls)
{
	return ls->file.error;
}
