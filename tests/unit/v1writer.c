/* SPDX-License-Identifier: MIT */

/* The encoder has the faults of the original; they are what is tested. */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "v1writer.h"

void v1writer_put(struct v1writer_bytes *b, const void *p, size_t n)
{
	if (b->n + n > b->room) {
		b->room = (b->n + n) * 2;
		b->p = realloc(b->p, b->room);
		assert(b->p);
	}
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void put_byte(struct v1writer_bytes *b, unsigned v)
{
	uint8_t byte = (uint8_t)v;

	v1writer_put(b, &byte, 1);
}

static void put_fixed(struct v1writer_bytes *b, uint64_t v, unsigned bytes)
{
	while (bytes-- > 0)
		put_byte(b, (unsigned)(v >> 8 * bytes) & 0xff);
}

/* It took an int, whatever the number was. */
static void put_number(struct v1writer_bytes *b, uint64_t number)
{
	int32_t v = (int32_t)(uint32_t)number;

	for (; v > 0x7f; v >>= 7)
		put_byte(b, 0x80u | ((unsigned)v & 0x7f));
	put_byte(b, (unsigned)v & 0xff);
}

void v1writer_init(struct v1writer *w, const struct v1writer_range *ranges)
{
	size_t nr = 0;

	memset(w, 0, sizeof(*w));
	while (ranges[nr].below > 0)
		nr++;
	put_fixed(&w->hpm, 1, 4);
	put_fixed(&w->hpm, 1500000000, 8);
	put_fixed(&w->hpm, 250000000, 8);
	put_number(&w->hpm, nr);
	for (size_t i = 0; i < nr; i++) {
		put_fixed(&w->hpm, ranges[i].below, 8);
		put_fixed(&w->hpm, ranges[i].probability, 4);
	}
}

void v1writer_fini(struct v1writer *w)
{
	free(w->hpm.p);
	free(w->hpd.p);
}

void v1writer_trace(struct v1writer *w, const char *const *frames)
{
	for (; *frames; frames++) {
		const char *line = strrchr(*frames, ':');
		size_t length = (size_t)(line - *frames);

		put_number(&w->hpm, strtoull(line + 1, NULL, 10) + 1);
		put_number(&w->hpm, length);
		v1writer_put(&w->hpm, *frames, length);
	}
	put_number(&w->hpm, 0);
}

static void put_event(struct v1writer *w, int64_t delta_us, uint32_t head,
		      uint64_t size)
{
	int64_t seconds = delta_us / 1000000, us = delta_us % 1000000;

	/* Seconds rounded down, and then their sign taken off. */
	if (us < 0) {
		seconds--;
		us += 1000000;
	}
	put_fixed(&w->hpd, head | (seconds < 0 ? 0x80000000u : 0), 4);
	put_number(&w->hpd, (uint64_t)llabs(seconds));
	put_number(&w->hpd, (uint64_t)us);
	put_number(&w->hpd, size);
}

void v1writer_alloc(struct v1writer *w, int64_t delta_us, uint32_t trace,
		    uint64_t size)
{
	put_event(w, delta_us, trace, size);
}

void v1writer_free(struct v1writer *w, int64_t delta_us, uint32_t trace,
		   uint64_t size)
{
	put_event(w, delta_us, trace | 0x40000000u, size);
}

static void save(const struct v1writer_bytes *b, const char *base,
		 const char *suffix)
{
	char path[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s.%s", base, suffix);
	f = fopen(path, "w");
	assert(f);
	n = b->n > 0 ? fwrite(b->p, 1, b->n, f) : 0;
	assert(n == b->n);
	n = (size_t)fclose(f);
	assert(n == 0);
}

void v1writer_save(const struct v1writer *w, const char *base)
{
	save(&w->hpm, base, "hpm");
	save(&w->hpd, base, "hpd");
}
