/* SPDX-License-Identifier: MIT */

/*
 * Starts and stops recordings of itself, reads them, and compares with what it
 * knows.  Built as a user would, with pkg-config heapprof.
 *
 * control TEST [FILE]
 */

#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <heapprof.h>

#define BLOCKS 200
#define THREADS 4
#define ROUNDS 20

static const struct heapprof_rate everything[] = {{0, 0}};

static void *volatile block[BLOCKS];

static void check(int line, double got, double want)
{
	if (got == want)
		return;
	fprintf(stderr, "control.c:%d: %.17g, not %.17g\n", line, got, want);
	exit(1);
}

#define CHECK(got, want) check(__LINE__, (double)(got), (double)(want))

enum { FILL_LINE = __LINE__ + 5 }; /* where fill() allocates */

__attribute__((noinline)) static void fill(size_t n, size_t size)
{
	for (size_t i = 0; i < n; i++)
		block[i] = malloc(size);
}

static void empty(size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(block[i]);
}

/* What a whole profile has seen, and holds at its peak and at its end. */
static void check_profile(int line, const char *base, double seen,
			  double recorded, double peak, double end)
{
	struct heapprof_reader *r;
	const struct heapprof_metadata *m;
	struct heapprof_sum total;

	check(line, heapprof_read(base, 0, 0, NULL, &r), 0);
	m = heapprof_get_metadata(r);
	check(line, (double)m->seen, seen);
	check(line, (double)m->recorded, recorded);
	check(line, (double)m->lost, 0);
	check(line, m->end, HEAPPROF_STOPPED);
	heapprof_snapshot_total(r, heapprof_snapshot_peak(r), &total);
	check(line, total.bytes, peak);
	heapprof_snapshot_total(r, heapprof_nr_snapshots(r) - 1, &total);
	check(line, total.bytes, end);
	heapprof_close(r);
}

static void test_errors(const char *file)
{
	static const struct {
		struct heapprof_rate rates[40];
		int error;
	} cases[] = {
		{{{64, 0.5}, {64, 0.1}}, -EINVAL},
		{{{64, 0.5}, {32, 0.1}, {64, 0.5}}, -EINVAL},
		{{{64, -0.1}}, -EINVAL},
		{{{64, 1.1}}, -EINVAL},
		{{{64, NAN}}, -EINVAL},
		{{{64, INFINITY}}, -EINVAL},
		{{{1, 0}, {2, 1}}, 0},
		{{{4096, 0.5}, {16, 0.1}, {SIZE_MAX, 1}, {256, 0.3}}, 0},
		{{{0, 7}}, 0},
	};
	struct heapprof_rate many[33] = {{0, 0}};

	CHECK(heapprof_start(NULL, NULL), -EINVAL);
	CHECK(heapprof_start("", NULL), -EINVAL);
	CHECK(heapprof_start("a%q", NULL), -EINVAL);
	CHECK(heapprof_start("no/such/folder", NULL), -ENOENT);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CHECK(heapprof_start(file, cases[i].rates), cases[i].error);
		CHECK(heapprof_is_profiling(), cases[i].error == 0);
		CHECK(heapprof_stop(), 0);
	}
	for (int i = 0; i < 32; i++)
		many[i] = (struct heapprof_rate){1u << (i % 31), 0.5};
	many[31].size = 3;
	CHECK(heapprof_start(file, many), -EINVAL);
	many[31].size = 0;
	CHECK(heapprof_start(file, many), 0);
	heapprof_stop();
}

static void test_states(const char *file)
{
	CHECK(heapprof_is_profiling(), false);
	CHECK(heapprof_mark("nothing is recorded"), -ESRCH);
	CHECK(heapprof_stop(), 0);
	CHECK(heapprof_start(file, NULL), 0);
	CHECK(heapprof_is_profiling(), true);
	CHECK(heapprof_start(file, NULL), -EBUSY);
	CHECK(heapprof_start("other", everything), -EBUSY);
	CHECK(heapprof_gather_stats(), -EBUSY);
	CHECK(heapprof_mark("now"), 0);
	CHECK(heapprof_mark(NULL), -ESRCH);
	CHECK(heapprof_stop(), 0);
	CHECK(heapprof_is_profiling(), false);
	CHECK(heapprof_mark("too late"), -ESRCH);
	CHECK(heapprof_stop(), 0);
	CHECK(heapprof_gather_stats(), 0);
	CHECK(heapprof_is_profiling(), true);
	CHECK(heapprof_gather_stats(), -EBUSY);
	CHECK(heapprof_start(file, NULL), -EBUSY);
	CHECK(heapprof_stop(), 0);
	CHECK(heapprof_is_profiling(), false);
}

/* Three profiles, each with its own blocks and none of the others'. */
static void test_restart(const char *file)
{
	char second[4096], third[4096];

	snprintf(second, sizeof(second), "%s.2", file);
	snprintf(third, sizeof(third), "%s.3", file);
	fill(10, 50);
	CHECK(heapprof_start(file, everything), 0);
	empty(10);
	fill(100, 1000);
	empty(40);
	CHECK(heapprof_stop(), 0);
	fill(40, 70);
	CHECK(heapprof_start(second, everything), 0);
	/* These 100 are from before. */
	empty(100);
	fill(30, 2000);
	heapprof_mark("thirty");
	empty(30);
	fill(1, 5);
	CHECK(heapprof_stop(), 0);
	CHECK(heapprof_start(third, (struct heapprof_rate[]){{100, 0}, {0, 0}}),
	      0);
	fill(5, 99);
	fill(7, 100);
	CHECK(heapprof_stop(), 0);
	check_profile(__LINE__, file, 100, 100, 100e3, 60e3);
	check_profile(__LINE__, second, 31, 31, 60e3, 5);
	check_profile(__LINE__, third, 12, 7, 700, 700);
}

/* Lines, functions, plots, flows and flames of a profile that is known. */
static void test_reading(const char *file)
{
	char line[64], path[64];
	const char *lines[] = {"fill", "main", line, path, "nosuch"};
	const double local[] = {32e3, 0, 32e3, 32e3, 0};
	const double cumulative[] = {32e3, 32e3, 32e3, 32e3, 0};
	struct heapprof_sum sums[5];
	struct heapprof_reader *r;
	struct heapprof_time_plot *plot;
	struct heapprof_flame_graph *flame;
	struct heapprof_flow_graph *flow;
	size_t peak;
	double sum = 0;

	snprintf(line, sizeof(line), "control.c:%d", FILL_LINE);
	snprintf(path, sizeof(path), "programs/control.c:%d", FILL_LINE);
	CHECK(heapprof_start(file, everything), 0);
	fill(64, 500);
	CHECK(heapprof_stop(), 0);
	CHECK(heapprof_read(file, 0, 0, NULL, &r), 0);
	peak = heapprof_snapshot_peak(r);
	CHECK(heapprof_lines_usage(r, peak, lines, 5, false, sums), 0);
	for (int i = 0; i < 5; i++)
		CHECK(sums[i].bytes, local[i]);
	CHECK(heapprof_lines_usage(r, peak, lines, 5, true, sums), 0);
	for (int i = 0; i < 5; i++)
		CHECK(sums[i].bytes, cumulative[i]);
	CHECK(sums[0].count, 64);
	CHECK(sums[0].bytes_variance, 0);
	CHECK(heapprof_get_time_plot(r, lines, 5, true, &plot), 0);
	for (int i = 0; i < 5; i++)
		CHECK(plot->live[i * plot->nr_times + peak].bytes,
		      cumulative[i]);
	heapprof_free(plot);
	CHECK(heapprof_get_flame_graph(
		      r, peak,
		      &(struct heapprof_graph_options){.by = "function"},
		      &flame),
	      0);
	for (size_t i = 0; i < flame->nr_rows; i++)
		sum += flame->rows[i].weight.value;
	CHECK(sum, 32e3);
	CHECK(strstr(flame->rows[0].stack, "main;") != NULL, true);
	CHECK(strstr(flame->rows[0].stack, ";fill") != NULL, true);
	heapprof_flame_graph_free(flame);
	CHECK(heapprof_get_flow_graph(r, &peak, 1, NULL, &flow), 0);
	CHECK(flow->total[0].value, 32e3);
	CHECK(flow->nodes[0].cumulative[0].value, 32e3);
	heapprof_flow_graph_free(flow);
	heapprof_close(r);
}

/* A plug-in that is there when recording starts, and one that comes later. */
static void test_plugins(const char *file)
{
	const char *lines[] = {"plugin_allocate"};
	struct heapprof_reader *r;
	struct heapprof_sum sum;

	for (int late = 0; late < 2; late++) {
		void *plugin = NULL;
		void *(*allocate)(size_t) = NULL;

		for (int step = 0; step < 2; step++) {
			if (step != late)
				CHECK(heapprof_start(file, everything), 0);
			else
				plugin = dlopen("./plugin.so", RTLD_NOW);
		}
		if (plugin)
			*(void **)&allocate = dlsym(plugin, "plugin_allocate");
		if (!allocate) {
			fprintf(stderr, "%s\n", dlerror());
			exit(1);
		}
		block[0] = allocate(12345);
		CHECK(heapprof_stop(), 0);
		free(block[0]);
		dlclose(plugin);
		CHECK(heapprof_read(file, 0, 0, NULL, &r), 0);
		CHECK(heapprof_lines_usage(r, heapprof_nr_snapshots(r) - 1,
					   lines, 1, false, &sum),
		      0);
		CHECK(sum.bytes, 12345);
		heapprof_close(r);
	}
}

/* A child of a program that records goes its own way. */
static void test_fork(const char *file)
{
	char childs[4096];
	int status;
	pid_t child;

	snprintf(childs, sizeof(childs), "%s.child", file);
	CHECK(heapprof_start(file, everything), 0);
	fill(10, 100);
	child = fork();
	if (child == 0) {
		CHECK(heapprof_is_profiling(), false);
		CHECK(heapprof_mark("lost"), -ESRCH);
		CHECK(heapprof_stop(), 0);
		empty(10);
		CHECK(heapprof_start(childs, everything), 0);
		fill(20, 1000);
		CHECK(heapprof_stop(), 0);
		check_profile(__LINE__, childs, 20, 20, 20e3, 20e3);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0), child);
	CHECK(status, 0);
	CHECK(heapprof_is_profiling(), true);
	empty(5);
	CHECK(heapprof_stop(), 0);
	check_profile(__LINE__, file, 10, 10, 1000, 500);
}

static atomic_bool done;
static atomic_ulong turns; /* of all threads */

static void *churn(void *arg)
{
	unsigned x = 1 + (unsigned)(size_t)arg;
	void *mine[64] = {NULL};

	while (!atomic_load(&done)) {
		x = x * 1664525 + 1013904223;
		free(mine[x >> 26]);
		mine[x >> 26] = malloc(x >> 16 & 0xfff);
		atomic_fetch_add(&turns, 1);
	}
	for (int i = 0; i < 64; i++)
		free(mine[i]);
	return NULL;
}

/* On a busy machine it may be long before a thread runs. */
static void wait_for_turns(void)
{
	const struct timespec nap = {0, 300000};
	unsigned long before = atomic_load(&turns);

	do
		nanosleep(&nap, NULL);
	while (atomic_load(&turns) == before);
}

/* Every profile is whole, whatever the threads were at. */
static void test_threads(const char *file)
{
	pthread_t thread[THREADS];
	struct heapprof_reader *r;
	unsigned long seen = 0;

	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, churn, (void *)i);
	for (int i = 0; i < ROUNDS; i++) {
		if (i % 5 == 4) {
			CHECK(heapprof_gather_stats(), 0);
			CHECK(heapprof_stop(), 0);
			continue;
		}
		CHECK(heapprof_start(file, i % 2 ? everything : NULL), 0);
		CHECK(heapprof_mark("round"), 0);
		wait_for_turns();
		CHECK(heapprof_stop(), 0);
		/* The digest forks, which waits for all who allocate. */
		if (i % 10 != 0)
			continue;
		CHECK(heapprof_read(file, 0, 0.1, NULL, &r), 0);
		CHECK(heapprof_get_metadata(r)->lost, 0);
		CHECK(heapprof_get_metadata(r)->damaged_bytes, 0);
		CHECK(heapprof_get_metadata(r)->nr_marks, 1);
		seen += heapprof_get_metadata(r)->seen;
		heapprof_close(r);
	}
	atomic_store(&done, true);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	CHECK(seen > 0, true);
}

/* With nothing in between that allocates: the shell checks the table. */
static void test_stats(const char *file)
{
	(void)file;
	CHECK(heapprof_gather_stats(), 0);
	fill(100, 1000);
	empty(50);
	CHECK(heapprof_stop(), 0);
}

/* For the report: what is live at the mark is freed after it. */
static void test_mark(const char *file)
{
	CHECK(heapprof_start(file, everything), 0);
	fill(10, 100);
	CHECK(heapprof_mark("ten blocks"), 0);
	fill(100, 10);
	empty(100);
	CHECK(heapprof_mark(""), 0);
}

static void test_nothing(const char *file)
{
	(void)file;
	fill(100, 100);
	CHECK(heapprof_is_profiling(), false);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(const char *file);
	} tests[] = {
		{"errors", test_errors},   {"states", test_states},
		{"restart", test_restart}, {"reading", test_reading},
		{"fork", test_fork},	   {"plugins", test_plugins},
		{"threads", test_threads}, {"stats", test_stats},
		{"mark", test_mark},	   {"nothing", test_nothing},
	};
	const char *file = argc > 2 ? argv[2] : "control";

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		if (argc > 1 && strcmp(argv[1], tests[i].name) == 0) {
			tests[i].run(file);
			return 0;
		}
	return 2;
}
