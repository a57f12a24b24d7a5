/* SPDX-License-Identifier: MIT */

/*
 * Merges the lanes of a .hpd.
 *
 * Slots are handed out nearly in the order in which their first events happen,
 * so blocks are read in the order of the file, some way ahead of the merge: the
 * window.  Each lane has a queue of blocks that were read, and decodes one at a
 * time.  A heap has the lanes by their next tick; events are taken from its top
 * until another lane is due, which for one thread is a plain loop.
 *
 * The extent is fixed first (extents.h), so that every pass sees the same.
 *
 * A slot of the coder gets its weight when it is defined.  A batch ends where
 * one that it already names would change.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/varint.h"

#include "extents.h"
#include "lanes.h"
#include "weight.h"

#define WINDOW 256u /* blocks read ahead if there are several lanes */

/* A block in memory. */
struct loaded {
	struct loaded *next;
	uint64_t slot;
	bool cut; /* the file ends within it */
	_Alignas(64) uint8_t bytes[BLOCK_SIZE];
};

struct lane {
	uint32_t number;
	uint32_t sequence;	    /* that the next block should have */
	bool queued;		    /* is in the heap */
	uint64_t due;		    /* tick of its next event */
	struct loaded *head, *tail; /* blocks; the first may be being decoded */
	bool decoding;
	struct hpd_event ahead; /* if decoding: decoded, not yet given out */
	struct cursor in;
	struct hpd_coder coder;
	struct reader_block blocks[HPD_SLOTS]; /* by slot of the coder */
};

struct lanes {
	struct blocks *file;
	struct hpm_header header;
	struct weight_cache weights;
	uint64_t tick_limit;
	uint64_t nr_slots;   /* of the file that are read */
	uint64_t slot;	     /* the next to be read */
	bool verified;	     /* a pass has been through: `damaged` is known */
	struct extents open; /* blocks that were not sealed */
	struct extents damaged; /* blocks that are skipped */
	struct reader_damage damage;

	struct lane **lanes; /* by number, NULL: not seen */
	uint32_t nr_lanes;
	struct lane **heap; /* by due, then number */
	uint32_t nr_heap;
	unsigned window; /* blocks to be kept ahead */
	unsigned ahead;	 /* blocks that are queued and not yet decoded */
	uint64_t opened; /* blocks decoded, or skipped */
	struct loaded *spare;

	uint64_t now; /* tick of the last event */
	uint64_t batch;
};

int lanes_open(struct blocks *b, const struct hpm_header *h, struct lanes **out)
{
	struct lanes *ls = calloc(1, sizeof(*ls));
	bool several;
	int error;

	if (!ls)
		return -ENOMEM;
	ls->file = b;
	ls->header = *h;
	ls->tick_limit = READER_TIME_MAX >> ls->header.tick_shift;
	error = extents_fix(&ls->open, b, &ls->nr_slots, &several);
	ls->window = several ? WINDOW : 1;
	if (error) {
		lanes_close(ls);
		return error;
	}
	ls->slot = 1;
	*out = ls;
	return 0;
}

static void free_list(struct loaded *l)
{
	while (l) {
		struct loaded *next = l->next;

		free(l);
		l = next;
	}
}

void lanes_close(struct lanes *ls)
{
	if (!ls)
		return;
	for (uint32_t i = 0; i < ls->nr_lanes; i++) {
		if (ls->lanes[i])
			free_list(ls->lanes[i]->head);
		free(ls->lanes[i]);
	}
	free_list(ls->spare);
	free(ls->lanes);
	free(ls->heap);
	extents_fini(&ls->open);
	extents_fini(&ls->damaged);
	free(ls);
}

static void release(struct lanes *ls, struct lane *l)
{
	struct loaded *block = l->head;

	l->head = block->next;
	block->next = ls->spare;
	ls->spare = block;
	l->decoding = false;
}

void lanes_rewind(struct lanes *ls)
{
	for (uint32_t i = 0; i < ls->nr_lanes; i++) {
		struct lane *l = ls->lanes[i];

		if (!l)
			continue;
		while (l->head)
			release(ls, l);
		l->sequence = 0;
		l->queued = false;
	}
	/* A pass that was left early has not seen all damage. */
	if (!ls->verified) {
		memset(&ls->damage, 0, sizeof(ls->damage));
		ls->damaged.nr = 0;
	}
	ls->open.next = 0;
	ls->damaged.next = 0;
	ls->nr_heap = 0;
	ls->ahead = 0;
	ls->opened = 0;
	ls->slot = 1;
	ls->now = 0;
}

static void note_damage(struct lanes *ls, uint64_t slot, uint64_t bytes)
{
	if (ls->verified)
		return;
	if (ls->damage.blocks++ == 0)
		ls->damage.first = slot * BLOCK_SIZE;
	ls->damage.bytes += bytes;
}

static bool earlier(const struct lane *a, const struct lane *b)
{
	return a->due != b->due ? a->due < b->due : a->number < b->number;
}

static void sift_down(struct lanes *ls, uint32_t i)
{
	struct lane *l = ls->heap[i];

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child + 1 < ls->nr_heap &&
		    earlier(ls->heap[child + 1], ls->heap[child]))
			child++;
		if (child >= ls->nr_heap || !earlier(ls->heap[child], l))
			break;
		ls->heap[i] = ls->heap[child];
		i = child;
	}
	ls->heap[i] = l;
}

static void push(struct lanes *ls, struct lane *l)
{
	uint32_t i = ls->nr_heap++;

	for (; i > 0 && earlier(l, ls->heap[(i - 1) / 2]); i = (i - 1) / 2)
		ls->heap[i] = ls->heap[(i - 1) / 2];
	ls->heap[i] = l;
	l->queued = true;
}

static void pop(struct lanes *ls)
{
	ls->heap[0]->queued = false;
	ls->heap[0] = ls->heap[--ls->nr_heap];
	if (ls->nr_heap > 0)
		sift_down(ls, 0);
}

static int find_lane(struct lanes *ls, uint32_t number, struct lane **out)
{
	if (number >= ls->nr_lanes) {
		uint32_t nr = MAX(number + 1, ls->nr_lanes * 2);
		struct lane **p = realloc(ls->lanes, nr * sizeof(*p));

		if (p)
			ls->lanes = p;
		p = p ? realloc(ls->heap, nr * sizeof(*p)) : NULL;
		if (!p)
			return -ENOMEM;
		ls->heap = p;
		for (uint32_t i = ls->nr_lanes; i < nr; i++)
			ls->lanes[i] = NULL;
		ls->nr_lanes = nr;
	}
	if (!ls->lanes[number]) {
		ls->lanes[number] = calloc(1, sizeof(struct lane));
		if (!ls->lanes[number])
			return -ENOMEM;
		ls->lanes[number]->number = number;
	}
	*out = ls->lanes[number];
	return 0;
}

/* A lane is some thread's at any time, so there are no more of them. */
static bool plausible(const struct lanes *ls, const struct block_header *h)
{
	return h->kind == BLOCK_EVENTS && h->lane <= HPM_THREADS_MAX &&
	       h->thread <= HPM_THREADS_MAX && h->first <= ls->tick_limit;
}

static int queue(struct lanes *ls, struct loaded *block, bool *taken)
{
	struct block_header *h = (struct block_header *)block->bytes;
	struct lane *l;

	if (!plausible(ls, h))
		return 0;
	if (find_lane(ls, h->lane, &l))
		return -ENOMEM;
	if (h->sequence < l->sequence)
		return 0;
	if (!ls->verified)
		ls->damage.missing += h->sequence - l->sequence;
	l->sequence = h->sequence + 1;
	block->next = NULL;
	if (l->head)
		l->tail->next = block;
	else
		l->head = block;
	l->tail = block;
	ls->ahead++;
	if (!l->queued) {
		l->due = h->first;
		push(ls, l);
	}
	*taken = true;
	return 0;
}

/* Reads the block in the next slot.  END: it is empty. */
static enum format_status read_slot(struct lanes *ls, struct loaded *block)
{
	struct block_header *h = (struct block_header *)block->bytes;
	const struct extent *e = extents_find(&ls->open, ls->slot);
	enum format_status s;

	block->slot = ls->slot;
	if (ls->verified && extents_find(&ls->damaged, ls->slot))
		return FORMAT_END;
	s = blocks_read(ls->file, ls->slot, !ls->verified && !e, h);
	block->cut = s == FORMAT_TRUNCATED;
	if (block->cut) {
		ls->damage.cut = true;
		s = h->used > 0 ? FORMAT_OK : FORMAT_END;
	}
	if (e && s == FORMAT_OK)
		h->used = MIN(h->used, e->used);
	return e && e->used == 0 ? FORMAT_END : s;
}

static int load_slot(struct lanes *ls)
{
	struct loaded *block = ls->spare;
	enum format_status s;
	bool taken = false;
	int error = 0;

	if (block)
		ls->spare = block->next;
	else
		block = aligned_alloc(64, sizeof(*block));
	if (!block)
		return -ENOMEM;
	s = read_slot(ls, block);
	if (s == FORMAT_OK)
		error = queue(ls, block, &taken);
	if (!taken) {
		block->next = ls->spare;
		ls->spare = block;
		ls->opened++;
	}
	if (error == 0 && !taken && s != FORMAT_END && !ls->verified) {
		note_damage(ls, ls->slot, BLOCK_SIZE);
		error = extents_add(&ls->damaged, ls->slot, 0);
	}
	ls->slot++;
	return error;
}

/* The rest of the block could not be decoded. */
static void give_up(struct lanes *ls, struct lane *l)
{
	size_t rest = (size_t)(l->in.end - l->in.p);

	/* The last record of a file that was cut may be cut itself. */
	if (!l->head->cut)
		note_damage(ls, l->head->slot, rest + 1);
}

/* Decodes the next event of the block; false: that was its last. */
static bool decode(struct lanes *ls, struct lane *l)
{
	do {
		enum format_status s = hpd_get(&l->in, &l->coder, &l->ahead);

		if (s == FORMAT_END)
			return false;
		if (s != FORMAT_OK || l->ahead.tick > ls->tick_limit) {
			give_up(ls, l);
			return false;
		}
	} while (l->ahead.kind == HPD_THREAD);
	l->due = l->ahead.tick;
	return true;
}

static void start_block(struct lanes *ls, struct lane *l)
{
	const struct block_header *h =
		(const struct block_header *)l->head->bytes;

	hpd_start(&l->coder, h);
	l->in.p = l->head->bytes + sizeof(*h);
	l->in.end = l->in.p + h->used;
	l->in.bad = false;
	ls->ahead--;
	ls->opened++;
	l->decoding = true;
}

/* The lane at the top has no event decoded: makes one ready, or drops it. */
static void advance_top(struct lanes *ls)
{
	struct lane *l = ls->heap[0];

	if (l->decoding)
		release(ls, l);
	if (!l->head) {
		pop(ls);
		return;
	}
	l->due = MAX(l->due, ((struct block_header *)l->head->bytes)->first);
	sift_down(ls, 0);
}

static void fill(struct lanes *ls, struct reader_event *out,
		 const struct hpd_event *e)
{
	unsigned shift = ls->header.tick_shift;

	/* Only where the file is damaged does time step back. */
	ls->now = MAX(ls->now, e->tick);
	out->time_ns = ls->now << shift;
	out->thread = e->thread;
	out->kind = e->kind;
	out->value =
		e->kind == HPD_RSS ? e->rss : MIN(e->age, e->tick) << shift;
}

/* False: the batch has to end first. */
static bool name_block(struct lanes *ls, struct lane *l,
		       struct reader_event *out)
{
	struct reader_block *b = &l->blocks[l->ahead.slot];

	if (l->ahead.defined) {
		if (b->batch == ls->batch)
			return false;
		b->is = l->ahead.block;
		b->weight = *weight_find(&ls->weights, &ls->header, b->is.size);
		b->noise = weight_noise(&b->weight);
		l->ahead.defined = false;
	}
	b->batch = ls->batch;
	out->block = b;
	return true;
}

/*
 * Gives out events of the lane at the top until another one is due or @max are
 * there.  False: the batch has to end.
 */
static bool take(struct lanes *ls, struct reader_event *out, size_t max,
		 size_t *n)
{
	struct lane *l = ls->heap[0], *next = NULL;

	if (ls->nr_heap > 1)
		next = ls->heap[1];
	if (ls->nr_heap > 2 && earlier(ls->heap[2], next))
		next = ls->heap[2];
	do {
		struct reader_event *e = &out[*n];

		e->block = NULL;
		if (l->ahead.kind != HPD_RSS && !name_block(ls, l, e))
			return false;
		fill(ls, e, &l->ahead);
		++*n;
		if (!decode(ls, l)) {
			advance_top(ls);
			return true;
		}
	} while (*n < max && (!next || earlier(l, next)));
	sift_down(ls, 0);
	return true;
}

int lanes_next(struct lanes *ls, struct reader_event *out, size_t max,
	       size_t *n)
{
	int error = 0;

	*n = 0;
	ls->batch++;
	while (*n < max) {
		while (error == 0 && ls->ahead < ls->window &&
		       ls->slot < ls->nr_slots)
			error = load_slot(ls);
		if (error)
			return error;
		if (ls->nr_heap == 0)
			break;
		if (ls->heap[0]->decoding) {
			if (!take(ls, out, max, n))
				break;
			continue;
		}
		start_block(ls, ls->heap[0]);
		if (decode(ls, ls->heap[0]))
			sift_down(ls, 0);
		else
			advance_top(ls);
	}
	if (*n == 0)
		ls->verified = true;
	return 0;
}

uint64_t lanes_position(const struct lanes *ls)
{
	return MIN(ls->opened * BLOCK_SIZE, lanes_size(ls));
}

uint64_t lanes_size(const struct lanes *ls)
{
	return (ls->nr_slots - 1) * BLOCK_SIZE;
}

const struct reader_damage *lanes_damage(const struct lanes *ls)
{
	return &ls->damage;
}
