/* SPDX-License-Identifier: MIT */

/*
 * The log, BASE.hpd, of metadata that stay the same: 40 nodes, 3 threads, two
 * modules and a mark, with sampling.
 *
 * Input: a choice, and blocks as fuzz_slots() takes them.
 */

#include "../unit/logwriter.h"

#include "fuzz.h"

static void make_metadata(void)
{
	static struct logwriter w;
	struct hpm_module m = {.number = 1,
			       .bias = 0x400000,
			       .start = 0x400000,
			       .end = 0x500000,
			       .path = "/bin/one",
			       .path_length = 8};

	logwriter_init(&w);
	w.profile = FUZZ_PROFILE;
	w.header.nr_ranges = 2;
	w.header.range[0] = (struct hpm_range){100, 0.01};
	w.header.range[1] = (struct hpm_range){1000, 0.5};
	w.state.end_tick = 1000000;
	logwriter_module(&w, &m);
	m.number = 2;
	m.bias = m.start = 0x7000000;
	m.end = 0x8000000;
	logwriter_module(&w, &m);
	for (uint32_t i = 0; i < 40; i++)
		logwriter_node(&w, i / 2, 0x401000 + i, i % 3);
	logwriter_thread(&w, 42, "main");
	logwriter_thread(&w, 43, "second");
	logwriter_thread(&w, 44, "third");
	logwriter_mark(&w, 500, "half");
	logwriter_save(&w, fuzz_base);
	logwriter_fini(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_slots("hpd", make_metadata, data, size);
	return 0;
}
