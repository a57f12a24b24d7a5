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
	HPD_FOUND_DEFINITION,
	HPD_FOUND_LATER, /* an event after the bound, which was not taken */
	HPD_FOUND_END,
	HPD_FOUND_DAMAGE,
};

struct hpd_record {
	uint8_t kind;		/* of an event; its tick is that of the place */
	uint8_t slot;		/* of a definition, ALLOC, FREE, TEMPORARY */
	uint64_t value;		/* FREE, TEMPORARY: age; RSS: pages */
	struct hpd_block block; /* of a definition */
};

/* @room: no record can reach beyond the end. */
static inline __attribute__((always_inline)) uint64_t
hpd_varint(struct cursor *in, bool room)
{
	return room ? varint_get_within(in) : varint_get(in);
}

static inline __attribute__((always_inline)) bool
hpd_step_define(struct hpd_place *at, uint64_t slot, struct hpd_record *out,
		bool room)
{
	struct cursor *in = &at->in;
	int64_t trace = at->trace + varint_unzigzag(hpd_varint(in, room));
	uint64_t size = hpd_varint(in, room);
	uint64_t waste = hpd_varint(in, room);
	uint64_t thread = hpd_varint(in, room);

	if (in->bad || slot >= HPD_SLOTS || trace < 0 || trace > UINT32_MAX ||
	    waste > UINT16_MAX || thread > HPM_THREADS_MAX + 1)
		return false;
	at->trace = (uint32_t)trace;
	out->slot = (uint8_t)slot;
	out->block = (struct hpd_block){
		.size = size,
		.trace = (uint32_t)trace,
		.thread = thread ? (uint32_t)thread - 1 : at->thread,
		.waste = (uint32_t)waste,
	};
	return true;
}

/* Programs free blocks of any age, and nobody knows when. */
static inline __attribute__((always_inline)) void
hpd_step_age(struct hpd_place *at, struct hpd_record *out, bool room)
{
	uint64_t mask = -(uint64_t)(out->kind != HPD_ALLOC);

	if (room && likely(varint_get_masked(&at->in.p, mask, &out->value)))
		return;
	if (mask)
		out->value = varint_get(&at->in);
}

static inline bool hpd_step_skip(struct cursor *in)
{
	uint64_t n = varint_get(in);

	if (in->bad || n > (uint64_t)(in->end - in->p))
		return false;
	in->p += n;
	return true;
}

/* Of the kinds whose effect is on the reader. */
static inline bool hpd_step_other(struct hpd_place *at, unsigned kind)
{
	uint64_t thread;

	if (kind == HPD_EXTENSION)
		return hpd_step_skip(&at->in);
	thread = varint_get(&at->in);
	if (at->in.bad || kind != HPD_THREAD || thread > HPM_THREADS_MAX)
		return false;
	at->thread = (uint32_t)thread;
	return true;
}

static inline __attribute__((always_inline)) enum hpd_found
hpd_step_take(struct hpd_place *at, uint64_t bound, struct hpd_record *out,
	      bool room)
{
	const uint8_t *start = at->in.p;
	uint64_t head = hpd_varint(&at->in, room);
	uint64_t rest = head >> HPD_KIND_BITS;
	uint64_t tick = at->tick + rest;

	out->kind = head & ((1u << HPD_KIND_BITS) - 1);
	out->slot = 0;
	out->value = 0;
	if (out->kind == HPD_DEFINE)
		return hpd_step_define(at, rest, out, room)
			       ? HPD_FOUND_DEFINITION
			       : HPD_FOUND_DAMAGE;
	if (at->in.bad || tick < at->tick || out->kind == 0)
		return HPD_FOUND_DAMAGE;
	if (tick > bound) {
		at->in.p = start;
		out->value = tick;
		return HPD_FOUND_LATER;
	}
	at->tick = tick;
	if (out->kind <= HPD_TEMPORARY) {
		if (!room && at->in.p == at->in.end)
			return HPD_FOUND_DAMAGE;
		out->slot = *at->in.p++;
		hpd_step_age(at, out, room);
	} else if (out->kind == HPD_RSS) {
		out->value = varint_get(&at->in);
	} else if (!hpd_step_other(at, out->kind)) {
		return HPD_FOUND_DAMAGE;
	}
	return at->in.bad ? HPD_FOUND_DAMAGE : HPD_FOUND_EVENT;
}

/*
 * The next record; of THREAD and EXTENSION there is nothing left to do.  Of an
 * event after tick @bound only its tick is looked at: the place stays before
 * it.
 */
static inline __attribute__((always_inline)) enum hpd_found
hpd_step(struct hpd_place *at, uint64_t bound, struct hpd_record *out)
{
	if (likely(at->in.end - at->in.p >= (ptrdiff_t)HPD_EVENT_MAX))
		return hpd_step_take(at, bound, out, true);
	if (at->in.p == at->in.end)
		return HPD_FOUND_END;
	return hpd_step_take(at, bound, out, false);
}
