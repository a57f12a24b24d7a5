/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "digest_spreads.h"

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

/* Of the @left records that there is room for; returns how many it took. */
static uint64_t parse_lived(struct cursor *c, struct digest_lived *out,
			    uint64_t left)
{
	uint64_t n = varint_get(c);
	uint32_t before = 0;

	if (n > left)
		c->bad = true;
	for (uint64_t i = 0; i < n && !c->bad; i++) {
		out[i].class = parse_class(c, &before);
		out[i].freed = parse_sum(c);
	}
	return c->bad ? 0 : n;
}

static uint64_t parse_sized(struct cursor *c, struct digest_sized *out,
			    uint64_t left)
{
	uint64_t n = varint_get(c);
	uint32_t before = 0;

	if (n > left)
		c->bad = true;
	for (uint64_t i = 0; i < n && !c->bad; i++) {
		out[i].class = parse_class(c, &before);
		out[i].allocated = parse_sum(c);
		out[i].freed = parse_sum(c);
		out[i].peak = parse_sum(c);
	}
	return c->bad ? 0 : n;
}

int digest_spreads_parse(struct digest_file *f, uint64_t count,
			 struct cursor *c)
{
	uint64_t size = (uint64_t)(c->end - c->p);
	uint64_t nr_lived = varint_get(c), nr_sized = varint_get(c);
	uint64_t lived = 0, sized = 0;

	/* A class takes a byte, and a byte for each sum. */
	if (c->bad || nr_lived > size / 2 || nr_sized > size / 4 ||
	    count != f->digest.nr_traces - 1)
		return -EBADMSG;
	f->lived = calloc(nr_lived + 1, sizeof(*f->lived));
	f->sized = calloc(nr_sized + 1, sizeof(*f->sized));
	if (!f->lived || !f->sized)
		return -ENOMEM;
	for (uint64_t i = 1; i <= count && !c->bad; i++) {
		struct digest_trace *t = &f->traces[i];

		t->lived = f->lived + lived;
		t->nr_lived =
			parse_lived(c, f->lived + lived, nr_lived - lived);
		lived += t->nr_lived;
		t->sized = f->sized + sized;
		t->nr_sized =
			parse_sized(c, f->sized + sized, nr_sized - sized);
		sized += t->nr_sized;
	}
	return 0;
}
