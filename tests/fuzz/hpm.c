/* SPDX-License-Identifier: MIT */

/*
 * The metadata, BASE.hpm, of a log that stays the same: two lanes, three
 * threads, all kinds of events.
 *
 * Input: a choice, and blocks as fuzz_slots() takes them.
 */

#include "../unit/logwriter.h"

#include "fuzz.h"

#define NODES 2000u

static void add(struct logwriter *w, uint32_t i, uint8_t kind)
{
	struct hpd_event e = {
		.tick = 10 * i,
		.age = i,
		.kind = kind,
		.thread = 1 + i % 3,
		.rss = 1000,
		.block = {.size = i * i % 5000,
			  .trace = i * 7 % NODES,
			  .thread = 1 + i % 2,
			  .waste = i % 16},
	};

	logwriter_event(w, i % 2, &e);
}

static void make_log(void)
{
	static struct logwriter w;

	logwriter_init(&w);
	w.profile = FUZZ_PROFILE;
	w.payload = 2000;
	for (uint32_t i = 0; i < 600; i++)
		add(&w, i, i % 50 == 49 ? HPD_RSS : HPD_ALLOC);
	for (uint32_t i = 600; i < 1000; i++)
		add(&w, i, i % 3 ? HPD_FREE : HPD_TEMPORARY);
	logwriter_save(&w, fuzz_base);
	logwriter_fini(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_slots("hpm", make_log, data, size);
	return 0;
}
