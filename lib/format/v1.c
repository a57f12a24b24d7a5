/* SPDX-License-Identifier: MIT */

/* Version 1, in the order of heapprof-format(5), VERSION 1. */

#include "v1.h"

#define SECOND 1000000000u

/* Bits of the head of an event. */
#define BACK 0x80000000u
#define FREE 0x40000000u

const uint8_t v1_magic[4] = {0, 0, 0, 1};

static bool has(const struct cursor *c, size_t n)
{
	return (size_t)(c->end - c->p) >= n;
}

/* The caller made sure that they are there. */
static uint64_t get_fixed(struct cursor *c, unsigned bytes)
{
	uint64_t v = 0;

	while (bytes-- > 0)
		v = v << 8 | *c->p++;
	return v;
}

static enum format_status get_number(struct cursor *c, uint32_t *v)
{
	*v = 0;
	for (unsigned shift = 0; shift < 35; shift += 7) {
		uint8_t b;

		if (!has(c, 1))
			return FORMAT_TRUNCATED;
		b = *c->p++;
		if (shift == 28 && b > 7)
			break;
		*v |= (uint32_t)(b & 0x7f) << shift;
		if (b & 0x80)
			continue;
		return b == 0 && shift > 0 ? FORMAT_DAMAGED : FORMAT_OK;
	}
	return FORMAT_DAMAGED;
}

enum format_status v1_get_header(struct cursor *c, struct v1_header *h)
{
	uint64_t seconds, ns;

	if (!has(c, 20))
		return FORMAT_TRUNCATED;
	if (get_fixed(c, 4) != 1)
		return FORMAT_NEWER;
	seconds = get_fixed(c, 8);
	ns = get_fixed(c, 8);
	if (ns >= SECOND || seconds >= UINT64_MAX / SECOND)
		return FORMAT_DAMAGED;
	h->start_ns = seconds * SECOND + ns;
	return get_number(c, &h->nr_ranges);
}

enum format_status v1_get_range(struct cursor *c, struct hpm_range *r)
{
	if (!has(c, 12))
		return FORMAT_TRUNCATED;
	r->below = get_fixed(c, 8);
	r->probability = (double)get_fixed(c, 4) / UINT32_MAX;
	return FORMAT_OK;
}

enum format_status v1_get_frame(struct cursor *c, struct v1_frame *f)
{
	enum format_status status = get_number(c, &f->line);

	if (status == FORMAT_OK && f->line == 0)
		return FORMAT_END;
	if (status == FORMAT_OK)
		status = get_number(c, &f->length);
	if (status != FORMAT_OK)
		return status;
	f->file = (const char *)c->p;
	for (uint32_t i = 0; i < f->length; i++) {
		if (!has(c, 1))
			return FORMAT_TRUNCATED;
		if (*c->p++ < ' ')
			return FORMAT_DAMAGED;
	}
	return FORMAT_OK;
}

/*
 * Seconds were rounded down and the microseconds counted up from there, but
 * only the seconds got the sign: 0.3 s back is one second back, 0.7 s on.
 */
static int64_t delta_of(bool back, uint32_t seconds, uint32_t us)
{
	int64_t whole = (int64_t)seconds * SECOND;

	return (back ? -whole : whole) + (int64_t)us * 1000;
}

enum format_status v1_get_event(struct cursor *c, struct v1_event *e)
{
	const uint8_t *start = c->p;
	enum format_status status;
	uint32_t head, seconds, us;

	e->size_at = 0;
	if (c->p == c->end)
		return FORMAT_END;
	if (!has(c, 4))
		return FORMAT_TRUNCATED;
	head = (uint32_t)get_fixed(c, 4);
	status = get_number(c, &seconds);
	if (status == FORMAT_OK)
		status = get_number(c, &us);
	if (status != FORMAT_OK)
		return status;
	if (us > 999999 || ((head & BACK) && seconds == 0))
		return FORMAT_DAMAGED;
	e->delta_ns = delta_of(head & BACK, seconds, us);
	e->is_free = head & FREE;
	e->trace = head & ~(BACK | FREE);
	e->size_at = (uint8_t)(c->p - start);
	return get_number(c, &e->size);
}
