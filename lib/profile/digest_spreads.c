/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "digest_file.h"

/* The next class of a distribution. */
static uint32_t parse_class(struct cursor *c, uint32_t *before)
{
	uint64_t class = varint_get(c);

	class = MIN(class, HPC_CLASSES) + *before;
	if (class >= HPC_CLASSES)
		c->bad = true;
	*before = (uint32_t) class + 1;
	return (uint32_t) class;
}

static struct sum parse_sum(struct cursor *c)
{
	struct hpc_sum s;

	hpc_get_sum(c, &s);
	return digest_file_sum(&s);
}

/* The number of records that follow, of the @left that there is room for. */
static uint64_t parse_count(struct cursor *c, uint64_t left)
{
	uint64_t n = varint_get(c);

	if (n > left)
		c->bad = true;
	return c->bad ? 0 : n;
}

/* Returns how many records it took. */
static uint64_t parse_lived(struct cursor *c, struct digest_lived *out,
			    uint64_t left)
{
	uint64_t n = parse_count(c, left);
	uint32_t before = 0;

	for (uint64_t i = 0; i < n && !c->bad; i++) {
		out[i].class = parse_class(c, &before);
		out[i].freed = parse_sum(c);
	}
	return c->bad ? 0 : n;
}

static uint64_t parse_sized(struct cursor *c, struct digest_sized *out,
			    uint64_t left)
{
	uint64_t n = parse_count(c, left);
	uint32_t before = 0;

	for (uint64_t i = 0; i < n && !c->bad; i++) {
		out[i].class = parse_class(c, &before);
		out[i].allocated = parse_sum(c);
		out[i].freed = parse_sum(c);
		out[i].peak = parse_sum(c);
	}
	return c->bad ? 0 : n;
}

static int parse(struct digest_file *f, struct cursor *c,
		 struct digest_spread *out)
{
	uint64_t size = (uint64_t)(c->end - c->p);
	uint64_t nr_lived = varint_get(c), nr_sized = varint_get(c);
	uint64_t left_lived = nr_lived, left_sized = nr_sized;
	struct digest_lived *lived;
	struct digest_sized *sized;

	/* A class takes a byte, and a byte for each sum. */
	if (c->bad || nr_lived > size / 2 || nr_sized > size / 4)
		return -EBADMSG;
	lived = digest_file_array(f, nr_lived, sizeof(*lived));
	sized = digest_file_array(f, nr_sized, sizeof(*sized));
	if (!lived || !sized)
		return -ENOMEM;
	for (uint64_t i = 1; i <= f->nr_spreads && !c->bad; i++) {
		struct digest_spread *t = &out[i];

		t->lived = lived;
		t->nr_lived = parse_lived(c, lived, left_lived);
		lived += t->nr_lived;
		left_lived -= t->nr_lived;
		t->sized = sized;
		t->nr_sized = parse_sized(c, sized, left_sized);
		sized += t->nr_sized;
		left_sized -= t->nr_sized;
	}
	return c->bad ? -EBADMSG : 0;
}

int digest_spreads(const struct digest *d)
{
	struct digest_file *f = d->file;
	struct digest_spread *out;
	int error = 0;

	if (!f || d->spreads)
		return 0;
	out = digest_file_array(f, d->nr_traces, sizeof(*out));
	if (!out)
		return -ENOMEM;
	if (f->nr_spreads > 0)
		error = parse(f, &f->spreads, out);
	if (error == -EBADMSG)
		return digest_file_damaged(
			f,
			f->sections_offset +
				(uint64_t)(f->spreads.p - f->sections),
			"distributions");
	if (error == 0)
		f->digest.spreads = out;
	return error;
}
