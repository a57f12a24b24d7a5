/* SPDX-License-Identifier: MIT */

/*
 * Slots are handed out nearly in the order in which their first events happen.
 * So headers are read in the order of the file, a window of them ahead, and
 * blocks are taken from the window in the order of their first tick.  A span
 * ends at the first tick of the block that comes next.  Blocks that go on
 * beyond that are carried to the next span; when the next block of the lane is
 * known, so is where they end.
 *
 * Where the blocks of a lane contradict each other, or one turns up too late,
 * its events are moved to the ticks where they may be.
 *
 * A header is believed before its checksum was looked at, which is left to
 * whoever reads the block.  If a checksum is wrong, or a header makes no sense,
 * all starts over in a careful pass, which looks first.
 *
 * The extent is fixed first (extents.h), so that every pass sees the same.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/varint.h"
#include "list.h"

#include "extents.h"
#include "spans.h"

#define WINDOW 256u	 /* headers that are read ahead */
#define SPAN_BLOCKS 256u /* that begin in a span, at most */
#define SPANS 16u	 /* of a smaller log */

struct lane {
	uint32_t sequence; /* that the next block should have */
	uint64_t first;	   /* that the next block has at least */
	uint64_t span;	   /* the last one with blocks of the lane */
	size_t tail;	   /* the last one of these */
};

/* How much of the log is known to be whole. */
enum trust {
	TRUST_HEADERS, /* checksums are looked at later */
	TRUST_NOTHING, /* a careful pass */
	TRUST_ALL,     /* a pass has been through: `damaged` is known */
};

struct spans {
	struct blocks *file;
	uint64_t tick_limit;
	uint64_t nr_slots; /* of the file that are read */
	size_t span_blocks;
	struct extents open;	/* blocks that were not sealed */
	struct extents damaged; /* blocks that are skipped */
	struct reader_damage damage;
	enum trust trust;

	uint64_t slot; /* the next to be read */
	uint64_t from; /* where the next span begins */
	uint64_t nr;   /* spans so far */
	bool ended;
	struct lane *lanes; /* by number */
	size_t nr_lanes;
	struct span_block waiting[WINDOW]; /* a heap, the earliest on top */
	size_t nr_waiting;
	struct span_block *carried;
	size_t nr_carried, room;
	_Alignas(64) uint8_t block[BLOCK_SIZE];
};

int spans_open(struct blocks *b, const struct hpm_header *h, struct spans **out)
{
	struct spans *ss = aligned_alloc(64, sizeof(*ss));
	int error;

	if (!ss)
		return -ENOMEM;
	memset(ss, 0, sizeof(*ss));
	ss->file = b;
	ss->tick_limit = READER_TIME_MAX >> h->tick_shift;
	error = extents_fix(&ss->open, b, &ss->nr_slots);
	if (error) {
		spans_close(ss);
		return error;
	}
	ss->span_blocks = MAX(MIN(ss->nr_slots / SPANS, SPAN_BLOCKS), 1);
	spans_rewind(ss, false);
	*out = ss;
	return 0;
}

void spans_close(struct spans *ss)
{
	if (!ss)
		return;
	extents_fini(&ss->open);
	extents_fini(&ss->damaged);
	free(ss->lanes);
	free(ss->carried);
	free(ss);
}

void spans_rewind(struct spans *ss, bool careful)
{
	if (ss->trust != TRUST_ALL) {
		ss->trust = careful ? TRUST_NOTHING : TRUST_HEADERS;
		memset(&ss->damage, 0, sizeof(ss->damage));
		ss->damaged.nr = 0;
	}
	ss->open.next = 0;
	ss->damaged.next = 0;
	ss->slot = 1;
	ss->from = 0;
	ss->nr = 0;
	ss->ended = false;
	ss->nr_waiting = 0;
	ss->nr_carried = 0;
	if (ss->lanes)
		memset(ss->lanes, 0, ss->nr_lanes * sizeof(*ss->lanes));
}

void spans_pass(struct spans *ss)
{
	ss->trust = TRUST_ALL;
}

bool spans_passed(const struct spans *ss)
{
	return ss->trust == TRUST_ALL;
}

void spans_damage(struct spans *ss, const struct reader_damage *d)
{
	if (ss->trust == TRUST_ALL || d->blocks == 0)
		return;
	if (ss->damage.blocks == 0 || d->first < ss->damage.first)
		ss->damage.first = d->first;
	ss->damage.blocks += d->blocks;
	ss->damage.bytes += d->bytes;
}

static int skip_damaged(struct spans *ss)
{
	struct reader_damage d = {.blocks = 1,
				  .bytes = BLOCK_SIZE,
				  .first = ss->slot * BLOCK_SIZE};

	if (ss->trust == TRUST_ALL)
		return 0;
	if (ss->trust == TRUST_HEADERS)
		return -EBADMSG;
	spans_damage(ss, &d);
	return extents_add(&ss->damaged, ss->slot, 0);
}

static bool earlier(const struct span_block *a, const struct span_block *b)
{
	if (a->first != b->first)
		return a->first < b->first;
	return a->lane != b->lane ? a->lane < b->lane
				  : a->sequence < b->sequence;
}

static void push(struct spans *ss, const struct span_block *b)
{
	size_t i = ss->nr_waiting++;

	for (; i > 0 && earlier(b, &ss->waiting[(i - 1) / 2]); i = (i - 1) / 2)
		ss->waiting[i] = ss->waiting[(i - 1) / 2];
	ss->waiting[i] = *b;
}

static struct span_block pop(struct spans *ss)
{
	struct span_block top = ss->waiting[0];
	struct span_block *last = &ss->waiting[--ss->nr_waiting];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < ss->nr_waiting) {
		if (child + 1 < ss->nr_waiting &&
		    earlier(&ss->waiting[child + 1], &ss->waiting[child]))
			child++;
		if (!earlier(&ss->waiting[child], last))
			break;
		ss->waiting[i] = ss->waiting[child];
		i = child;
	}
	ss->waiting[i] = *last;
	return top;
}

static int find_lane(struct spans *ss, uint32_t number, struct lane **out)
{
	size_t known = ss->nr_lanes;
	struct lane *p =
		list_grow(ss->lanes, number, &ss->nr_lanes, sizeof(*p));

	if (!p)
		return -ENOMEM;
	memset(p + known, 0, (ss->nr_lanes - known) * sizeof(*p));
	ss->lanes = p;
	*out = &p[number];
	return 0;
}

/* A lane is some thread's at any time, so there are no more of them. */
static bool is_plausible(const struct spans *ss, const struct block_header *h)
{
	return h->kind == BLOCK_EVENTS && h->lane <= HPM_THREADS_MAX &&
	       h->thread <= HPM_THREADS_MAX && h->first <= ss->tick_limit;
}

/* FORMAT_DAMAGED: it is none that a lane could have now. */
static int add_block(struct spans *ss, const struct block_header *h,
		     uint32_t used, bool verify, enum format_status *status)
{
	struct span_block b = {
		.slot = ss->slot,
		.limit = UINT64_MAX,
		.last = UINT64_MAX,
		.lane = h->lane,
		.sequence = h->sequence,
		.used = used,
		.verify = verify,
	};
	struct lane *l;

	*status = FORMAT_DAMAGED;
	if (!is_plausible(ss, h))
		return 0;
	if (find_lane(ss, h->lane, &l))
		return -ENOMEM;
	if (h->sequence < l->sequence)
		return 0;
	if (ss->trust != TRUST_ALL)
		ss->damage.missing += h->sequence - l->sequence;
	l->sequence = h->sequence + 1;
	l->first = b.first = MAX(l->first, h->first);
	push(ss, &b);
	*status = FORMAT_OK;
	return 0;
}

/* The header alone, unless the checksum has to be right first. */
static enum format_status read_header(struct spans *ss, bool verify,
				      struct block_header *h)
{
	bool cut = (ss->slot + 1) * BLOCK_SIZE > ss->file->size;
	enum format_status status;

	if (!cut && ss->trust != TRUST_NOTHING) {
		status = blocks_peek(ss->file, ss->slot, h);
		h->flags = 0;
		return status == FORMAT_OK ? block_check(h, ss->file->profile)
					   : status;
	}
	status = blocks_read(ss->file, ss->slot, verify,
			     (struct block_header *)ss->block);
	memcpy(h, ss->block, sizeof(*h));
	if (status != FORMAT_TRUNCATED)
		return status;
	if (ss->trust != TRUST_ALL)
		ss->damage.cut = true;
	return h->used > 0 ? FORMAT_OK : FORMAT_END;
}

/* The block in the next slot joins those that wait. */
static int read_slot(struct spans *ss)
{
	const struct extent *e = extents_find(&ss->open, ss->slot);
	bool verify = !e && ss->trust != TRUST_ALL;
	enum format_status status;
	struct block_header h;
	int error = 0;

	if ((e && e->used == 0) ||
	    (ss->trust == TRUST_ALL && extents_find(&ss->damaged, ss->slot)))
		status = FORMAT_END;
	else
		status = read_header(ss, verify, &h);
	if (status == FORMAT_OK)
		error = add_block(ss, &h, e ? MIN(h.used, e->used) : h.used,
				  verify && ss->trust == TRUST_HEADERS,
				  &status);
	if (error == 0 && status != FORMAT_OK && status != FORMAT_END)
		error = skip_damaged(ss);
	ss->slot++;
	return error;
}

/* The last tick of a block whose lane does not go on, or not yet. */
static uint64_t find_last(struct spans *ss, const struct span_block *b)
{
	struct block_header *h = (struct block_header *)ss->block;
	struct cursor in = {ss->block + sizeof(*h), NULL, false};
	struct hpd_coder coder;
	struct hpd_event e;
	enum format_status status = blocks_read(ss->file, b->slot, false, h);

	if (status != FORMAT_OK && status != FORMAT_TRUNCATED)
		return b->first;
	in.end = in.p + MIN(h->used, b->used);
	hpd_start(&coder, h);
	while (hpd_get(&in, &coder, &e) == FORMAT_OK)
		;
	return MAX(MIN(coder.tick, ss->tick_limit), b->first);
}

static int carry(struct spans *ss, const struct span_block *b)
{
	struct span_block *p =
		list_grow(ss->carried, ss->nr_carried, &ss->room, sizeof(*p));

	if (!p)
		return -ENOMEM;
	ss->carried = p;
	p[ss->nr_carried] = *b;
	p[ss->nr_carried++].carried = true;
	return 0;
}

/* What goes on beyond the end of @s. */
static int carry_blocks(struct spans *ss, struct span *s)
{
	int error = 0;

	ss->nr_carried = 0;
	for (size_t i = 0; i < s->nr && error == 0; i++) {
		struct span_block *b = &s->blocks[i];

		/* Or the blocks of idle lanes are read again and again. */
		if (b->carried && b->limit == UINT64_MAX &&
		    b->last == UINT64_MAX)
			b->last = find_last(ss, b);
		if (MIN(b->limit, b->last) >= s->to)
			error = carry(ss, b);
	}
	return error;
}

static int append(struct spans *ss, struct span *s, const struct span_block *b)
{
	struct lane *l = &ss->lanes[b->lane];
	struct span_block *p =
		list_grow(s->blocks, s->nr, &s->room, sizeof(*p));

	if (!p)
		return -ENOMEM;
	s->blocks = p;
	if (l->span == ss->nr)
		s->blocks[l->tail].limit = b->first;
	l->span = ss->nr;
	l->tail = s->nr;
	s->blocks[s->nr++] = *b;
	return 0;
}

/* Takes blocks up to the end of the span. */
static int take_blocks(struct spans *ss, struct span *s)
{
	size_t nr_new = 0;
	int error = 0;

	while (error == 0) {
		struct span_block b;

		while (error == 0 && ss->nr_waiting < WINDOW &&
		       ss->slot < ss->nr_slots)
			error = read_slot(ss);
		if (error || ss->nr_waiting == 0)
			break;
		/* Later than it should: no span is behind this one. */
		ss->waiting[0].first = MAX(ss->waiting[0].first, s->from);
		if (nr_new >= ss->span_blocks &&
		    ss->waiting[0].first > s->from) {
			s->to = ss->waiting[0].first;
			break;
		}
		b = pop(ss);
		error = append(ss, s, &b);
		nr_new++;
	}
	return error;
}

static int compare_blocks(const void *a, const void *b)
{
	const struct span_block *x = a, *y = b;

	if (x->lane != y->lane)
		return x->lane < y->lane ? -1 : 1;
	return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

int spans_next(struct spans *ss, struct span *out)
{
	int error = 0;

	out->nr = 0;
	if (ss->ended)
		return 0;
	ss->nr++;
	out->from = ss->from;
	out->to = UINT64_MAX;
	for (size_t i = 0; i < ss->nr_carried && error == 0; i++)
		error = append(ss, out, &ss->carried[i]);
	if (error == 0)
		error = take_blocks(ss, out);
	if (error)
		return error;
	if (out->nr > 0)
		qsort(out->blocks, out->nr, sizeof(*out->blocks),
		      compare_blocks);
	ss->ended = out->to == UINT64_MAX;
	ss->from = out->to;
	out->position = ss->ended
				? spans_size(ss)
				: (ss->slot - 1 - ss->nr_waiting) * BLOCK_SIZE;
	error = ss->ended ? 0 : carry_blocks(ss, out);
	if (error)
		return error;
	return out->nr > 0;
}

const struct reader_damage *spans_damage_of(const struct spans *ss)
{
	return &ss->damage;
}

uint64_t spans_size(const struct spans *ss)
{
	return (ss->nr_slots - 1) * BLOCK_SIZE;
}
