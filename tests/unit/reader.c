/* SPDX-License-Identifier: MIT */

/* Files that are whole, cut anywhere, damaged, growing, or something else. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profile/reader.h"

#include "logwriter.h"
#include "scratch.h"
#include "unit.h"

static struct scratch s;
static struct logwriter w;

static void setup(void)
{
	scratch_init(&s);
	logwriter_init(&w);
	logwriter_node(&w, 0, 0x1000, 0);
	logwriter_thread(&w, 7, "main");
	logwriter_thread(&w, 8, "other");
}

static void teardown(void)
{
	logwriter_fini(&w);
	scratch_fini(&s);
}

static void alloc(uint32_t lane, uint64_t tick, uint64_t size)
{
	struct hpd_event e = {
		.tick = tick,
		.kind = HPD_ALLOC,
		.thread = lane + 1,
		.block = {.size = size, .trace = 1, .thread = lane + 1},
	};

	logwriter_event(&w, lane, &e);
}

/* What a pass gave, in short. */
struct pass {
	size_t nr;
	uint64_t bytes; /* sum of sizes */
	uint64_t last_ns;
	size_t ordered; /* 1: time never fell */
};

static void add_events(struct pass *p, const struct reader_event *e, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		p->ordered &= e[i].time_ns >= p->last_ns;
		p->last_ns = e[i].time_ns;
		p->bytes += e[i].block ? e[i].block->is.size : 0;
		p->nr++;
	}
}

static struct pass read_all(struct reader *r)
{
	struct pass p = {.ordered = true};
	const struct reader_event *e;
	size_t n;

	reader_rewind(r);
	while (reader_next(r, &e, &n) == 0 && n > 0)
		add_events(&p, e, n);
	return p;
}

static int try_parts(struct reader *r, struct reader_part *part, struct pass *p)
{
	const struct reader_event *e;
	uint64_t position;
	size_t n;
	int status;

	*p = (struct pass){.ordered = true};
	reader_start(r);
	while ((status = reader_part_next(part, &position)) == 1) {
		while ((status = reader_part_read(part, &e, &n)) == 0 && n > 0)
			add_events(p, e, n);
		if (status)
			break;
	}
	return status;
}

static struct pass read_parts(struct reader *r)
{
	struct reader_part *part;
	struct pass p;
	int status;

	ck_assert_int_eq(reader_part_open(r, &part), 0);
	status = try_parts(r, part, &p);
	if (status == -EBADMSG)
		status = try_parts(r, part, &p);
	ck_assert_int_eq(status, 0);
	reader_end(r);
	reader_part_close(part);
	return p;
}

static struct reader *open_profile(void)
{
	struct reader *r;

	ck_assert_msg(reader_open(s.base, &s.listener, &r) == 0, "%s", s.text);
	return r;
}

/* The same in whichever way it is read. */
static void expect_same_in_parts(const struct pass *p,
				 const struct reader_damage *d)
{
	struct reader *r;
	struct pass q;

	ck_assert_int_eq(reader_open(s.base, NULL, &r), 0);
	for (int pass = 0; pass < 2; pass++) {
		q = read_parts(r);
		ck_assert_mem_eq(p, &q, sizeof(q));
		ck_assert_mem_eq(d, reader_damage(r), sizeof(*d));
	}
	reader_close(r);
}

static int read_files(struct pass *p)
{
	struct reader *r;
	uint64_t lost;
	int status = reader_open(s.base, NULL, &r);

	*p = (struct pass){.ordered = true};
	if (status)
		return status;
	*p = read_all(r);
	expect_same_in_parts(p, reader_damage(r));
	status = reader_report(r, true, p->nr, &lost);
	reader_close(r);
	return status;
}

static char *file(const char *suffix)
{
	static char path[100];

	snprintf(path, sizeof(path), "%s.%s", s.base, suffix);
	return path;
}

static int open_file(const char *suffix)
{
	int fd = open(file(suffix), O_RDWR);

	ck_assert_int_ge(fd, 0);
	return fd;
}

START_TEST(merges_lanes_by_time)
{
	const struct reader_event *e;
	uint64_t last_ns = 0, last_thread = 0;
	struct reader *r;
	size_t n, nr = 0;

	w.payload = 100; /* several blocks a lane */
	for (uint64_t i = 0; i < 100; i++)
		alloc(i % 2, i / 3, i);
	logwriter_save(&w, s.base);
	r = open_profile();
	while (reader_next(r, &e, &n) == 0 && n > 0) {
		for (size_t i = 0; i < n; i++, nr++) {
			ck_assert_uint_eq(e[i].block->is.size / 3,
					  e[i].time_ns);
			ck_assert_uint_ge(e[i].time_ns, last_ns);
			if (e[i].time_ns == last_ns)
				ck_assert_uint_ge(e[i].thread, last_thread);
			last_ns = e[i].time_ns;
			last_thread = e[i].thread;
		}
	}
	ck_assert_uint_eq(nr, 100);
	ck_assert_uint_eq(reader_position(r), reader_size(r));
	reader_close(r);
}
END_TEST

/* Blocks of one lane far behind those of another, beyond any window. */
START_TEST(reads_ahead_as_far_as_it_must)
{
	struct pass p;

	w.payload = HPD_EVENT_MAX;
	for (uint64_t i = 0; i < 600; i++)
		alloc(0, 2 * i, 1);
	alloc(1, 1199, 1);
	logwriter_save(&w, s.base);
	ck_assert_int_eq(read_files(&p), 0);
	ck_assert_uint_eq(p.nr, 601);
	ck_assert(p.ordered);
}
END_TEST

static struct block_header *block(uint64_t slot)
{
	return (struct block_header *)(w.log + slot * BLOCK_SIZE);
}

/* One lane goes on where another one is full of events, or long since idle. */
START_TEST(lanes_of_different_speed)
{
	struct pass p;

	w.payload = 4 * HPD_EVENT_MAX;
	logwriter_thread(&w, 9, "idle");
	for (uint64_t i = 0; i < 3000; i++) {
		alloc(0, i, 1);
		if (i % 200 == 0)
			alloc(1, i, 1);
		if (i < 3)
			alloc(2, i, 1);
	}
	logwriter_save(&w, s.base);
	ck_assert_int_eq(read_files(&p), 0);
	ck_assert_uint_eq(p.nr, 3018);
	ck_assert(p.ordered);
}
END_TEST

/* Blocks that say that they are of another time, though they are sealed. */
START_TEST(blocks_of_a_wrong_time)
{
	static const uint64_t first[] = {0, 1, 500, 100000};

	w.payload = HPD_EVENT_MAX;
	for (uint64_t i = 0; i < 1000; i++)
		alloc(i % 2, i, 1);
	logwriter_save(&w, s.base);
	for (uint64_t slot = 1; slot < w.nr_slots; slot += 41) {
		for (size_t i = 0; i < ARRAY_SIZE(first); i++) {
			uint64_t before = block(slot)->first;
			struct pass p;

			block(slot)->first = first[i];
			block_seal(block(slot));
			logwriter_save(&w, s.base);
			ck_assert_int_eq(read_files(&p), 0);
			ck_assert_uint_eq(p.nr, 1000);
			ck_assert(p.ordered);
			block(slot)->first = before;
			block_seal(block(slot));
		}
	}
}
END_TEST

/* Says that it has @used bytes, and that all of it is after @tick. */
static void lie(uint64_t slot, uint32_t used, uint64_t tick)
{
	block(slot)->used = used;
	block(slot)->first = tick;
	block_seal(block(slot));
}

/*
 * Two begin where a span of three ends: the first is empty, and the second has
 * an event that was before.
 */
START_TEST(block_of_an_earlier_time_at_the_end_of_a_span)
{
	struct pass p;

	logwriter_thread(&w, 9, "third");
	w.payload = HPD_EVENT_MAX;
	for (uint64_t i = 0; i < 3; i++)
		alloc(0, i, 1);
	alloc(1, 2, 1);
	for (uint64_t i = 0; i < 3 * 16; i++)
		alloc(2, 3 + i, 1);
	alloc(0, 60, 1);
	logwriter_save(&w, s.base);
	ck_assert_int_eq(read_files(&p), 0);
	ck_assert_uint_eq(p.nr, 53);
	lie(2, 0, 2);
	lie(3, block(3)->used, 0);
	logwriter_save(&w, s.base);
	ck_assert_int_eq(read_files(&p), 0);
	ck_assert_uint_eq(p.nr, 52);
	ck_assert(p.ordered);
}
END_TEST

/* A batch names each block by a pointer; redefinition must not change them. */
START_TEST(redefined_slots_keep_their_meaning)
{
	struct pass p, again;
	struct reader *r;
	uint64_t sum = 0;

	for (uint64_t i = 0; i < 20000; i++) {
		alloc(0, i, i % 1009);
		sum += i % 1009;
	}
	logwriter_save(&w, s.base);
	r = open_profile();
	p = read_all(r);
	again = read_all(r);
	ck_assert_uint_eq(p.nr, 20000);
	ck_assert_uint_eq(p.bytes, sum);
	ck_assert_mem_eq(&p, &again, sizeof(p));
	reader_close(r);
}
END_TEST

static void fill(void)
{
	struct hpm_module m = {.number = 1,
			       .start = 0x1000,
			       .end = 0x2000,
			       .path = "/lib/x.so",
			       .path_length = 9};

	logwriter_module(&w, &m);
	logwriter_mark(&w, 5, "half");
	w.payload = 300;
	for (uint64_t i = 0; i < 200; i++)
		alloc(0, i, i);
}

/* Every byte that means something, and some of those that do not. */
static off_t step_down(off_t size)
{
	off_t in_block = size % BLOCK_SIZE;

	return in_block > 1200 ? 97 : 1;
}

START_TEST(log_cut_at_any_byte)
{
	struct pass whole, p;
	size_t last;
	off_t size;
	int fd;

	fill();
	logwriter_save(&w, s.base);
	ck_assert_int_eq(read_files(&whole), 0);
	last = whole.nr;
	fd = open_file("hpd");
	for (size = lseek(fd, 0, SEEK_END); size >= 0;
	     size -= step_down(size)) {
		int status;

		ck_assert_int_eq(ftruncate(fd, size), 0);
		status = read_files(&p);
		ck_assert_uint_le(p.nr, last);
		last = p.nr;
		/* The first events are the first ones, whole. */
		ck_assert_uint_eq(p.bytes, p.nr * (p.nr - 1) / 2 * (p.nr > 0));
		if (status < 0)
			ck_assert_int_eq(status, -EBADMSG);
		else
			ck_assert(p.nr + w.nr_threads + 1 >= whole.nr ||
				  status == HEAPPROF_LOSSY);
		if (size > BLOCK_SIZE)
			ck_assert_int_ge(status, 0);
	}
	ck_assert_uint_eq(last, 0);
	close(fd);
}
END_TEST

START_TEST(metadata_cut_at_any_byte)
{
	struct pass p;
	off_t size;
	int fd;

	fill();
	logwriter_save(&w, s.base);
	fd = open_file("hpm");
	for (size = lseek(fd, 0, SEEK_END); size >= 0;
	     size -= step_down(size)) {
		int status;

		ck_assert_int_eq(ftruncate(fd, size), 0);
		status = read_files(&p);
		ck_assert(status == 0 || status == HEAPPROF_LOSSY ||
			  status == -EBADMSG);
		ck_assert_uint_eq(p.nr, status < 0 ? 0 : 200);
		if (size >= BLOCK_SIZE)
			ck_assert_int_ge(status, 0);
	}
	close(fd);
}
END_TEST

/*
 * One bit: it is found, or it is in a place that means nothing, or in a block
 * that was not sealed.
 */
static void flip_bits(const char *suffix, bool sealed)
{
	struct pass whole, p;
	struct stat st;
	int fd;

	w.header.depth = 3;
	fill();
	logwriter_save(&w, s.base);
	read_files(&whole);
	fd = open_file(suffix);
	ck_assert_int_eq(fstat(fd, &st), 0);
	for (off_t at = 0; at < st.st_size; at += step_down(at)) {
		uint8_t byte, flipped;
		int status;

		ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
		flipped = byte ^ (uint8_t)(1u << (at % 8));
		ck_assert_int_eq(pwrite(fd, &flipped, 1, at), 1);
		status = read_files(&p);
		ck_assert_uint_le(p.nr, whole.nr + 1);
		if (sealed && status == 0)
			ck_assert_mem_eq(&p, &whole, sizeof(p));
		ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	}
	close(fd);
}

START_TEST(flipped_bit_in_sealed_log)
{
	flip_bits("hpd", true);
}
END_TEST

START_TEST(flipped_bit_in_open_log)
{
	w.unsealed = true;
	flip_bits("hpd", false);
}
END_TEST

START_TEST(flipped_bit_in_metadata)
{
	flip_bits("hpm", true);
}
END_TEST

START_TEST(damaged_block_is_skipped_and_told)
{
	const struct reader_damage *d;
	struct reader *r;
	struct pass p;
	uint64_t lost;
	uint8_t bad = 0xff;
	int fd;

	fill();
	logwriter_save(&w, s.base);
	fd = open_file("hpd");
	ck_assert_int_eq(pwrite(fd, &bad, 1, 2 * BLOCK_SIZE + 100), 1);
	close(fd);
	r = open_profile();
	p = read_all(r);
	read_all(r); /* a second pass must not count it again */
	d = reader_damage(r);
	ck_assert_uint_eq(d->blocks, 1);
	ck_assert_uint_eq(d->first, 2 * BLOCK_SIZE);
	ck_assert_uint_eq(d->bytes, BLOCK_SIZE);
	ck_assert_uint_eq(d->missing, 1);
	ck_assert_int_eq(reader_report(r, true, p.nr, &lost), HEAPPROF_LOSSY);
	ck_assert_uint_eq(lost, 200 - p.nr);
	ck_assert_uint_lt(p.nr, 200);
	ck_assert_uint_gt(p.nr, 100);
	reader_close(r);
}
END_TEST

START_TEST(killed_program_is_whole)
{
	struct pass p;

	w.unsealed = true;
	w.state.end = HPM_RUNNING;
	w.empty = 100; /* preallocated */
	fill();
	logwriter_save(&w, s.base);
	ck_assert_int_eq(read_files(&p), 0);
	ck_assert_uint_eq(p.nr, 200);
}
END_TEST

/* What is written after opening is not seen, in no pass. */
START_TEST(growing_log_stays_the_same)
{
	struct pass p;
	struct reader *r;

	w.unsealed = true;
	w.state.end = HPM_RUNNING;
	for (uint64_t i = 0; i < 10; i++)
		alloc(0, i, 1);
	logwriter_save(&w, s.base);
	r = open_profile();
	for (uint64_t i = 10; i < 20000; i++)
		alloc(0, i, 1);
	logwriter_save(&w, s.base);
	for (int pass = 0; pass < 2; pass++) {
		p = read_all(r);
		ck_assert_uint_eq(p.nr, 10);
	}
	reader_close(r);
	ck_assert_int_eq(read_files(&p), 0);
	ck_assert_uint_eq(p.nr, 20000);
}
END_TEST

static void expect_refusal(int error, const char *words)
{
	struct reader *r;

	ck_assert_int_eq(reader_open(s.base, &s.listener, &r), error);
	ck_assert_int_eq(s.said[HEAPPROF_ERROR], 1);
	ck_assert_msg(strstr(s.text, words) != NULL, "%s", s.text);
}

static void write_file(const char *suffix, const void *p, size_t n)
{
	FILE *out = fopen(file(suffix), "we");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(p, 1, n, out), n);
	ck_assert_int_eq(fclose(out), 0);
}

START_TEST(no_profile)
{
	expect_refusal(-ENOENT, "no such profile");
}
END_TEST

START_TEST(log_without_metadata)
{
	logwriter_save(&w, s.base);
	unlink(file("hpm"));
	expect_refusal(-ENOENT, "is missing");
}
END_TEST

START_TEST(metadata_without_log)
{
	logwriter_save(&w, s.base);
	unlink(file("hpd"));
	expect_refusal(-ENOENT, "is missing");
}
END_TEST

START_TEST(empty_file)
{
	logwriter_save(&w, s.base);
	write_file("hpd", "", 0);
	expect_refusal(-EBADMSG, "empty");
}
END_TEST

START_TEST(foreign_file)
{
	logwriter_save(&w, s.base);
	write_file("hpm", "#!/bin/sh\nexit 0\n", 17);
	expect_refusal(-EBADMSG, "not a heapprof profile");
}
END_TEST

START_TEST(version_1)
{
	logwriter_save(&w, s.base);
	write_file("hpm", "\0\0\0\1\0\0\0\0", 8);
	expect_refusal(-EBADMSG, "cut within its header");
}
END_TEST

START_TEST(newer_version)
{
	w.header.version = HPM_VERSION + 1;
	logwriter_save(&w, s.base);
	expect_refusal(-ENOTSUP, "newer");
}
END_TEST

START_TEST(files_of_different_profiles)
{
	logwriter_save(&w, s.base);
	rename(file("hpm"), s.path);
	w.profile++;
	logwriter_save(&w, s.base);
	rename(s.path, file("hpm"));
	expect_refusal(-EBADMSG, "another profile");
}
END_TEST

START_TEST(base_by_file_name)
{
	struct reader *r;

	logwriter_save(&w, s.base);
	ck_assert_int_eq(reader_open(file("hpd"), &s.listener, &r), 0);
	reader_close(r);
}
END_TEST

START_TEST(identity_changes_with_events)
{
	struct reader_identity a, b;

	w.state.end = HPM_RUNNING;
	w.unsealed = true;
	alloc(0, 1, 1);
	logwriter_save(&w, s.base);
	ck_assert_int_eq(reader_identify(s.base, &a), 0);
	alloc(0, 2, 1);
	logwriter_save(&w, s.base);
	ck_assert_int_eq(reader_identify(s.base, &b), 0);
	ck_assert_uint_eq(a.events, 1);
	ck_assert_uint_eq(b.events, 2);
	ck_assert_uint_eq(a.log_size, b.log_size);
}
END_TEST

Suite *reader_suite(void)
{
	const TTest *const tests[] = {
		merges_lanes_by_time,
		reads_ahead_as_far_as_it_must,
		lanes_of_different_speed,
		blocks_of_a_wrong_time,
		block_of_an_earlier_time_at_the_end_of_a_span,
		redefined_slots_keep_their_meaning,
		log_cut_at_any_byte,
		metadata_cut_at_any_byte,
		flipped_bit_in_sealed_log,
		flipped_bit_in_open_log,
		flipped_bit_in_metadata,
		damaged_block_is_skipped_and_told,
		killed_program_is_whole,
		growing_log_stays_the_same,
		no_profile,
		log_without_metadata,
		metadata_without_log,
		empty_file,
		foreign_file,
		version_1,
		newer_version,
		files_of_different_profiles,
		base_by_file_name,
		identity_changes_with_events,
	};
	Suite *suite = suite_create("reader");
	TCase *cases = tcase_create("reader");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_set_timeout(cases, 300);
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		tcase_add_test(cases, tests[i]);
	suite_add_tcase(suite, cases);
	return suite;
}
