/* SPDX-License-Identifier: MIT */

/*
 * The digest: heapprof-format(5), DIGEST.  Put and get of each record stand
 * together and name the fields in the same order.
 */

#include <assert.h>
#include <string.h>

#include "hpc.h"

static_assert(sizeof(struct hpc_header) == 128, "heapprof-format(5)");
static_assert(sizeof(struct hpc_trailer) == 32, "heapprof-format(5)");

static uint32_t header_crc(const struct hpc_header *h)
{
	struct hpc_header copy = *h;

	copy.crc = 0;
	return block_crc32c(0, &copy, sizeof(copy));
}

void hpc_seal_header(struct hpc_header *h)
{
	memcpy(h->magic, HPC_MAGIC, sizeof(h->magic));
	h->version = HPC_VERSION;
	h->crc = header_crc(h);
}

enum format_status hpc_check_header(const struct hpc_header *h)
{
	if (memcmp(h->magic, HPC_MAGIC, sizeof(h->magic)) != 0)
		return FORMAT_DAMAGED;
	if (h->version > HPC_VERSION)
		return FORMAT_NEWER;
	if (h->version < HPC_VERSION || h->crc != header_crc(h))
		return FORMAT_DAMAGED;
	return FORMAT_OK;
}

static uint32_t trailer_crc(const struct hpc_trailer *t)
{
	struct hpc_trailer copy = *t;

	copy.crc = 0;
	return block_crc32c(0, &copy, sizeof(copy));
}

void hpc_seal_trailer(struct hpc_trailer *t)
{
	memcpy(t->magic, HPC_MAGIC, sizeof(t->magic));
	t->crc = trailer_crc(t);
}

enum format_status hpc_check_trailer(const struct hpc_trailer *t, uint64_t size)
{
	if (memcmp(t->magic, HPC_MAGIC, sizeof(t->magic)) != 0)
		return FORMAT_TRUNCATED;
	if (t->crc != trailer_crc(t))
		return FORMAT_DAMAGED;
	if (size < sizeof(struct hpc_header) + sizeof(*t) ||
	    t->sections < sizeof(struct hpc_header) || t->sections > size ||
	    t->length != size - sizeof(*t) - t->sections)
		return FORMAT_DAMAGED;
	return FORMAT_OK;
}

size_t hpc_put_wide(uint8_t *out, __int128 v)
{
	unsigned __int128 u =
		((unsigned __int128)v << 1) ^ (unsigned __int128)(v >> 127);
	size_t n = 0;

	for (; u >= 0x80; u >>= 7)
		out[n++] = (uint8_t)(u | 0x80);
	out[n++] = (uint8_t)u;
	return n;
}

__int128 hpc_get_wide(struct cursor *c)
{
	unsigned __int128 u = 0;

	for (unsigned shift = 0; shift < 128 && c->p < c->end; shift += 7) {
		uint8_t b = *c->p++;

		/* 18 times 7 bits leave 2 of 128. */
		if (shift == 126 && b > 3)
			break;
		u |= (unsigned __int128)(b & 0x7f) << shift;
		if (b & 0x80)
			continue;
		if (b == 0 && shift > 0)
			break;
		return (__int128)(u >> 1) ^ -(__int128)(u & 1);
	}
	c->bad = true;
	return 0;
}

static hot uint64_t get_varint(struct cursor *c, bool room)
{
	return room ? varint_get_within(c) : varint_get(c);
}

/* The same; most have no more than eight bytes. */
static hot __int128 get_wide(struct cursor *c, bool room)
{
	uint64_t v;

	return room && varint_get_masked(&c->p, UINT64_MAX, &v)
		       ? varint_unzigzag(v)
		       : hpc_get_wide(c);
}

size_t hpc_put_real(uint8_t *out, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return varint_put(out, __builtin_bswap64(bits));
}

static hot double get_real(struct cursor *c, bool room)
{
	uint64_t bits = __builtin_bswap64(get_varint(c, room));
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

double hpc_get_real(struct cursor *c)
{
	return get_real(c, false);
}

/* Flags of a sum.  Nothing but zeros: the flags are 0 and all there is. */
#define SUM_PRESENT 1u
#define SUM_FRACTIONS 2u /* else bytes and count are whole numbers */
#define SUM_VARIANCES 4u /* else they are 0 */

static unsigned sum_flags(const struct hpc_sum *s)
{
	unsigned flags = 0;

	if (s->bytes || s->count || s->bytes_var || s->count_var)
		flags |= SUM_PRESENT;
	if (s->bytes % HPC_BYTE || s->count % HPC_ONE)
		flags |= SUM_FRACTIONS;
	if (s->bytes_var || s->count_var)
		flags |= SUM_VARIANCES;
	return flags;
}

size_t hpc_put_sum(uint8_t *out, const struct hpc_sum *s)
{
	unsigned flags = sum_flags(s);
	bool whole = !(flags & SUM_FRACTIONS);
	size_t n = 0;

	out[n++] = (uint8_t)flags;
	if (!(flags & SUM_PRESENT))
		return n;
	n += varint_put(out + n,
			varint_zigzag(s->bytes / (whole ? HPC_BYTE : 1)));
	n += varint_put(out + n,
			varint_zigzag(s->count / (whole ? HPC_ONE : 1)));
	if (flags & SUM_VARIANCES) {
		n += hpc_put_wide(out + n, s->bytes_var);
		n += hpc_put_wide(out + n, s->count_var);
	}
	return n;
}

static hot int64_t get_scaled(struct cursor *c, int64_t unit, bool room)
{
	int64_t v = varint_unzigzag(get_varint(c, room));

	if (__builtin_mul_overflow(v, unit, &v))
		c->bad = true;
	return v;
}

/* @room: no sum can reach beyond the end. */
static hot void get_sum(struct cursor *c, struct hpc_sum *s, bool room)
{
	unsigned flags;

	*s = (struct hpc_sum){0};
	if (c->p == c->end || *c->p > 7) {
		c->bad = true;
		return;
	}
	flags = *c->p++;
	if (!(flags & SUM_PRESENT))
		return;
	s->bytes = get_scaled(c, flags & SUM_FRACTIONS ? 1 : HPC_BYTE, room);
	s->count = get_scaled(c, flags & SUM_FRACTIONS ? 1 : HPC_ONE, room);
	if (flags & SUM_VARIANCES) {
		s->bytes_var = get_wide(c, room);
		s->count_var = get_wide(c, room);
	}
}

void hpc_get_sum(struct cursor *c, struct hpc_sum *s)
{
	if (likely(c->end - c->p >= (ptrdiff_t)HPC_SUM_MAX))
		get_sum(c, s, true);
	else
		get_sum(c, s, false);
}

static hot uint32_t get_number(struct cursor *c, bool room)
{
	uint64_t v = get_varint(c, room);

	if (v > UINT32_MAX)
		c->bad = true;
	return (uint32_t)v;
}

uint32_t hpc_get_number(struct cursor *c)
{
	if (likely(c->end - c->p >= VARINT_MAX))
		return get_number(c, true);
	return get_number(c, false);
}

size_t hpc_put_frame(uint8_t *out, const struct hpc_frame *f)
{
	size_t n = varint_put(out, f->function);

	n += varint_put(out + n, f->file);
	n += varint_put(out + n, f->module);
	n += varint_put(out + n, f->line);
	n += varint_put(out + n, f->flags);
	return n + varint_put(out + n, f->offset);
}

static hot void get_frame(struct cursor *c, struct hpc_frame *f, bool room)
{
	f->function = get_number(c, room);
	f->file = get_number(c, room);
	f->module = get_number(c, room);
	f->line = get_number(c, room);
	f->flags = get_number(c, room);
	f->offset = get_varint(c, room);
}

void hpc_get_frame(struct cursor *c, struct hpc_frame *f)
{
	if (likely(c->end - c->p >= (ptrdiff_t)HPC_FRAME_MAX))
		get_frame(c, f, true);
	else
		get_frame(c, f, false);
}

size_t hpc_put_trace(uint8_t *out, const struct hpc_trace *t)
{
	size_t n = varint_put(out, t->node);

	n += hpc_put_sum(out + n, &t->allocated);
	n += hpc_put_sum(out + n, &t->freed);
	n += hpc_put_sum(out + n, &t->temporary);
	n += hpc_put_sum(out + n, &t->peak);
	n += varint_put(out + n, t->peak_ns);
	n += hpc_put_wide(out + n, t->byte_ns);
	n += varint_put(out + n, varint_zigzag(t->waste));
	n += hpc_put_wide(out + n, t->waste_var);
	n += hpc_put_real(out + n, t->area_var);
	n += hpc_put_real(out + n, t->age);
	n += hpc_put_real(out + n, t->age_var);
	n += hpc_put_real(out + n, t->age_cov);
	n += varint_put(out + n, t->nr_frames);
	return n + varint_put(out + n, t->shared);
}

static hot void get_trace(struct cursor *c, struct hpc_trace *t, bool room)
{
	t->node = get_number(c, room);
	get_sum(c, &t->allocated, room);
	get_sum(c, &t->freed, room);
	get_sum(c, &t->temporary, room);
	get_sum(c, &t->peak, room);
	t->peak_ns = get_varint(c, room);
	t->byte_ns = get_wide(c, room);
	t->waste = varint_unzigzag(get_varint(c, room));
	t->waste_var = get_wide(c, room);
	t->area_var = get_real(c, room);
	t->age = get_real(c, room);
	t->age_var = get_real(c, room);
	t->age_cov = get_real(c, room);
	t->nr_frames = get_number(c, room);
	t->shared = get_number(c, room);
	if (t->shared > t->nr_frames)
		c->bad = true;
}

void hpc_get_trace(struct cursor *c, struct hpc_trace *t)
{
	if (likely(c->end - c->p >= (ptrdiff_t)HPC_TRACE_MAX))
		get_trace(c, t, true);
	else
		get_trace(c, t, false);
}

size_t hpc_put_thread(uint8_t *out, const struct hpc_thread *t)
{
	size_t n = varint_put(out, t->name);

	n += varint_put(out + n, t->tid);
	n += varint_put(out + n, t->seen);
	n += varint_put(out + n, t->seen_bytes);
	n += varint_put(out + n, t->start_ns);
	n += hpc_put_sum(out + n, &t->allocated);
	n += hpc_put_sum(out + n, &t->freed);
	n += hpc_put_sum(out + n, &t->peak_live);
	return n + hpc_put_sum(out + n, &t->end_live);
}

void hpc_get_thread(struct cursor *c, struct hpc_thread *t)
{
	t->name = hpc_get_number(c);
	t->tid = hpc_get_number(c);
	t->seen = varint_get(c);
	t->seen_bytes = varint_get(c);
	t->start_ns = varint_get(c);
	hpc_get_sum(c, &t->allocated);
	hpc_get_sum(c, &t->freed);
	hpc_get_sum(c, &t->peak_live);
	hpc_get_sum(c, &t->end_live);
}

size_t hpc_put_module(uint8_t *out, const struct hpc_module *m)
{
	size_t n = varint_put(out, m->path);

	n += varint_put(out + n, m->build_id);
	n += varint_put(out + n, m->start);
	n += varint_put(out + n, m->size);
	return n + varint_put(out + n, m->offset);
}

void hpc_get_module(struct cursor *c, struct hpc_module *m)
{
	m->path = hpc_get_number(c);
	m->build_id = hpc_get_number(c);
	m->start = varint_get(c);
	m->size = varint_get(c);
	m->offset = varint_get(c);
}

size_t hpc_put_mark(uint8_t *out, const struct hpc_mark *m)
{
	size_t n = varint_put(out, m->time_ns);

	return n + varint_put(out + n, m->label);
}

void hpc_get_mark(struct cursor *c, struct hpc_mark *m)
{
	m->time_ns = varint_get(c);
	m->label = hpc_get_number(c);
}

/* Snapshots follow one another, so where the next is need not be said. */
static uint64_t next_offset(const struct hpc_instant *before)
{
	return before ? before->offset + before->length
		      : sizeof(struct hpc_header);
}

size_t hpc_put_instant(uint8_t *out, const struct hpc_instant *i,
		       const struct hpc_instant *before)
{
	uint64_t from_ns = before ? before->time_ns : 0;
	size_t n = varint_put(out, i->time_ns - from_ns);

	assert(i->offset == next_offset(before));
	n += varint_put(out + n, i->kinds);
	n += varint_put(out + n, i->rss);
	n += hpc_put_sum(out + n, &i->live);
	n += hpc_put_sum(out + n, &i->max_live);
	n += hpc_put_sum(out + n, &i->allocated);
	n += hpc_put_sum(out + n, &i->freed);
	n += varint_put(out + n, i->length);
	return n + varint_put(out + n, i->crc);
}

void hpc_get_instant(struct cursor *c, struct hpc_instant *i,
		     const struct hpc_instant *before)
{
	i->time_ns = varint_get(c);
	if (before &&
	    __builtin_add_overflow(i->time_ns, before->time_ns, &i->time_ns))
		c->bad = true;
	i->offset = next_offset(before);
	i->kinds = hpc_get_number(c);
	i->rss = varint_get(c);
	hpc_get_sum(c, &i->live);
	hpc_get_sum(c, &i->max_live);
	hpc_get_sum(c, &i->allocated);
	hpc_get_sum(c, &i->freed);
	i->length = varint_get(c);
	i->crc = hpc_get_number(c);
	if (i->offset + i->length < i->offset)
		c->bad = true;
}

size_t hpc_put_usage(uint8_t *out, const struct hpc_usage *u, uint32_t before)
{
	size_t n = varint_put(out, u->trace - before);

	n += hpc_put_sum(out + n, &u->live);
	n += hpc_put_sum(out + n, &u->allocated);
	return n + hpc_put_sum(out + n, &u->freed);
}

uint32_t hpc_get_usage_trace(struct cursor *c, uint32_t before)
{
	bool room = c->end - c->p >= VARINT_MAX;
	uint64_t trace = get_varint(c, room) + before;

	if (trace > UINT32_MAX || trace < before)
		c->bad = true;
	return (uint32_t)trace;
}

static hot void get_usage_sums(struct cursor *c, struct hpc_usage *u, bool room)
{
	get_sum(c, &u->live, room);
	get_sum(c, &u->allocated, room);
	get_sum(c, &u->freed, room);
}

void hpc_get_usage_sums(struct cursor *c, struct hpc_usage *u)
{
	if (likely(c->end - c->p >= (ptrdiff_t)HPC_USAGE_MAX))
		get_usage_sums(c, u, true);
	else
		get_usage_sums(c, u, false);
}

static hot void skip_sum(struct cursor *c, bool room)
{
	unsigned flags;

	if (c->p == c->end || *c->p > 7) {
		c->bad = true;
		return;
	}
	flags = *c->p++;
	if (!(flags & SUM_PRESENT))
		return;
	get_varint(c, room);
	get_varint(c, room);
	if (flags & SUM_VARIANCES) {
		get_wide(c, room);
		get_wide(c, room);
	}
}

void hpc_skip_usage_sums(struct cursor *c)
{
	bool room = c->end - c->p >= (ptrdiff_t)HPC_USAGE_MAX;

	for (int i = 0; i < 3; i++)
		skip_sum(c, room);
}
