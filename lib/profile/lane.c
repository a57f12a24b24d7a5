/* SPDX-License-Identifier: MIT */

/*
 * A block that began in an earlier span is decoded from its start, and what is
 * not of this one is dropped.
 *
 * Events name what they are of by pointers, so that must not change while they
 * are in use: until the next fill.  A new definition takes a spare one, and
 * leaves the one before it for the fill after this; a fill ends when all spare
 * ones are taken.  What is only added up needs no event once it is decoded.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lane.h"

struct lane *lane_new(void)
{
	struct lane *l = aligned_alloc(64, sizeof(*l));

	if (!l)
		return NULL;
	memset(l, 0, sizeof(*l));
	return l;
}

static uint64_t tick_ns(const struct lane_log *log, uint64_t tick)
{
	return MIN(tick, log->tick_limit) << log->header->tick_shift;
}

/* There are no more events for now, and the next one is not before @next_ns. */
static void set_end(struct lane *l, uint64_t next_ns)
{
	l->next_ns = next_ns;
	l->events[l->nr] = (struct reader_event){.time_ns = next_ns};
}

void lane_start(struct lane *l, const struct lane_log *log,
		const struct span_block *at, const struct span_block *end)
{
	l->number = at->lane;
	l->at = at;
	l->end = end;
	l->decoding = false;
	l->nr = 0;
	set_end(l, tick_ns(log, at->first));
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
static void give_up(struct lane *l, struct lane_log *log)
{
	struct reader_damage *d = &log->damage;

	/* The last record of a file that was cut may be cut itself. */
	if (l->cut || place_tick(l->at, l->place.tick) < log->span->from)
		return;
	if (d->blocks++ == 0 || l->at->slot * BLOCK_SIZE < d->first)
		d->first = l->at->slot * BLOCK_SIZE;
	d->bytes += (size_t)(l->place.in.end - l->place.in.p) + 1;
}

/* Nothing is defined, all is spare or not in use. */
static void forget_definitions(struct lane *l)
{
	memset(l->slot, 0, sizeof(l->slot));
	for (size_t i = 0; i < LANE_SPARES; i++)
		l->spare[i] = &l->blocks[HPD_SLOTS + i];
}

/* Opens the block that is next.  -EBADMSG: its checksum is wrong. */
static int open_block(struct lane *l, struct lane_log *log)
{
	struct block_header *h = (struct block_header *)l->bytes;
	enum format_status s =
		blocks_read(&log->file, l->at->slot, l->at->verify, h);

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
	forget_definitions(l);
	l->decoding = true;
	return 0;
}

static void define(struct lane *l, struct lane_log *log,
		   const struct hpd_record *r)
{
	struct reader_block *before = l->slot[r->slot];
	struct reader_block *b = &l->blocks[r->slot];

	if (before) {
		b = l->spare[l->nr_taken];
		l->spare[l->nr_taken++] = before;
	}
	l->slot[r->slot] = b;
	b->is = r->block;
	b->weight = *weight_find(&log->weights, log->header, b->is.size);
	b->noise = weight_noise(&b->weight);
	b->in.tally = 0;
}

/* How decode() ended. */
enum stop {
	STOP_FULL,   /* no more room, or no more spare definitions */
	STOP_LATER,  /* the next event is after the bound */
	STOP_END,    /* of the block */
	STOP_DAMAGE, /* the rest of the block is none */
};

static enum stop stop_of(const struct lane_log *log, enum hpd_found found,
			 const struct hpd_record *r)
{
	if (found == HPD_FOUND_LATER && r->value <= log->tick_limit)
		return STOP_LATER;
	return found == HPD_FOUND_END ? STOP_END : STOP_DAMAGE;
}

/* Whatever comes next in the block. */
static apart enum hpd_found step(struct lane *l, struct lane_log *log,
				 struct hpd_place *at, uint64_t bound,
				 struct hpd_record *r)
{
	enum hpd_found found = hpd_step(at, bound, r);

	if (found == HPD_FOUND_EVENT && r->defines)
		define(l, log, r);
	return found;
}

/* False: it is of a slot that was not defined. */
static hot bool fill_event(const struct lane *l, const struct hpd_place *at,
			   const struct hpd_record *r, unsigned shift,
			   struct reader_event *out)
{
	out->time_ns = at->tick << shift;
	out->thread = at->thread;
	out->kind = r->kind;
	if (unlikely(r->kind == HPD_RSS)) {
		out->value = r->value;
		out->block = NULL;
		return true;
	}
	out->value = MIN(r->value, at->tick) << shift;
	out->block = l->slot[r->slot];
	return out->block != NULL;
}

/* The same; which of the two it is cannot be foreseen. */
static hot bool add_event(const struct lane *l, const struct hpd_place *at,
			  const struct hpd_record *r, unsigned shift,
			  struct reader_sums *s)
{
	const struct reader_block *b = NULL;
	uint64_t mask = -(uint64_t)(r->kind != HPD_ALLOC);
	bool higher;

	if (likely(r->kind != HPD_RSS)) {
		b = l->slot[r->slot];
		if (unlikely(!b))
			return false;
	}
	s->events++;
	s->last_ns = at->tick << shift;
	if (unlikely(!b))
		return true;
	s->frees += mask & 1;
	s->recorded += ~mask & 1;
	s->live += ((uint64_t)b->weight.bytes ^ mask) - mask;
	higher = (int64_t)s->live > s->reached;
	s->reached = higher ? (int64_t)s->live : s->reached;
	s->top = higher ? s->events : s->top;
	return true;
}

/*
 * Events of the open block up to tick @bound as it is in the file: they are
 * kept, or instead @added to @sums.
 */
static hot enum stop decode(struct lane *l, struct lane_log *log,
			    uint64_t bound, bool added,
			    struct reader_sums *sums)
{
	unsigned shift = log->header->tick_shift;
	struct reader_event *out = l->events;
	struct reader_sums sum = *sums;
	struct hpd_place at = l->place;
	enum stop stop = STOP_FULL;

	bound = MIN(bound, log->tick_limit);
	while (out < l->events + LANE_EVENTS && l->nr_taken < LANE_SPARES) {
		struct hpd_record r;

		if (unlikely(!hpd_step_common(&at, bound, &r))) {
			struct hpd_place place = at;
			struct hpd_record any;
			enum hpd_found found =
				step(l, log, &place, bound, &any);

			at = place;
			if (found != HPD_FOUND_EVENT) {
				stop = stop_of(log, found, &any);
				break;
			}
			r = any;
		}
		if (unlikely(r.kind > HPD_RSS))
			continue;
		if (unlikely(!(added ? add_event(l, &at, &r, shift, &sum)
				     : fill_event(l, &at, &r, shift, out)))) {
			stop = STOP_DAMAGE;
			break;
		}
		out += !added;
	}
	l->place = at;
	l->nr = (size_t)(out - l->events);
	*sums = sum;
	return stop;
}

static apart enum stop decode_events(struct lane *l, struct lane_log *log,
				     uint64_t bound)
{
	struct reader_sums none = {0};

	return decode(l, log, bound, false, &none);
}

static apart enum stop decode_sums(struct lane *l, struct lane_log *log,
				   uint64_t bound, struct reader_sums *sums)
{
	enum stop stop;

	do {
		l->nr_taken = 0;
		stop = decode(l, log, bound, true, sums);
	} while (stop == STOP_FULL);
	return stop;
}

/* Where an event that is at @ns in the file is moved to. */
static uint64_t place_ns(const struct lane *l, const struct lane_log *log,
			 uint64_t ns)
{
	unsigned shift = log->header->tick_shift;

	return place_tick(l->at, ns >> shift) << shift;
}

static void move_events(struct lane *l, const struct lane_log *log)
{
	for (size_t i = 0; i < l->nr; i++)
		l->events[i].time_ns = place_ns(l, log, l->events[i].time_ns);
}

/* What of the block is up to tick @last, of those where events are placed. */
static uint64_t find_bound(const struct span_block *b, uint64_t last)
{
	return b->limit <= last ? UINT64_MAX : last;
}

/* Passes over what a carried block has of earlier spans, if that is to come. */
static enum stop skip_earlier(struct lane *l, struct lane_log *log)
{
	uint64_t from = log->span->from;
	struct reader_sums earlier = {0};

	if (l->next_ns >= tick_ns(log, from))
		return STOP_LATER;
	return decode_sums(l, log, find_bound(l->at, from - 1), &earlier);
}

static enum stop fill(struct lane *l, struct lane_log *log)
{
	enum stop stop = skip_earlier(l, log);

	if (stop == STOP_LATER)
		stop = decode_events(l, log,
				     find_bound(l->at, log->span->to - 1));
	if (unlikely(l->at->limit < l->place.tick || l->start < l->at->first))
		move_events(l, log);
	return stop;
}

/* No more of the block, or not for now; when there may be more. */
static uint64_t end_block(struct lane *l, struct lane_log *log, enum stop stop)
{
	if (stop == STOP_DAMAGE)
		give_up(l, log);
	if (stop == STOP_FULL)
		return tick_ns(log, place_tick(l->at, l->place.tick));
	if (stop == STOP_LATER)
		return LANE_ENDED;
	l->decoding = false;
	/* One that begins right at the end of the span is of the next one. */
	if (++l->at == l->end || l->at->first >= log->span->to)
		return LANE_ENDED;
	return tick_ns(log, l->at->first);
}

int lane_fill(struct lane *l, struct lane_log *log)
{
	int error = l->decoding ? 0 : open_block(l, log);

	l->nr = 0;
	l->nr_taken = 0;
	if (error)
		return error;
	set_end(l, end_block(l, log, fill(l, log)));
	return 0;
}

/* What the open block has up to tick @to. */
static enum stop add_block(struct lane *l, struct lane_log *log, uint64_t to,
			   struct reader_sums *sums)
{
	uint64_t events = sums->events, last_ns = sums->last_ns;
	enum stop stop = skip_earlier(l, log);

	/* Only once. */
	l->next_ns = MAX(l->next_ns, tick_ns(log, log->span->from));
	if (stop == STOP_LATER)
		stop = decode_sums(l, log, find_bound(l->at, to), sums);
	if (sums->events > events)
		sums->last_ns = MAX(last_ns, place_ns(l, log, sums->last_ns));
	return stop;
}

int lane_add_up(struct lane *l, struct lane_log *log, uint64_t to,
		struct reader_sums *sums)
{
	enum stop stop = STOP_END;

	while (l->at < l->end && l->at->first <= to && stop != STOP_LATER) {
		int error = l->decoding ? 0 : open_block(l, log);

		if (error)
			return error;
		stop = add_block(l, log, to, sums);
		end_block(l, log, stop);
	}
	return 0;
}
