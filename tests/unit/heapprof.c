/* SPDX-License-Identifier: MIT */

/* The library as its users see it: names of profiles in, reports out. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "heapprof.h"

#include "logwriter.h"
#include "scratch.h"
#include "unit.h"

static struct scratch s;
static struct logwriter w;
static char *text; /* the report */

static void setup(void)
{
	scratch_init(&s);
	logwriter_init(&w);
	logwriter_node(&w, 0, 0x1000, 0);
	logwriter_node(&w, 1, 0x2000, 0);
	logwriter_thread(&w, 7, "main");
	logwriter_thread(&w, 8, "other");
}

static void teardown(void)
{
	free(text);
	text = NULL;
	logwriter_fini(&w);
	scratch_fini(&s);
}

static void event(uint64_t tick, uint8_t kind, uint64_t size, uint32_t trace)
{
	struct hpd_event e = {
		.tick = tick,
		.kind = kind,
		.age = kind == HPD_ALLOC ? 0 : 5,
		.thread = 1,
		.block = {.size = size, .trace = trace, .thread = 1},
	};

	logwriter_event(&w, 0, &e);
}

/* 300 bytes at the peak, 200 of them at the end. */
static void save(void)
{
	event(1000000, HPD_ALLOC, 100, 1);
	event(2000000, HPD_ALLOC, 200, 2);
	event(3000000, HPD_FREE, 100, 1);
	w.state.end_tick = 4000000;
	logwriter_save(&w, s.base);
}

static int report(const char *profile,
		  const struct heapprof_report_options *options)
{
	size_t size;
	FILE *out;
	int status;

	free(text);
	*s.log = '\0';
	out = open_memstream(&text, &size);
	status = heapprof_report(profile, options, out, &s.listener);
	fclose(out);
	return status;
}

static void check_has(const char *where, const char *what)
{
	ck_assert_msg(strstr(where, what), "no '%s' in:\n%s", what, where);
}

START_TEST(digest_is_made_once)
{
	save();
	ck_assert_int_eq(report(s.base, NULL), 0);
	check_has(s.log, "there is no digest yet; making it");
	check_has(text, "Who held the peak: 300 B in 2 blocks at 2 ms");
	check_has(text, "Who held memory at the end: 200 B in 1 block at");
	ck_assert_int_eq(report(s.base, NULL), 0);
	ck_assert_str_eq(s.log, "");
	ck_assert_int_eq(report(s.path, NULL), 0);
	ck_assert_str_eq(s.log, "");
}
END_TEST

START_TEST(stale_digest_is_made_again)
{
	save();
	ck_assert_int_eq(report(s.base, NULL), 0);
	event(3500000, HPD_ALLOC, 1000, 2);
	logwriter_save(&w, s.base);
	ck_assert_int_eq(report(s.base, NULL), 0);
	check_has(s.log, "the digest is stale; making it");
	check_has(text, "Who held the peak: 1.2 KiB in 2 blocks");
}
END_TEST

START_TEST(digest_without_log)
{
	char path[120];

	save();
	ck_assert_int_eq(report(s.base, NULL), 0);
	snprintf(path, sizeof(path), "%s.hpm", s.base);
	unlink(path);
	strcpy(strrchr(path, '.'), ".hpd");
	unlink(path);
	ck_assert_int_eq(report(s.base, NULL), 0);
	ck_assert_str_eq(s.log, "");
	ck_assert_int_eq(
		report(s.base,
		       &(struct heapprof_report_options){.view = "events"}),
		-EINVAL);
	check_has(s.log, "needs the log");
}
END_TEST

START_TEST(from_standard_input)
{
	int fd;

	save();
	ck_assert_int_eq(report(s.base, NULL), 0);
	fd = open(s.path, O_RDONLY);
	ck_assert_int_eq(dup2(fd, 0), 0);
	close(fd);
	ck_assert_int_eq(report("-", NULL), 0);
	check_has(text, "Who held the peak: 300 B");
}
END_TEST

START_TEST(folder_that_cannot_be_written)
{
	char path[120];

	save();
	snprintf(path, sizeof(path), "%s.hpm", s.base);
	ck_assert_int_eq(chmod(path, 0444), 0);
	strcpy(strrchr(path, '.'), ".hpd");
	ck_assert_int_eq(chmod(path, 0444), 0);
	ck_assert_int_eq(chmod(s.folder, 0555), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_int_eq(report(s.base, NULL), 0);
	check_has(s.log, "cannot be written; the digest is made for this "
			 "report alone");
	check_has(text, "Who held the peak: 300 B");
	ck_assert_int_ne(access(s.path, F_OK), 0);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chmod(s.folder, 0700), 0);
}
END_TEST

START_TEST(no_such_profile)
{
	ck_assert_int_eq(report(s.base, NULL), -ENOENT);
	check_has(s.log, "no such profile");
	ck_assert_str_eq(text, "");
	ck_assert_int_lt(report(s.path, NULL), 0);
	check_has(s.log, "0 ");
}
END_TEST

START_TEST(formats_of_views)
{
	struct heapprof_report_options o = {.view = "tree", .format = "svg"};

	ck_assert_int_eq(report(s.base, &o), -EINVAL);
	check_has(s.log, "the view tree has no format 'svg'; it has text");
	o.view = "top";
	o.format = "png";
	ck_assert_int_eq(report(s.base, &o), -EINVAL);
	check_has(s.log, "it has text, json, csv");
}
END_TEST

START_TEST(killed_is_not_lossy)
{
	w.state.end = HPM_RUNNING;
	save();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(report(s.base, NULL), 0);
		check_has(s.log, "still runs or was killed");
		check_has(text, "still runs or was killed");
	}
}
END_TEST

START_TEST(lost_events_are_lossy)
{
	w.state.lost[HPM_LOST_MEMORY] = 17;
	save();
	for (int i = 0; i < 2; i++) {
		const char *line;

		ck_assert_int_eq(report(s.base, NULL), HEAPPROF_LOSSY);
		line = strstr(s.log, "17 events were lost");
		ck_assert_ptr_nonnull(line);
		ck_assert_ptr_null(strstr(line + 1, "17 events"));
		check_has(text, "lost      17 events");
	}
}
END_TEST

/* In the first block of events. */
static void damage_log(void)
{
	const long at = BLOCK_SIZE + sizeof(struct block_header);
	char path[120];
	FILE *f;

	snprintf(path, sizeof(path), "%s.hpd", s.base);
	f = fopen(path, "r+");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseek(f, at, SEEK_SET), 0);
	ck_assert_int_ge(fputs("heapprof", f), 0);
	fclose(f);
}

START_TEST(damage_after_the_digest)
{
	struct heapprof_report_options o = {.view = "events"};

	save();
	ck_assert_int_eq(report(s.base, &o), 0);
	damage_log();
	ck_assert_int_eq(report(s.base, &o), HEAPPROF_LOSSY);
	check_has(s.log,
		  "damaged since it was digested, first at offset 16384");
}
END_TEST

START_TEST(full_disk)
{
	FILE *out = fopen("/dev/full", "w");

	save();
	*s.log = '\0';
	ck_assert_int_eq(heapprof_report(s.base, NULL, out, &s.listener),
			 -ENOSPC);
	check_has(s.log, "writing the report: No space left on device");
	fclose(out);
}
END_TEST

START_TEST(reader_has_gone)
{
	int ends[2];
	FILE *out;

	save();
	*s.log = '\0';
	ck_assert_int_eq(report(s.base, NULL), 0);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	out = fdopen(ends[1], "w");
	*s.log = '\0';
	ck_assert_int_eq(heapprof_report(s.base, NULL, out, &s.listener),
			 -EPIPE);
	ck_assert_str_eq(s.log, "");
	fclose(out);
}
END_TEST

/* The lines of the events view, without the lines of its heading. */
static size_t count_events(const struct heapprof_report_options *o)
{
	size_t n = 0;

	ck_assert_int_eq(report(s.base, o), 0);
	for (const char *p = text; *p; p++)
		n += *p == '\n';
	ck_assert_uint_ge(n, 4);
	return n - 4;
}

START_TEST(events)
{
	struct heapprof_report_options o = {.view = "events"};

	w.header.nr_ranges = 1;
	w.header.range[0] = (struct hpm_range){150, 0.25};
	save();
	ck_assert_uint_eq(count_events(&o), 3);
	check_has(text, "0.001000  main (7)          +          100  x4");
	check_has(text, "0.002000  main (7)          +          200    ");
	check_has(text, "0.003000  main (7)          -          100  x4");
	o.top = 2;
	ck_assert_uint_eq(count_events(&o), 2);
	o.top = 0;
	o.from = "2ms";
	ck_assert_uint_eq(count_events(&o), 2);
	o.to = "2ms";
	ck_assert_uint_eq(count_events(&o), 1);
	o = (struct heapprof_report_options){.view = "events", .min_size = 101};
	ck_assert_uint_eq(count_events(&o), 1);
	o = (struct heapprof_report_options){.view = "events", .focus = "x"};
	ck_assert_uint_eq(count_events(&o), 0);
}
END_TEST

static int check_limit(const char *condition)
{
	const char *const conditions[] = {"count>1000000", condition, NULL};
	struct heapprof_report_options o = {.fail_if = conditions};

	*s.log = '\0';
	return report(s.base, &o);
}

/* 300 bytes at the peak, 200 at the end; an estimate counts as it is. */
START_TEST(limits)
{
	static const char *const passed[] = {
		"peak>299",	  "peak>=300", "peak<=300",
		"peak<1K",	  "leaked>0",  "leaked-count>=1",
		"peak-count>1.5", "count>=2",  "allocated<.3k",
		"allocated>2e2",
	};
	static const char *const kept[] = {"peak>300", "peak<300",  "leaked>1G",
					   "count>2",  "freed<100", "rate<1"};

	save();
	for (size_t i = 0; i < ARRAY_SIZE(passed); i++)
		ck_assert_msg(check_limit(passed[i]) == HEAPPROF_LIMIT, "%s",
			      passed[i]);
	check_has(s.log, "allocated is 300 B: --fail-if='allocated>2e2'");
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		ck_assert_msg(check_limit(kept[i]) == 0, "%s", kept[i]);
}
END_TEST

START_TEST(limits_that_are_none)
{
	static const char *const bad[] = {
		"",	  "peak",     "peak>",	 "peak>=",   "peak=1",
		"size>1", "peak>1KB", "peak>-1", "peak>0x1", "peak>inf",
		">1",	  "peaks>1",  "peak>1 ", "peak>.",   "peak>>1",
	};

	save();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_msg(check_limit(bad[i]) == -EINVAL, "%s", bad[i]);
		check_has(s.log, "not a condition");
	}
}
END_TEST

static void touch(const char *name, int seconds)
{
	struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", s.folder, name);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(futimens(fd, times), 0);
	close(fd);
}

START_TEST(newest)
{
	char base[200];

	ck_assert_int_eq(heapprof_newest(s.folder, base, sizeof(base)),
			 -ENOENT);
	touch("z.txt", 900);
	touch(".hpm", 900);
	ck_assert_int_eq(heapprof_newest(s.folder, base, sizeof(base)),
			 -ENOENT);
	touch("b.hpm", 100);
	touch("a.hpc", 100);
	ck_assert_int_eq(heapprof_newest(s.folder, base, sizeof(base)), 0);
	ck_assert_str_eq(base + strlen(s.folder), "/a");
	touch("c.hpd", 101);
	ck_assert_int_eq(heapprof_newest(s.folder, base, sizeof(base)), 0);
	ck_assert_str_eq(base + strlen(s.folder), "/c");
	ck_assert_int_eq(heapprof_newest(s.folder, base, 5), -ENAMETOOLONG);
	/* A child's is the first process', where there is that. */
	touch("a.hpm", 50);
	touch("a.71.2.hpd", 102);
	touch("a.72.hpm", 103);
	ck_assert_int_eq(heapprof_newest(s.folder, base, sizeof(base)), 0);
	ck_assert_str_eq(base + strlen(s.folder), "/a");
	touch("d.73.hpm", 104);
	ck_assert_int_eq(heapprof_newest(s.folder, base, sizeof(base)), 0);
	ck_assert_str_eq(base + strlen(s.folder), "/d.73");
	touch("c.hpd", 105);
	ck_assert_int_eq(chdir(s.folder), 0);
	ck_assert_int_eq(heapprof_newest(".", base, sizeof(base)), 0);
	ck_assert_str_eq(base, "c");
	ck_assert_int_eq(heapprof_newest("nowhere", base, sizeof(base)),
			 -ENOENT);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(words)
{
	ck_assert_str_eq(heapprof_version(), PACKAGE_VERSION);
	ck_assert_str_eq(heapprof_strerror(-ENOENT),
			 "No such file or directory");
	ck_assert_str_eq(heapprof_strerror(-ENOTSUP),
			 "a newer version wrote it");
	ck_assert_str_eq(heapprof_strerror(-999999), "unknown error");
	ck_assert_str_eq(heapprof_strerror(999999), "unknown error");
	ck_assert_str_eq(heapprof_strerror(0), "no error");
	ck_assert_ptr_nonnull(heapprof_strerror(HEAPPROF_LOSSY));
}
END_TEST

Suite *heapprof_suite(void)
{
	Suite *suite = suite_create("heapprof");
	TCase *t = tcase_create("heapprof");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, limits);
	tcase_add_test(t, limits_that_are_none);
	tcase_add_test(t, digest_is_made_once);
	tcase_add_test(t, stale_digest_is_made_again);
	tcase_add_test(t, digest_without_log);
	tcase_add_test(t, from_standard_input);
	tcase_add_test(t, folder_that_cannot_be_written);
	tcase_add_test(t, no_such_profile);
	tcase_add_test(t, formats_of_views);
	tcase_add_test(t, killed_is_not_lossy);
	tcase_add_test(t, lost_events_are_lossy);
	tcase_add_test(t, damage_after_the_digest);
	tcase_add_test(t, full_disk);
	tcase_add_test(t, reader_has_gone);
	tcase_add_test(t, events);
	tcase_add_test(t, newest);
	tcase_add_test(t, words);
	suite_add_tcase(suite, t);
	return suite;
}
