/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "format.h"
#include "varint.h"

/*
 * Reading a block of events, one record at a time: what hpd_get() is made of,
 * for loops over very many of them.
 */

/* How far a reader is. */
struct hpd_place {
	struct cursor in;
	uint64_t tick;	 /* of the last event */
	uint32_t trace;	 /* of the last definition */
	uint32_t thread; /* of the events from here on */
};

enum hpd_found {
	HPD_FOUND_EVENT,
	HPD_FOUND_LATER, /* an event after the bound, which was not taken */
	HPD_FOUND_END,
	HPD_FOUND_DAMAGE,
};

struct hpd_record {
	uint8_t kind;		/* of an event; its tick is that of the place */
	uint8_t slot;		/* ALLOC, FREE, TEMPORARY */
	bool defines;		/* from here on, the slot means block */
	uint64_t value;		/* FREE, TEMPORARY: age; RSS: pages */
	struct hpd_block block; /* if it defines */
};

/* @room: no record can reach beyond the end. */
static hot uint64_t hpd_varint(struct cursor *in, bool room)
{
	return room ? varint_get_within(in) : varint_get(in);
}

/* @whole: waste and thread are not those that go without saying. */
static hot bool hpd_step_define(struct hpd_place *at, bool whole,
				struct hpd_record *out, bool room)
{
	struct cursor *in = &at->in;
	int64_t trace = at->trace + varint_unzigzag(hpd_varint(in, room));
	uint64_t size = hpd_varint(in, room);
	uint64_t waste = hpd_usual_waste(size), thread = 0;

	if (whole) {
		waste = hpd_varint(in, room);
		thread = hpd_varint(in, room);
	}
	if (trace < 0 || trace > UINT32_MAX || waste > UINT16_MAX ||
	    thread > HPM_THREADS_MAX + 1)
		return false;
	at->trace = (uint32_t)trace;
	out->block = (struct hpd_block){
		.size = size,
		.trace = (uint32_t)trace,
		.thread = thread ? (uint32_t)thread - 1 : at->thread,
		.waste = (uint32_t)waste,
	};
	return true;
}

/* Programs free blocks of any age, and nobody knows when. */
static hot void hpd_step_age(struct hpd_place *at, struct hpd_record *out,
			     bool room)
{
	uint64_t mask = -(uint64_t)(out->kind != HPD_ALLOC);

	if (room && likely(varint_get_masked(&at->in.p, mask, &out->value)))
		return;
	if (mask)
		out->value = varint_get(&at->in);
}

/* What happened to a block. */
static hot bool hpd_step_block(struct hpd_place *at, bool whole,
			       struct hpd_record *out, bool room)
{
	if (!room && at->in.p == at->in.end)
		return false;
	out->slot = *at->in.p++;
	if (out->defines && !hpd_step_define(at, whole, out, room))
		return false;
	hpd_step_age(at, out, room);
	return !at->in.bad;
}

static inline bool hpd_step_skip(struct cursor *in)
{
	uint64_t n = varint_get(in);

	if (in->bad || n > (uint64_t)(in->end - in->p))
		return false;
	in->p += n;
	return true;
}

/* A kind in a byte of its own. */
static inline bool hpd_step_other(struct hpd_place *at, struct hpd_record *out)
{
	if (at->in.p == at->in.end)
		return false;
	out->kind = *at->in.p++;
	out->defines = out->kind <= HPD_TEMPORARY;
	switch (out->kind) {
	case HPD_ALLOC:
	case HPD_FREE:
	case HPD_TEMPORARY:
		return hpd_step_block(at, true, out, false);
	case HPD_RSS:
		out->value = varint_get(&at->in);
		return !at->in.bad;
	case HPD_THREAD:
		out->value = varint_get(&at->in);
		at->thread = (uint32_t)out->value;
		return !at->in.bad && out->value <= HPM_THREADS_MAX;
	case HPD_EXTENSION:
		return hpd_step_skip(&at->in);
	default:
		return false;
	}
}

/*
 * The next record, if it is one of those that nearly all are: with few branches
 * that cannot be foreseen, and the place can stay in registers.  False: it has
 * to be hpd_step(), from the same place.
 */
static hot bool hpd_step_common(struct hpd_place *at, uint64_t bound,
				struct hpd_record *out)
{
	const uint8_t *p = at->in.p;
	uint64_t head, more, tick, mask, ages[2];
	unsigned length;

	if (unlikely(at->in.end - p < (ptrdiff_t)HPD_EVENT_MAX))
		return false;
	more = p[0] >> 7;
	head = (p[0] & 0x7f) | (p[1] & -more) << 7;
	out->kind = head & ((1u << HPD_KIND_BITS) - 1);
	if (unlikely(out->kind - 1u >= HPD_TEMPORARY ||
		     (more & (p[1] - 1u >= 0x7f))))
		return false;
	tick = at->tick + (head >> HPD_KIND_BITS);
	if (unlikely(tick > bound || tick < at->tick))
		return false;
	memcpy(&ages[0], p + 2, sizeof(ages[0]));
	memcpy(&ages[1], p + 3, sizeof(ages[1]));
	if (unlikely(!varint_look(more ? ages[1] : ages[0], &out->value,
				  &length)))
		return false;
	mask = -(uint64_t)(out->kind != HPD_ALLOC);
	out->value &= mask;
	out->slot = p[1 + more];
	at->in.p = p + 2 + more + (length & mask);
	at->tick = tick;
	return true;
}

static hot enum hpd_found hpd_step_take(struct hpd_place *at, uint64_t bound,
					struct hpd_record *out, bool room)
{
	const uint8_t *start = at->in.p;
	uint64_t head = hpd_varint(&at->in, room);
	uint64_t tick = at->tick + (head >> HPD_KIND_BITS);
	bool good;

	if (at->in.bad || tick < at->tick)
		return HPD_FOUND_DAMAGE;
	if (tick > bound) {
		at->in.p = start;
		out->value = tick;
		return HPD_FOUND_LATER;
	}
	at->tick = tick;
	out->kind = head & (HPD_DEFINES - 1);
	out->defines = head & HPD_DEFINES;
	out->value = 0;
	if (likely(out->kind != 0))
		good = hpd_step_block(at, false, out, room);
	else
		good = out->defines && hpd_step_other(at, out);
	return good ? HPD_FOUND_EVENT : HPD_FOUND_DAMAGE;
}

/*
 * The next record; of THREAD and EXTENSION there is nothing left to do.  Of an
 * event after tick @bound only its tick is looked at: the place stays before
 * it.
 */
static hot enum hpd_found hpd_step(struct hpd_place *at, uint64_t bound,
				   struct hpd_record *out)
{
	if (likely(at->in.end - at->in.p >= (ptrdiff_t)HPD_EVENT_MAX))
		return hpd_step_take(at, bound, out, true);
	if (at->in.p == at->in.end)
		return HPD_FOUND_END;
	return hpd_step_take(at, bound, out, false);
}
