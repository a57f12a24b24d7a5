/* SPDX-License-Identifier: MIT */

/*
 * Makes the profiles of this folder: make FOLDER.  README says what each is for
 * and what a reader must make of it; the suite "golden" checks that it does.
 * They are kept as files, so that a later version still has to read what this
 * one wrote.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile/digest.h"

#include "logwriter.h"

static const char *folder;

static const char *base_of(const char *name)
{
	static char base[4000];

	snprintf(base, sizeof(base), "%s/%s", folder, name);
	return base;
}

static void event(struct logwriter *w, uint64_t tick, uint8_t kind,
		  uint64_t size, uint32_t trace)
{
	struct hpd_event e = {
		.tick = tick,
		.kind = kind,
		.thread = 1,
		.block = {.size = size, .trace = trace, .thread = 1},
		.age = kind == HPD_ALLOC ? 0 : 10,
	};

	logwriter_event(w, 0, &e);
}

/* 100 blocks of 1000 bytes at two places, then all but ten of them freed. */
static void fill(struct logwriter *w)
{
	struct hpm_module m = {.number = 1,
			       .bias = 0x400000,
			       .start = 0x400000,
			       .end = 0x500000,
			       .build_id = "golden profile 0001",
			       .build_id_length = 20,
			       .path = "/nonexistent/golden",
			       .path_length = 19};
	uint64_t tick = 0;

	w->payload = 200;
	logwriter_module(w, &m);
	logwriter_thread(w, 42, "golden");
	logwriter_node(w, 0, 0x401000, 1);
	logwriter_node(w, 1, 0x402000, 1);
	logwriter_node(w, 1, 0x403000, 1);
	logwriter_mark(w, 50, "half");
	for (uint32_t i = 0; i < 100; i++)
		event(w, ++tick, HPD_ALLOC, 1000, 2 + i % 2);
	for (uint32_t i = 0; i < 90; i++)
		event(w, ++tick, HPD_FREE, 1000, 2 + i % 2);
	w->state.end_tick = 200;
}

static void save(struct logwriter *w, const char *name)
{
	logwriter_save(w, base_of(name));
	logwriter_fini(w);
}

static void change(const char *name, const char *suffix, off_t offset,
		   const char *bytes)
{
	char path[4100];
	int fd;

	snprintf(path, sizeof(path), "%s.%s", base_of(name), suffix);
	fd = open(path, O_RDWR);
	if (fd < 0 || (bytes ? pwrite(fd, bytes, strlen(bytes), offset) < 0
			     : ftruncate(fd, offset) < 0)) {
		perror(path);
		exit(1);
	}
	close(fd);
}

static void make_good(void)
{
	static const struct heapprof_digest_options options = {
		.interval_s = 50e-9, .precision = 0, .no_symbols = true};
	struct logwriter w;

	logwriter_init(&w);
	fill(&w);
	save(&w, "good-exited");
	if (digest_make(base_of("good-exited"), &options, NULL) != 0)
		exit(1);

	logwriter_init(&w);
	fill(&w);
	w.unsealed = true;
	w.empty = 2;
	w.state.end = HPM_RUNNING;
	w.state.end_tick = 0;
	save(&w, "good-killed");

	logwriter_init(&w);
	w.header.nr_ranges = 1;
	w.header.range[0] = (struct hpm_range){2000, 0.25};
	fill(&w);
	save(&w, "good-sampled");
}

static void make_bad(void)
{
	static const char *const names[] = {"bad-checksum", "bad-cut",
					    "bad-log-empty", "bad-foreign"};
	struct logwriter w;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		logwriter_init(&w);
		fill(&w);
		save(&w, names[i]);
	}
	change("bad-checksum", "hpd", 2 * BLOCK_SIZE + 70, "?");
	change("bad-cut", "hpd", 2 * BLOCK_SIZE + 101, NULL);
	change("bad-log-empty", "hpd", 0, NULL);
	change("bad-foreign", "hpm", 0, NULL);
	change("bad-foreign", "hpm", 0, "not one of ours");
}

static void make_future(void)
{
	struct logwriter w;

	logwriter_init(&w);
	w.header.version = HPM_VERSION + 1;
	fill(&w);
	save(&w, "future-version");
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make FOLDER\n");
		return 2;
	}
	folder = argv[1];
	make_good();
	make_bad();
	make_future();
	return 0;
}
