/* SPDX-License-Identifier: MIT */

/* Digests against the model, and files that are not as they should be. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/hpc.h"
#include "profile/digest.h"

#include "logwriter.h"
#include "model.h"
#include "scratch.h"
#include "unit.h"

#define LISTS 2000

static struct scratch s;
static struct heapprof_digest_options options;

static void setup(void)
{
	scratch_init(&s);
	options = (struct heapprof_digest_options){.precision = 0,
						   .no_symbols = true};
}

static void teardown(void)
{
	scratch_fini(&s);
}

static struct digest *open_digest(void)
{
	struct digest *d;

	ck_assert_msg(digest_open(s.path, &d, &s.listener) == 0, "%s", s.text);
	return d;
}

START_TEST(agrees_with_model)
{
	struct model m;

	for (uint64_t seed = 1; seed <= LISTS; seed++) {
		struct digest *d;
		uint64_t ns;

		model_make(&m, seed, s.base);
		ns = m.interval << m.header.tick_shift;
		options.interval_s = (double)ns * 1e-9;
		options.precision = m.precision;
		ck_assert_msg(digest_make(s.base, &options, &s.listener) == 0,
			      "list %d: %s", (int)seed, s.text);
		d = open_digest();
		ck_assert(ns == 0 || d->interval_ns == ns);
		model_compare(&m, d);
		digest_close(d);
		/* Some file systems wait for the disk when one is replaced. */
		unlink(s.path);
	}
}
END_TEST

/* A profile with a peak, marks and two threads. */
static void make_profile(void)
{
	struct logwriter w;

	logwriter_init(&w);
	logwriter_thread(&w, 7, "main");
	logwriter_thread(&w, 8, "other");
	for (uint32_t i = 0; i < 5; i++)
		logwriter_node(&w, i, 0x1000 + i, 0);
	for (uint64_t i = 0; i < 40000; i++) {
		struct hpd_event e = {
			.tick = i * 1000,
			.kind = i < 20000 ? HPD_ALLOC : HPD_FREE,
			.thread = 1 + i % 2,
			.block = {.size = 100,
				  .trace = 1 + (uint32_t)(i % 5),
				  .thread = 1 + i % 2},
			.age = i < 20000 ? 0 : 5000,
		};

		logwriter_event(&w, i % 2, &e);
	}
	logwriter_mark(&w, 10000000, "first");
	logwriter_save(&w, s.base);
	logwriter_fini(&w);
}

START_TEST(facts_survive)
{
	struct digest *d;

	make_profile();
	ck_assert_int_eq(digest_make(s.base, NULL, &s.listener), 0);
	d = open_digest();
	ck_assert_str_eq(d->program, "/bin/test");
	ck_assert_str_eq(d->directory, "/tmp");
	ck_assert_str_eq(d->host, "host");
	ck_assert_str_eq(d->argv[0], "test");
	ck_assert_str_eq(d->argv[1], "--all");
	ck_assert_ptr_null(d->argv[2]);
	ck_assert_uint_eq(d->pid, 42);
	ck_assert_uint_eq(d->parent_pid, 41);
	ck_assert_uint_eq(d->depth, 256);
	ck_assert_uint_eq(d->end, HPM_EXIT);
	ck_assert_uint_eq(d->seen, 20000);
	ck_assert_uint_eq(d->seen_bytes, 2000000);
	ck_assert_uint_eq(d->recorded, 20000);
	ck_assert_uint_eq(d->frees, 20000);
	ck_assert_uint_eq(d->lost_events, 0);
	ck_assert_uint_eq(d->duration_ns, 39999000);
	ck_assert_uint_eq(d->nr_threads, 3);
	ck_assert_str_eq(d->threads[2].name, "other");
	ck_assert_uint_eq(d->threads[2].tid, 8);
	ck_assert_uint_eq(d->nr_marks, 1);
	ck_assert_str_eq(d->marks[0].label, "first");
	ck_assert_double_eq(d->precision, 0.01);
	ck_assert_uint_eq(d->instants[d->peak].time_ns, 19999000);
	ck_assert_double_eq(d->instants[d->peak].live.bytes, 2000000);
	ck_assert_uint_eq(digest_at(d, 0), 0);
	ck_assert_uint_eq(digest_at(d, 19999000), d->peak);
	ck_assert_uint_eq(digest_at(d, UINT64_MAX), d->nr_instants - 1);
	digest_close(d);
}
END_TEST

static void add_module(struct logwriter *w, uint32_t number, const char *path)
{
	struct hpm_module m = {.number = number,
			       .bias = 0x10000 * number,
			       .start = 0x10000 * number,
			       .end = 0x10000 * (number + 1),
			       .path = path,
			       .path_length = (uint16_t)strlen(path)};

	logwriter_module(w, &m);
}

static void add_alloc(struct logwriter *w, uint32_t trace)
{
	struct hpd_event e = {.tick = trace,
			      .kind = HPD_ALLOC,
			      .thread = 1,
			      .block = {100, trace, 1, 0}};

	logwriter_event(w, 0, &e);
}

static const struct digest_trace *trace_of(const struct digest *d,
					   uint32_t node)
{
	for (size_t i = 1; i < d->nr_traces; i++)
		if (d->traces[i].node == node)
			return &d->traces[i];
	ck_abort_msg("no trace of node %u", node);
}

static void expect_frame(const struct digest *d, const struct digest_trace *t,
			 uint32_t i, const char *module, uint64_t offset)
{
	const struct digest_frame *f = &d->frames[t->frames[i]];

	ck_assert_ptr_null(f->function);
	ck_assert_uint_eq(f->offset, offset);
	ck_assert(!f->cut);
	if (module)
		ck_assert_str_eq(f->module, module);
	else
		ck_assert_ptr_null(f->module);
}

START_TEST(frames_of_traces)
{
	const struct digest_trace *t;
	struct logwriter w;
	struct digest *d;

	logwriter_init(&w);
	logwriter_thread(&w, 7, "main");
	add_module(&w, 1, "/bin/x");
	add_module(&w, 2, "/lib/libheapprof-preload.so");
	logwriter_node(&w, 0, HPM_NODE_CUT, 0); /* 1 */
	logwriter_node(&w, 1, 0x10100, 1);	/* 2 */
	logwriter_node(&w, 2, 0x10201, 1);	/* 3 */
	logwriter_node(&w, 3, 0x20300, 2);	/* 4 */
	logwriter_node(&w, 4, 0x20400, 2);	/* 5 */
	logwriter_node(&w, 0, 0x10100, 1);	/* 6 */
	logwriter_node(&w, 6, 0x55555, 0);	/* 7 */
	logwriter_node(&w, 0, 0x10100, 9);	/* 8, no such module */
	for (uint32_t i = 5; i <= 8; i++)
		add_alloc(&w, i);
	add_alloc(&w, 99);
	logwriter_save(&w, s.base);
	logwriter_fini(&w);
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener),
			 HEAPPROF_LOSSY);
	ck_assert_ptr_nonnull(strstr(s.text, "1 events are not in .hpm"));
	d = open_digest();
	ck_assert_uint_eq(d->unknown_stacks, 1);
	ck_assert_uint_eq(trace_of(d, 0)->nr_frames, 0);
	t = trace_of(d, 5); /* without the recorder's own two */
	ck_assert_uint_eq(t->nr_frames, 3);
	expect_frame(d, t, 0, "/bin/x", 0x200);
	expect_frame(d, t, 1, "/bin/x", 0xff);
	ck_assert(d->frames[t->frames[2]].cut);
	t = trace_of(d, 7);
	ck_assert_uint_eq(t->nr_frames, 2);
	expect_frame(d, t, 0, NULL, 0x55554);
	ck_assert_uint_eq(t->frames[1], trace_of(d, 5)->frames[1]);
	ck_assert_uint_eq(trace_of(d, 6)->frames[0], t->frames[1]);
	expect_frame(d, trace_of(d, 8), 0, NULL, 0x100ff);
	digest_close(d);
}
END_TEST

START_TEST(modules_of_frames)
{
	static const uint8_t id[] = {0x00, 0xab, 0x1f};
	struct hpm_module m = {.number = 1,
			       .bias = 0x400000,
			       .start = 0x401000,
			       .end = 0x405000,
			       .build_id_length = sizeof(id),
			       .path = "/bin/x",
			       .path_length = 6};
	struct logwriter w;
	struct digest *d;

	memcpy(m.build_id, id, sizeof(id));
	logwriter_init(&w);
	logwriter_thread(&w, 7, "main");
	logwriter_module(&w, &m);
	add_module(&w, 2, "/lib/liby.so");
	logwriter_node(&w, 0, 0x401101, 1);
	add_alloc(&w, 1);
	logwriter_save(&w, s.base);
	logwriter_fini(&w);
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), 0);
	d = open_digest();
	ck_assert_uint_eq(d->nr_modules, 2);
	ck_assert_str_eq(d->modules[0].path, "/bin/x");
	ck_assert_str_eq(d->modules[0].build_id, "00ab1f");
	ck_assert_uint_eq(d->modules[0].start, 0x401000);
	ck_assert_uint_eq(d->modules[0].size, 0x4000);
	ck_assert_uint_eq(d->modules[0].offset, 0x1000);
	expect_frame(d, trace_of(d, 1), 0, d->modules[0].path, 0x1100);
	ck_assert_str_eq(d->modules[1].path, "/lib/liby.so");
	ck_assert_ptr_null(d->modules[1].build_id);
	digest_close(d);
}
END_TEST

#define DEPTH 3000u
#define DEEP 200u

/* More shared frames than a reader would put up with: some are written out. */
START_TEST(deep_traces_stay_readable)
{
	struct logwriter w;
	struct digest *d;

	logwriter_init(&w);
	logwriter_thread(&w, 7, "main");
	for (uint32_t i = 0; i < DEPTH; i++)
		logwriter_node(&w, i, 0x1000 + i, 0);
	for (uint32_t i = DEPTH - DEEP + 1; i <= DEPTH; i++)
		add_alloc(&w, i);
	logwriter_save(&w, s.base);
	logwriter_fini(&w);
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), 0);
	d = open_digest();
	ck_assert_uint_eq(d->nr_traces, DEEP + 1);
	for (uint32_t i = 1; i <= DEEP; i++) {
		const struct digest_trace *t = &d->traces[i];
		uint32_t n = DEPTH - DEEP + i;

		ck_assert_uint_eq(t->nr_frames, n);
		for (uint32_t k = 0; k < n; k++)
			ck_assert_uint_eq(d->frames[t->frames[k]].offset,
					  0x1000 + (n - 1 - k) - 1);
	}
	digest_close(d);
}
END_TEST

/*
 * Each node of a chain is one more trace, and all its outer nodes are frames of
 * it: what comes of that must not grow with the square of the file.
 */
START_TEST(traces_deeper_than_any_are_cut)
{
	enum { NODES = 20000 };
	struct logwriter w;
	struct digest *d;
	struct stat st;

	logwriter_init(&w);
	logwriter_thread(&w, 7, "main");
	for (uint32_t i = 0; i < NODES; i++)
		logwriter_node(&w, i, 0x1000 + i, 0);
	for (uint32_t i = 1; i <= NODES; i++)
		add_alloc(&w, i);
	logwriter_save(&w, s.base);
	logwriter_fini(&w);
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener),
			 HEAPPROF_LOSSY);
	ck_assert_ptr_nonnull(strstr(s.text, "more than 4096 frames"));
	d = open_digest();
	ck_assert_uint_eq(d->nr_traces, NODES + 1);
	for (uint32_t i = 1; i <= NODES; i++) {
		const struct digest_trace *t = &d->traces[i];

		ck_assert_uint_le(t->nr_frames, HPM_DEPTH_MAX + 2);
		ck_assert(d->frames[t->frames[t->nr_frames - 1]].cut ==
			  (i > HPM_DEPTH_MAX + 1));
		/* Where it is cut off, a node itself is. */
		if (i % (HPM_DEPTH_MAX + 2) != 0)
			ck_assert_uint_eq(d->frames[t->frames[0]].offset,
					  0x1000 + i - 2);
	}
	digest_close(d);
	ck_assert_int_eq(stat(s.path, &st), 0);
	ck_assert_int_lt(st.st_size, NODES * 1000);
}
END_TEST

START_TEST(fresh_until_something_changes)
{
	struct heapprof_digest_options other = options;
	struct logwriter w;

	make_profile();
	ck_assert(!digest_is_fresh(s.path, s.base, &options));
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), 0);
	ck_assert(digest_is_fresh(s.path, s.base, &options));
	ck_assert(digest_is_fresh(s.path, s.base, NULL));
	other.interval_s = 1;
	ck_assert(!digest_is_fresh(s.path, s.base, &other));
	other = options;
	other.precision = -1;
	ck_assert(!digest_is_fresh(s.path, s.base, &other));
	other = options;
	other.sysroot = "/x";
	ck_assert(!digest_is_fresh(s.path, s.base, &other));
	logwriter_init(&w);
	w.profile++;
	logwriter_save(&w, s.base);
	logwriter_fini(&w);
	ck_assert(!digest_is_fresh(s.path, s.base, NULL));
}
END_TEST

static void expect_valid(const struct digest *d)
{
	struct digest_usage *usage;
	size_t n;

	ck_assert(d->instants[0].kinds & DIGEST_START);
	ck_assert(d->instants[d->nr_instants - 1].kinds & DIGEST_END);
	ck_assert(d->instants[d->peak].kinds & DIGEST_PEAK);
	for (size_t i = 0; i < d->nr_instants; i++) {
		ck_assert_int_eq(digest_snapshot(d, i, &usage, &n), 0);
		free(usage);
	}
	ck_assert_uint_eq(d->instants[d->nr_instants - 1].time_ns,
			  d->duration_ns);
}

START_TEST(stopped_is_shorter_and_valid)
{
	uint64_t duration[100];
	bool whole = false;
	int nr = 0;

	make_profile();
	for (; !whole; nr++) {
		struct digest *d;

		ck_assert_int_lt(nr, ARRAY_SIZE(duration));
		s.stop_after = nr;
		ck_assert_int_eq(digest_make(s.base, &options, &s.listener), 0);
		s.stop_after = -1;
		d = open_digest();
		whole = !d->shortened;
		if (!whole)
			ck_assert_ptr_nonnull(strstr(s.text, "interrupted"));
		expect_valid(d);
		duration[nr] = d->duration_ns;
		digest_close(d);
	}
	/* In each part of the log: in the first pass, then in the second. */
	ck_assert_int_ge(nr, 16);
	ck_assert_int_eq(nr % 2, 0);
	for (int i = 1; i < nr; i++)
		ck_assert(i == nr / 2 || duration[i] > duration[i - 1]);
}
END_TEST

static size_t load_file(uint8_t **bytes)
{
	FILE *in = fopen(s.path, "re");
	struct stat st;

	ck_assert_ptr_nonnull(in);
	ck_assert_int_eq(fstat(fileno(in), &st), 0);
	*bytes = malloc((size_t)st.st_size);
	ck_assert_uint_eq(fread(*bytes, 1, (size_t)st.st_size, in),
			  (size_t)st.st_size);
	fclose(in);
	return (size_t)st.st_size;
}

/* Can all of it be read? */
static bool is_readable(void)
{
	struct digest_usage *usage;
	struct digest *d;
	bool good;
	size_t n;

	if (digest_open(s.path, &d, NULL) != 0)
		return false;
	good = digest_spreads(d) == 0;
	for (size_t i = 0; i < d->nr_instants && good; i++) {
		good = digest_snapshot(d, i, &usage, &n) == 0;
		if (good)
			free(usage);
	}
	digest_close(d);
	return good;
}

static void make_small(void)
{
	struct model m;

	model_make(&m, 4711, s.base);
	options.interval_s = 0.001;
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), 0);
	ck_assert(is_readable());
}

START_TEST(every_flipped_bit_shows)
{
	uint8_t *bytes;
	size_t n;
	int fd;

	make_small();
	n = load_file(&bytes);
	fd = open(s.path, O_RDWR);
	for (size_t i = 0; i < 8 * n; i++) {
		uint8_t byte = bytes[i / 8] ^ (uint8_t)(1u << i % 8);

		ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)(i / 8)), 1);
		ck_assert_msg(!is_readable(), "bit %zu", i);
		ck_assert_int_eq(pwrite(fd, &bytes[i / 8], 1, (off_t)(i / 8)),
				 1);
	}
	ck_assert(is_readable());
	close(fd);
	free(bytes);
}
END_TEST

START_TEST(every_cut_shows)
{
	struct stat st;
	int fd;

	make_small();
	fd = open(s.path, O_RDWR);
	ck_assert_int_eq(fstat(fd, &st), 0);
	while (st.st_size-- > 0) {
		ck_assert_int_eq(ftruncate(fd, st.st_size), 0);
		ck_assert(!is_readable());
	}
	close(fd);
}
END_TEST

/* Sums are checked before anything else, so lie about these, too. */
START_TEST(lies_with_a_right_checksum)
{
	struct hpc_trailer t;
	uint8_t *bytes;
	size_t n;
	int fd;

	make_small();
	n = load_file(&bytes);
	memcpy(&t, bytes + n - sizeof(t), sizeof(t));
	fd = open(s.path, O_RDWR);
	for (size_t i = 0; i < 8 * t.length; i++) {
		uint8_t *byte = &bytes[t.sections + i / 8];

		*byte ^= (uint8_t)(1u << i % 8);
		t.sections_crc = block_crc32c(0, bytes + t.sections, t.length);
		hpc_seal_trailer(&t);
		memcpy(bytes + n - sizeof(t), &t, sizeof(t));
		ck_assert_int_eq(pwrite(fd, bytes, n, 0), (ssize_t)n);
		is_readable(); /* or not: it must only not crash */
		*byte ^= (uint8_t)(1u << i % 8);
	}
	close(fd);
	free(bytes);
}
END_TEST

static void expect_refusal(int error, const char *words)
{
	struct digest *d;

	ck_assert_int_eq(digest_open(s.path, &d, &s.listener), error);
	ck_assert_msg(strstr(s.text, words) != NULL, "%s", s.text);
}

static void write_file(const void *p, size_t n)
{
	FILE *out = fopen(s.path, "we");

	ck_assert_uint_eq(fwrite(p, 1, n, out), n);
	ck_assert_int_eq(fclose(out), 0);
}

START_TEST(files_that_are_no_digest)
{
	struct hpc_header h = {.version = 0};

	expect_refusal(-ENOENT, "No such file");
	write_file("", 0);
	expect_refusal(-EBADMSG, "empty");
	write_file("hello, world", 12);
	expect_refusal(-EBADMSG, "not a heapprof digest");
	write_file("\0\0\0\1abcdef", 10);
	expect_refusal(-ENOTSUP, "version 1");
	hpc_seal_header(&h);
	h.version++;
	write_file(&h, sizeof(h));
	expect_refusal(-ENOTSUP, "newer");
}
END_TEST

START_TEST(reads_a_pipe)
{
	struct digest *d;
	struct digest_usage *usage;
	size_t n;
	FILE *pipe;
	char command[200];

	make_profile();
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), 0);
	snprintf(command, sizeof(command), "cat '%s'", s.path);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	ck_assert_int_ge(dup2(fileno(pipe), STDIN_FILENO), 0);
	ck_assert_int_eq(digest_open("-", &d, &s.listener), 0);
	ck_assert_int_eq(digest_snapshot(d, d->peak, &usage, &n), 0);
	ck_assert_uint_eq(n, 5);
	free(usage);
	digest_close(d);
	pclose(pipe);
}
END_TEST

START_TEST(options_that_cannot_be)
{
	make_profile();
	options.interval_s = -1;
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), -EINVAL);
	options.interval_s = 1e-9;
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), -EINVAL);
	ck_assert_ptr_nonnull(strstr(s.text, "--interval="));
	options.interval_s = 0;
	options.precision = 2;
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), -EINVAL);
	ck_assert_int_ne(access(s.path, F_OK), 0);
}
END_TEST

/* The end is in a block without a checksum. */
START_TEST(end_that_is_wrong_costs_little)
{
	struct digest_usage *usage;
	struct logwriter w;
	struct digest *d;
	struct stat st;
	size_t n;

	logwriter_init(&w);
	logwriter_thread(&w, 7, "main");
	logwriter_node(&w, 0, 0x1000, 0);
	add_alloc(&w, 1);
	w.state.end_tick = UINT64_MAX;
	logwriter_save(&w, s.base);
	logwriter_fini(&w);
	options.interval_s = 0;
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), 0);
	d = open_digest();
	ck_assert_uint_ge(d->nr_instants, 20000);
	ck_assert_uint_le(d->nr_instants, 20004);
	/* Where nothing happens, what is live stays so. */
	ck_assert_int_eq(digest_snapshot(d, 10000, &usage, &n), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_double_eq(usage[0].live.bytes, 100);
	ck_assert_double_eq(usage[0].allocated.bytes, 0);
	free(usage);
	digest_close(d);
	ck_assert_int_eq(stat(s.path, &st), 0);
	ck_assert_int_lt(st.st_size, 1 << 20);
}
END_TEST

START_TEST(output_replaces_a_link_and_keeps_its_target)
{
	struct stat st;
	char target[100];

	make_profile();
	snprintf(target, sizeof(target), "%s.target", s.base);
	write_file("precious", 8);
	ck_assert_int_eq(rename(s.path, target), 0);
	ck_assert_int_eq(symlink(target, s.path), 0);
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), 0);
	ck_assert_int_eq(lstat(s.path, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(stat(target, &st), 0);
	ck_assert_int_eq(st.st_size, 8);
}
END_TEST

/* Anybody can have put it there. */
START_TEST(output_replaces_a_link_to_a_device)
{
	struct stat st;

	make_profile();
	ck_assert_int_eq(symlink("/dev/full", s.path), 0);
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), 0);
	ck_assert_int_eq(lstat(s.path, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
}
END_TEST

START_TEST(output_that_cannot_be_written)
{
	make_profile();
	options.output = "/nonexistent/x.hpc";
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), -ENOENT);
	ck_assert_ptr_nonnull(strstr(s.text, "/nonexistent/x.hpc"));
	options.output = "/dev/full";
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), -ENOSPC);
	options.output = s.folder;
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), -EISDIR);
}
END_TEST

Suite *digest_suite(void)
{
	const TTest *const tests[] = {
		agrees_with_model,
		facts_survive,
		frames_of_traces,
		modules_of_frames,
		deep_traces_stay_readable,
		traces_deeper_than_any_are_cut,
		fresh_until_something_changes,
		stopped_is_shorter_and_valid,
		every_flipped_bit_shows,
		every_cut_shows,
		lies_with_a_right_checksum,
		files_that_are_no_digest,
		reads_a_pipe,
		options_that_cannot_be,
		end_that_is_wrong_costs_little,
		output_replaces_a_link_and_keeps_its_target,
		output_replaces_a_link_to_a_device,
		output_that_cannot_be_written,
	};
	Suite *suite = suite_create("digest");
	TCase *cases = tcase_create("digest");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_set_timeout(cases, 300);
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		tcase_add_test(cases, tests[i]);
	suite_add_tcase(suite, cases);
	return suite;
}
