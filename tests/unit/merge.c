/* SPDX-License-Identifier: MIT */

/*
 * Several processes as one, against sums over their lists of events that are
 * made anew for each number.
 */

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profile/family.h"
#include "profile/merge.h"
#include "profile/totals.h"

#include "model.h"
#include "scratch.h"
#include "unit.h"

#define PROCESSES 4
#define LISTS 60

static struct scratch s;

/* Of the axis of all, in ns. */
struct process {
	struct model list;
	char base[128];
	uint64_t start_ns, end_ns;
	uint32_t pid;
};

static struct process processes[PROCESSES];
static size_t nr;
static uint64_t state;

static void setup(void)
{
	scratch_init(&s);
	state = 1;
}

static void teardown(void)
{
	scratch_fini(&s);
}

static uint64_t draw(uint64_t n)
{
	state = state * 6364136223846793005 + 1442695040888963407;
	return (state >> 33) % n;
}

/* What one process has in its blocks, and the model does not choose. */
struct identity {
	uint64_t profile, parent, start_ns;
	uint32_t pid;
	bool runs;
};

static void adopt(const char *base, const char *ending,
		  const struct identity *id)
{
	static char block[BLOCK_SIZE];
	struct block_header *b = (void *)block;
	char path[140];
	int fd;

	snprintf(path, sizeof(path), "%s.%s", base, ending);
	fd = open(path, O_RDWR);
	ck_assert_int_ge(fd, 0);
	for (off_t at = 0; pread(fd, block, sizeof(block), at) > 0;
	     at += BLOCK_SIZE) {
		struct hpm_header *h = (void *)(b + 1);
		struct hpm_state *st = (void *)(b + 1);

		b->profile = id->profile;
		if (b->kind == BLOCK_HEADER) {
			h->start_mono_ns = id->start_ns;
			h->pid = id->pid;
		}
		if (b->kind == BLOCK_STATE) {
			st->parent = id->parent;
			if (id->runs)
				st->end = HPM_RUNNING;
		}
		if (b->flags & BLOCK_SEALED)
			block_seal(b);
		if (b->magic)
			pwrite(fd, block, sizeof(block), at);
	}
	close(fd);
}

static uint64_t time_of(const struct process *p, uint64_t tick)
{
	return p->start_ns + (tick << p->list.header.tick_shift);
}

static void make_process(size_t i, uint64_t seed, bool runs)
{
	struct process *p = &processes[i];
	struct identity id = {.profile = 1000 + i,
			      .parent = i ? 1000 + draw(i) : 0,
			      .pid = runs ? (uint32_t)getpid()
					  : 50 + (uint32_t)i,
			      .runs = runs};

	snprintf(p->base, sizeof(p->base), "%s", s.base);
	if (i)
		snprintf(p->base, sizeof(p->base), "%s.%u", s.base, id.pid);
	model_make(&p->list, seed * PROCESSES + i, p->base);
	/* Later than the one before, so that a parent is earlier. */
	p->start_ns = i ? processes[i - 1].start_ns + 1 + draw(3000) : 0;
	id.start_ns = 1000000 + p->start_ns;
	adopt(p->base, "hpm", &id);
	adopt(p->base, "hpd", &id);
	p->end_ns = time_of(p, p->list.end_tick);
	if (p->list.nr_events)
		p->end_ns = MAX(
			p->end_ns,
			time_of(p,
				p->list.events[p->list.nr_events - 1].is.tick));
	for (size_t k = 0; k < p->list.nr_marks; k++)
		p->end_ns = MAX(p->end_ns, time_of(p, p->list.marks[k]));
	p->pid = id.pid;
}

/* What is asked of the lists. */
struct question {
	uint64_t from_ns, to_ns; /* events after the one, up to the other */
	bool whole;		 /* from the start on */
	uint32_t trace, process; /* ANY: all */
	int allocations, frees;
	bool living;   /* only of processes that are there at to_ns */
	bool variance; /* instead of bytes */
};

#define ANY UINT32_MAX

static long double ask(struct question q)
{
	__int128 sum = 0;

	for (size_t i = 0; i < nr; i++) {
		const struct process *p = &processes[i];

		if ((q.process != ANY && q.process != i) ||
		    (q.living && q.to_ns > p->end_ns))
			continue;
		for (size_t k = 0; k < p->list.nr_events; k++) {
			const struct model_event *e = &p->list.events[k];
			uint64_t ns = time_of(p, e->is.tick);
			__int128 w;

			if (e->is.kind == HPD_RSS || ns > q.to_ns ||
			    (!q.whole && ns <= q.from_ns) ||
			    (q.trace != ANY && e->is.block.trace != q.trace))
				continue;
			w = q.variance ? e->weight.bytes_var : e->weight.bytes;
			sum += w * (e->is.kind == HPD_ALLOC ? q.allocations
							    : q.frees);
		}
	}
	return (long double)sum / (q.variance ? 1 : 64);
}

static long double live_at(uint64_t ns, uint32_t trace)
{
	return ask((struct question){.to_ns = ns,
				     .whole = true,
				     .trace = trace,
				     .process = ANY,
				     .allocations = 1,
				     .frees = -1,
				     .living = true});
}

static void near(const char *what, long double wanted, double got)
{
	ck_assert_msg(fabsl(wanted - got) <= 1e-9L * fabsl(wanted) + 0.02L,
		      "%s: wanted %Lf, got %f", what, wanted, got);
}

/* The largest sum at the times of events, and at @from, up to @to. */
static long double largest(uint64_t from, uint64_t to, uint64_t *when)
{
	long double most = from ? live_at(from, ANY) : 0;

	for (size_t i = 0; i < nr; i++)
		for (size_t k = 0; k < processes[i].list.nr_events; k++) {
			const struct model_event *e =
				&processes[i].list.events[k];
			uint64_t ns = time_of(&processes[i], e->is.tick);
			long double live;

			if (ns < from || ns > to)
				continue;
			live = live_at(ns, ANY);
			if (live > most ||
			    (live == most && when && ns < *when)) {
				most = live;
				if (when)
					*when = ns;
			}
		}
	return most;
}

static void compare_snapshot(const struct digest *d, size_t i)
{
	double live[MODEL_TRACES] = {0}, allocated[MODEL_TRACES] = {0};
	double freed[MODEL_TRACES] = {0};
	uint64_t ns = d->instants[i].time_ns;
	struct question q = {.to_ns = ns, .process = ANY, .whole = i == 1};
	struct digest_usage *usage;
	size_t n;

	ck_assert_int_eq(digest_snapshot(d, i, &usage, &n), 0);
	for (size_t k = 0; k < n; k++) {
		const struct digest_usage *u = &usage[k];

		ck_assert(k == 0 || u->trace > usage[k - 1].trace);
		ck_assert_uint_lt(u->trace, d->nr_traces);
		live[d->traces[u->trace].node] += u->live.bytes;
		allocated[d->traces[u->trace].node] += u->allocated.bytes;
		freed[d->traces[u->trace].node] += u->freed.bytes;
	}
	free(usage);
	if (i == 0) {
		ck_assert_uint_eq(n, 0);
		return;
	}
	q.from_ns = d->instants[i - 1].time_ns;
	for (q.trace = 0; q.trace < MODEL_TRACES; q.trace++) {
		near("live", live_at(ns, q.trace), live[q.trace]);
		q.allocations = 1;
		q.frees = 0;
		near("allocated", ask(q), allocated[q.trace]);
		q.allocations = 0;
		q.frees = 1;
		near("freed", ask(q), freed[q.trace]);
	}
}

static void compare_instants(const struct digest *d)
{
	for (size_t i = 1; i < d->nr_instants; i++) {
		const struct digest_instant *in = &d->instants[i];
		uint64_t before = d->instants[i - 1].time_ns;

		ck_assert(i == 1 || in->time_ns > before);
		near("instant", live_at(in->time_ns, ANY), in->live.bytes);
		near("variance",
		     ask((struct question){.to_ns = in->time_ns,
					   .whole = true,
					   .trace = ANY,
					   .process = ANY,
					   .allocations = 1,
					   .frees = -1,
					   .living = true,
					   .variance = true}),
		     in->live.bytes_var);
		near("largest",
		     MAX(i > 1 ? live_at(before, ANY) : 0,
			 largest(i > 1 ? before + 1 : 0, in->time_ns, NULL)),
		     in->max_live.bytes);
	}
	for (size_t i = 0; i < d->nr_instants; i++)
		compare_snapshot(d, i);
}

static void compare_peak(const struct digest *d)
{
	uint64_t when = UINT64_MAX;
	long double peak = largest(0, UINT64_MAX, &when);

	near("peak", peak, d->instants[d->peak].live.bytes);
	ck_assert(d->instants[d->peak].kinds & DIGEST_PEAK);
	ck_assert_uint_eq(d->instants[d->peak].time_ns, peak > 0 ? when : 0);
}

static void compare_processes(const struct digest *d)
{
	uint64_t peak_ns = d->instants[d->peak].time_ns;
	double left = 0;

	ck_assert_uint_eq(d->nr_processes, nr);
	for (uint32_t i = 0; i < nr; i++) {
		const struct digest_process *p = &d->processes[i];
		struct question q = {.to_ns = UINT64_MAX - 1,
				     .whole = true,
				     .trace = ANY,
				     .process = i,
				     .allocations = 1};

		ck_assert_uint_eq(p->pid, processes[i].pid);
		ck_assert_uint_eq(p->start_ns, processes[i].start_ns);
		ck_assert_uint_eq(p->end_ns, processes[i].end_ns);
		near("allocated", ask(q), p->allocated.bytes);
		q.frees = -1;
		near("left", ask(q), p->end_live.bytes);
		q.to_ns = peak_ns;
		q.living = true;
		near("share", d->peak ? ask(q) : 0, p->peak_live.bytes);
		left += p->end_live.bytes;
	}
	near("all left",
	     (long double)d->instants[d->nr_instants - 1].allocated.bytes -
		     d->instants[d->nr_instants - 1].freed.bytes,
	     left);
}

/* What sizes and threads have at the peak adds up to it. */
static void compare_shares(const struct digest *d)
{
	double sized = 0, threads = 0;

	for (size_t i = 1; i < d->nr_traces; i++)
		for (size_t k = 0; k < d->spreads[i].nr_sized; k++)
			sized += d->spreads[i].sized[k].peak.bytes;
	for (size_t i = 0; i < d->nr_threads; i++)
		threads += d->threads[i].peak_live.bytes;
	near("sizes", d->instants[d->peak].live.bytes, sized);
	near("threads", d->instants[d->peak].live.bytes, threads);
}

static void compare_all(uint64_t seed)
{
	struct heapprof_digest_options options = {.no_symbols = true};
	struct family f;
	struct digest *d;

	options.interval_s = draw(3) ? 1e-9 * (double)(50 + draw(900)) : 0;
	ck_assert_int_eq(family_find(s.base, &f), 0);
	ck_assert_uint_eq(f.nr, nr);
	ck_assert_msg(merge_open(&f, &options, &s.listener, &d) == 0,
		      "list %d: %s", (int)seed, s.text);
	compare_instants(d);
	compare_peak(d);
	compare_processes(d);
	compare_shares(d);
	digest_close(d);
	family_fini(&f);
	for (size_t i = 0; i < nr; i++) {
		char path[140];

		snprintf(path, sizeof(path), "%s.hpm", processes[i].base);
		unlink(path);
	}
}

START_TEST(agrees_with_lists)
{
	for (uint64_t seed = 1; seed <= LISTS; seed++) {
		nr = 2 + draw(PROCESSES - 1);
		for (size_t i = 0; i < nr; i++)
			make_process(i, seed, false);
		compare_all(seed);
	}
}
END_TEST

/* It holds what it has until the end of all, if its files are mapped. */
START_TEST(one_that_runs_on)
{
	for (uint64_t seed = 1; seed <= LISTS / 4; seed++) {
		uint64_t runs = draw(PROCESSES);
		char path[140];
		void *mapping;
		int fd;

		nr = PROCESSES;
		for (size_t i = 0; i < nr; i++)
			make_process(i, seed, i == runs);
		processes[runs].end_ns = UINT64_MAX;
		snprintf(path, sizeof(path), "%s.hpm", processes[runs].base);
		fd = open(path, O_RDONLY);
		mapping = mmap(NULL, BLOCK_SIZE, PROT_READ, MAP_SHARED, fd, 0);
		ck_assert_ptr_ne(mapping, MAP_FAILED);
		close(fd);
		compare_all(seed);
		munmap(mapping, BLOCK_SIZE);
	}
}
END_TEST

/* A heap that stays level, one block in two recorded; the other has nothing. */
static void put_level(const char *base, const struct identity *id,
		      uint64_t events)
{
	struct hpd_event e = {.thread = 1, .block = {.thread = 1}};
	struct logwriter w;

	logwriter_init(&w);
	logwriter_thread(&w, 1, "main");
	w.header.nr_ranges = 1;
	w.header.range[0] = (struct hpm_range){UINT64_MAX, 0.5};
	for (uint64_t i = 0; i < events; i++) {
		e.tick = 10 + 10 * i;
		e.kind = i % 2 || i < 100 ? HPD_ALLOC : HPD_FREE;
		e.age = e.kind == HPD_FREE ? 990 : 0;
		e.block.size = 100;
		logwriter_event(&w, 0, &e);
	}
	w.state.end_tick = 10 * events + 100;
	logwriter_save(&w, base);
	logwriter_fini(&w);
	adopt(base, "hpm", id);
	adopt(base, "hpd", id);
}

START_TEST(chance_has_raised_the_peak_as_much)
{
	struct heapprof_digest_options options = {.no_symbols = true};
	const struct identity first = {.profile = 7, .pid = 1, .start_ns = 100};
	const struct identity second = {
		.profile = 8, .parent = 7, .pid = 2, .start_ns = 200};
	struct digest *alone, *all;
	struct family f;
	char base[128];

	snprintf(base, sizeof(base), "%s.2", s.base);
	put_level(s.base, &first, 3000);
	put_level(base, &second, 0);
	ck_assert_int_eq(digest_make(s.base, &options, &s.listener), 0);
	ck_assert_int_eq(digest_open(s.path, &alone, &s.listener), 0);
	ck_assert_int_eq(family_find(s.base, &f), 0);
	ck_assert_int_eq(merge_open(&f, &options, &s.listener, &all), 0);
	ck_assert(alone->peak_rise > 0);
	near("rise", (long double)alone->peak_rise, all->peak_rise);
	digest_close(all);
	digest_close(alone);
	family_fini(&f);
}
END_TEST

Suite *merge_suite(void)
{
	Suite *suite = suite_create("merge");
	TCase *t = tcase_create("merge");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, agrees_with_lists);
	tcase_add_test(t, one_that_runs_on);
	tcase_add_test(t, chance_has_raised_the_peak_as_much);
	suite_add_tcase(suite, t);
	return suite;
}
