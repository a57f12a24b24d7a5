/* SPDX-License-Identifier: MIT */

#include <check.h>
#include <stdio.h>
#include <unistd.h>

#include "draw.h"
#include "lanelog.h"
#include "logwriter.h"

#define EVENTS 3000

static struct logwriter w;
static uint64_t state;

static uint64_t draw(uint64_t n)
{
	return draw_below(&state, n);
}

static void put(uint32_t lane, uint64_t tick, uint8_t kind, uint64_t size)
{
	struct hpd_event e = {
		.tick = tick, .kind = kind, .thread = 1 + lane, .rss = 1000};

	if (kind != HPD_RSS) {
		e.age = kind == HPD_ALLOC ? 0 : draw(tick + 1);
		e.block.size = size;
		e.block.trace = (uint32_t)draw(300);
		e.block.thread = 1 + (uint32_t)draw(LANELOG_LANES);
	}
	logwriter_event(&w, lane, &e);
}

/* Frees need no allocation here: sums may well be negative. */
static void put_events(unsigned nr_lanes, bool bursts)
{
	static const uint64_t steps[] = {0, 0, 1, 1, 1, 5, 300};
	static const uint64_t sizes[] = {0, 1, 16, 100, 5000, 1 << 20};
	unsigned nr_sizes = draw(3) ? ARRAY_SIZE(sizes) : 2;
	unsigned turn = (unsigned)draw(EVENTS);
	uint32_t lane = 0;
	uint64_t tick = 0;

	for (unsigned i = 0; i < EVENTS; i++) {
		unsigned what = (unsigned)draw(21);
		unsigned allocations = i < turn ? 11 : 9;

		if (!bursts || draw(200) == 0)
			lane = (uint32_t)draw(nr_lanes);
		tick += steps[draw(ARRAY_SIZE(steps))];
		put(lane, tick,
		    what == 20		 ? HPD_RSS
		    : what < allocations ? HPD_ALLOC
		    : what < 17		 ? HPD_FREE
					 : HPD_TEMPORARY,
		    sizes[draw(nr_sizes)]);
	}
}

/* Harm of which some is found by a checksum, and some is not. */
static void do_harm(void)
{
	uint64_t slot = 1 + draw(w.log_slots - 1);
	struct block_header *h =
		(struct block_header *)(w.log + slot * BLOCK_SIZE);
	uint8_t *events = (uint8_t *)(h + 1);

	if (h->used == 0)
		return;
	switch (draw(9)) {
	case 0:
		h->used = (uint32_t)draw(h->used);
		break;
	case 1:
		events[draw(h->used)] ^= (uint8_t)(1u << draw(8));
		break;
	case 2:
		h->lane = (uint32_t)draw(LANELOG_LANES);
		break;
	case 3:
		h->profile++;
		break;
	default:
		h->first = draw(2 * h->first + 2);
		break;
	}
	if (draw(4))
		block_seal(h);
}

static void cut_file(const char *base)
{
	char path[120];
	uint64_t size = w.nr_slots * BLOCK_SIZE;

	snprintf(path, sizeof(path), "%s.hpd", base);
	ck_assert_int_eq(truncate(path, (off_t)(size - draw(size / 2))), 0);
}

void lanelog_make(uint64_t list, const char *base)
{
	unsigned nr_lanes;

	logwriter_init(&w);
	state = list * 0x9e3779b97f4a7c15 + 1;
	draw(2);
	nr_lanes = list % 4 == 0 ? 1 : 1 + (unsigned)draw(LANELOG_LANES);
	w.payload = draw(3) ? 60 + (uint32_t)draw(200) : BLOCK_PAYLOAD;
	w.unsealed = draw(2);
	w.header.tick_shift = (uint32_t)draw(3) * 5;
	for (uint32_t i = 0; i < LANELOG_LANES; i++)
		logwriter_thread(&w, 100 + i, "thread");
	put_events(nr_lanes, draw(2));
	for (uint64_t i = draw(2) ? draw(20) : 0; i > 0 && w.log_slots > 1; i--)
		do_harm();
	logwriter_save(&w, base);
	if (draw(8) == 0)
		cut_file(base);
	logwriter_fini(&w);
}
