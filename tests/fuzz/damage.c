/* SPDX-License-Identifier: MIT */

/*
 * damage BASE: a real profile, BASE.hpm, .hpd and .hpc of either version, with
 * all damage that can be listed: cut at every byte, every bit of the headers
 * flipped, their numbers set to extremes, and each byte of a sealed block
 * wrong.
 *
 * Reading may fail with a word about which file and where, or give what is
 * left, within limits of memory and time, and the more of the log is there the
 * more events are found.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/format.h"
#include "format/hpc.h"

#include "fuzz.h"

#define SECONDS 30 /* for one case */

struct file {
	const char *suffix;
	uint8_t *p;
	size_t n;
};

static struct file meta = {.suffix = "hpm"}, event_log = {.suffix = "hpd"},
		   made = {.suffix = "hpc"};
static bool blocks; /* not of version 1 */
static unsigned nr_cases;
static char said[20000]; /* errors and warnings */

static void load(struct file *f, const char *base)
{
	char path[4096];
	FILE *in;

	snprintf(path, sizeof(path), "%s.%s", base, f->suffix);
	in = fopen(path, "re");
	f->p = malloc((size_t)4 << 20);
	if (!in || !f->p) {
		perror(path);
		exit(1);
	}
	f->n = fread(f->p, 1, (size_t)4 << 20, in);
	fclose(in);
}

static void put(const struct file *f)
{
	fuzz_write(f->suffix, f->p, f->n);
}

static void hear(void *arg, enum heapprof_severity severity, const char *text)
{
	(void)arg;
	fuzz_check_text("message", text, strlen(text));
	if (severity <= HEAPPROF_WARNING)
		snprintf(said + strlen(said), sizeof(said) - strlen(said),
			 "%s\n", text);
}

static const struct heapprof_listener listener = {.message = hear};

static void fail(const char *what, size_t at, const char *why)
{
	fprintf(stderr, "%s at %zu: %s; said: %s\n", what, at, why, said);
	exit(1);
}

/* What cannot be read is refused with a word that names the file. */
static int check_status(int status, const char *what, size_t at)
{
	if (status >= 0 || status == -EBADMSG || status == -ENOTSUP)
		return status;
	/* So many ranges or snapshots are no damage. */
	if (status != -EINVAL)
		fail(what, at, strerror(-status));
	return status;
}

/* Are all snapshots whole, and what they say numbers? */
static bool has_snapshots(struct heapprof_reader *r)
{
	struct heapprof_usage *usage;
	struct heapprof_sum total;
	size_t n;

	for (size_t i = 0; i < heapprof_nr_snapshots(r); i++) {
		heapprof_snapshot_total(r, i, &total);
		fuzz_check_sum(&total);
		if (heapprof_snapshot_usage(r, i, &usage, &n) != 0)
			return false;
		for (size_t k = 0; k < n; k++)
			fuzz_check_sum(&usage[k].live);
		heapprof_free(usage);
	}
	return true;
}

/* Digests and looks at it; *@events that were found, or what was wrong. */
static int read_profile(const char *what, size_t at, uint64_t *events)
{
	struct heapprof_digest_options o = {.precision = -1,
					    .no_symbols = true};
	struct fuzz_choice choice = {.view = (uint8_t)nr_cases,
				     .grouping = (uint8_t)(nr_cases / 16),
				     .text = (uint8_t)(nr_cases / 8)};
	const struct heapprof_metadata *m;
	struct heapprof_reader *r;
	int status;

	nr_cases++;
	*said = '\0';
	*events = 0;
	alarm(SECONDS);
	status = heapprof_digest(fuzz_base, &o, &listener);
	if (check_status(status, what, at) >= 0) {
		fuzz_digest(&choice);
		if (heapprof_read(fuzz_base, 0, -1, &listener, &r) < 0)
			fail(what, at, "its digest cannot be read");
		if (!has_snapshots(r))
			fail(what, at, "its snapshots cannot be read");
		m = heapprof_get_metadata(r);
		*events = m->recorded + m->freed;
		heapprof_close(r);
	} else if (!strstr(said, fuzz_base)) {
		fail(what, at, "no word about it");
	}
	alarm(0);
	return status;
}

/* All of a digest has a checksum: it is refused, or a snapshot of it is. */
static void read_digest(const char *what, size_t at)
{
	struct fuzz_choice choice = {.view = (uint8_t)nr_cases++};
	struct heapprof_reader *r;
	char path[80];

	snprintf(path, sizeof(path), "%s.hpc", fuzz_base);
	*said = '\0';
	alarm(SECONDS);
	fuzz_digest(&choice);
	if (heapprof_read(path, 0, -1, &listener, &r) >= 0) {
		if (has_snapshots(r))
			fail(what, at, "it was taken for whole");
		heapprof_close(r);
	}
	alarm(0);
	if (!strstr(said, path))
		fail(what, at, "no word about it");
}

/* Of the zeros at the end of a block, some will do. */
static size_t step_down(const struct file *f, size_t n)
{
	const struct block_header *h;
	size_t in_block = n % BLOCK_SIZE;

	if (!blocks || f == &made)
		return 1;
	h = (const struct block_header *)(f->p + n - in_block);
	return in_block > sizeof(*h) + h->used + 8 ? MIN(499, in_block) : 1;
}

static void cut(struct file *f)
{
	uint64_t before = UINT64_MAX, events;
	size_t whole = f->n;

	for (f->n = whole - 1; f->n > 0; f->n -= step_down(f, f->n)) {
		put(f);
		read_profile(f->suffix, f->n, &events);
		if (f == &event_log && blocks && events > before)
			fail("cut", f->n, "more events than with more bytes");
		before = events;
	}
	f->n = whole;
	put(f);
}

static void cut_digest(void)
{
	size_t whole = made.n;

	for (made.n = 0; made.n < whole; made.n++) {
		put(&made);
		read_digest("digest cut", made.n);
	}
	made.n = whole;
	put(&made);
}

/* Every bit of its header and trailer, and one of each byte in between. */
static void flip_digest(void)
{
	const size_t from = 8 * sizeof(struct hpc_header);
	const size_t to = 8 * (made.n - sizeof(struct hpc_trailer));

	for (size_t bit = 0; bit < 8 * made.n; bit++) {
		if (bit >= from && bit < to && bit % 8 != bit / 8 % 8)
			continue;
		made.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		put(&made);
		read_digest("digest bit", bit / 8);
		made.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	put(&made);
}

static struct block_header *block_of(struct file *f, size_t at)
{
	return (struct block_header *)(f->p + at - at % BLOCK_SIZE);
}

static bool is_sealed(struct file *f, size_t at)
{
	return blocks && block_of(f, at)->flags == BLOCK_SEALED &&
	       block_of(f, at)->used <= BLOCK_PAYLOAD;
}

static void try(struct file *f, size_t at, bool seal)
{
	uint64_t events;

	if (seal && is_sealed(f, at))
		block_seal(block_of(f, at));
	put(f);
	read_profile(f->suffix, at, &events);
}

static void flip(struct file *f, size_t from, size_t to)
{
	uint8_t before[BLOCK_SIZE];
	size_t block = from - from % BLOCK_SIZE;
	size_t n = MIN(f->n - block, BLOCK_SIZE);

	memcpy(before, f->p + block, n);
	for (size_t bit = 8 * from; bit < 8 * to; bit++) {
		f->p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		try(f, bit / 8, false);
		if (is_sealed(f, bit / 8))
			try(f, bit / 8, true);
		memcpy(f->p + block, before, n);
	}
	put(f);
}

static void set_extremes(struct file *f, size_t from, size_t to, size_t size)
{
	static const uint64_t values[] = {0,
					  1,
					  UINT64_MAX,
					  UINT64_MAX - 1,
					  (uint64_t)1 << 31,
					  (uint64_t)1 << 63,
					  INT64_MAX,
					  UINT32_MAX / 2 + 2};
	uint8_t before[BLOCK_SIZE];
	size_t block = from - from % BLOCK_SIZE;
	size_t n = MIN(f->n - block, BLOCK_SIZE);

	memcpy(before, f->p + block, n);
	for (size_t at = from; at + size <= to; at += size)
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			memcpy(f->p + at, &values[i], size);
			try(f, at, true);
			memcpy(f->p + block, before, n);
		}
	put(f);
}

/* The header of each block, and what has numbers at fixed places behind it. */
static void change_numbers(struct file *f)
{
	const size_t header = sizeof(struct block_header);

	for (size_t at = 0; at + BLOCK_SIZE <= f->n; at += BLOCK_SIZE) {
		const struct block_header *h =
			(const struct block_header *)(f->p + at);
		size_t fixed = h->kind == BLOCK_HEADER ? 72
			       : h->kind == BLOCK_EVENTS ||
					       h->kind == BLOCK_MODULES ||
					       h->kind == BLOCK_MARKS
				       ? 0
				       : MIN(h->used, 200);

		flip(f, at, at + header + fixed);
		set_extremes(f, at, at + header + fixed, 4);
		set_extremes(f, at, at + header + fixed, 8);
	}
}

/* A wrong bit in block @i of the log: returns what is found in the others. */
static uint64_t damage_block(size_t i, size_t at)
{
	char offset[40];
	uint64_t events;

	event_log.p[at] ^= 1;
	put(&event_log);
	if (read_profile("block", at, &events) != HEAPPROF_LOSSY)
		fail("block", at, "its damage was not told");
	snprintf(offset, sizeof(offset), "offset %zu;", i * BLOCK_SIZE);
	if (!strstr(said, offset))
		fail("block", at, "no word about where");
	event_log.p[at] ^= 1;
	return events;
}

/* Wherever a sealed block is wrong it is left out, and all others are found. */
static void damage_blocks(uint64_t whole)
{
	for (size_t i = 1; i < event_log.n / BLOCK_SIZE; i++) {
		const struct block_header *h =
			block_of(&event_log, i * BLOCK_SIZE);
		size_t start = i * BLOCK_SIZE + sizeof(*h);
		uint64_t events;

		if (h->flags != BLOCK_SEALED || h->used == 0)
			continue;
		events = damage_block(i, start);
		/* An event takes two bytes at least. */
		if (events >= whole || events + h->used / 2 < whole)
			fail("block", start, "others were not found");
		for (size_t at = start; at < start + h->used; at++)
			if (damage_block(i, at) != events)
				fail("block", at, "some of it was read");
	}
	put(&event_log);
}

int main(int argc, char **argv)
{
	uint64_t whole, events;

	if (argc != 2) {
		fprintf(stderr, "usage: damage BASE\n");
		return 2;
	}
	fuzz_limit();
	fuzz_start();
	load(&meta, argv[1]);
	load(&event_log, argv[1]);
	blocks = meta.p[0] == 'H';
	put(&meta);
	put(&event_log);
	if (read_profile("whole", 0, &whole) != 0 || whole == 0)
		fail("whole", 0, "it is not");
	load(&made, fuzz_base);
	cut(&event_log);
	cut(&meta);
	cut_digest();
	flip_digest();
	if (blocks) {
		change_numbers(&meta);
		change_numbers(&event_log);
		damage_blocks(whole);
	} else {
		flip(&meta, 0, meta.n);
		flip(&event_log, 0, event_log.n);
		set_extremes(&meta, 0, 64, 4);
		set_extremes(&event_log, 0, event_log.n, 4);
	}
	if (read_profile("whole", 0, &events) != 0 || events != whole)
		fail("whole", 0, "it was not put right");
	printf("%u cases\n", nr_cases);
	return 0;
}
