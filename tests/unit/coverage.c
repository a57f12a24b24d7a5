/* SPDX-License-Identifier: MIT */

/*
 * Do the errors say the truth?  One list of events, of which all is known, is
 * recorded with 500 seeds by the sampler and summed up by the digest.  The 95%
 * interval of a figure then holds the exact value in about 475 cases, and the
 * mean of the figures is the exact value.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "capture/sampler.h"
#include "profile/plan.h"
#include "profile/snapshot.h"
#include "profile/weight.h"
#include "query/weigh.h"

#include "draw.h"
#include "unit.h"

#define SEEDS 500
#define BLOCKS 100000u
#define SITES 200u
#define LARGEST 10

static struct {
	uint64_t size, born, dies; /* in events, in allocations */
	uint32_t site;
	bool hit;
	struct hpc_sum weight;
	int64_t noise;
} blocks[BLOCKS];

static uint32_t events[2 * BLOCKS]; /* block, and FREE */
static size_t nr_events;
#define FREE 0x80000000u

static struct {
	double bytes, peak, site[SITES];
	uint32_t largest[LARGEST];
} truth;

static uint64_t state;

static double draw(void)
{
	return draw_part(&state);
}

/*
 * Sites differ in how often they allocate (the i-th 1/i times), how much (8
 * bytes to 24K, small ones more often) and how long they keep it: seven in ten
 * for a moment, the others until the end of a phase, or, where the program is a
 * server, for some time.
 */
static uint64_t lifetime(uint32_t site, uint32_t now, bool serves)
{
	if (site % 10 < 7)
		return 1 + (uint64_t)(draw() * 20);
	if (serves)
		return 1 + (uint64_t)(-log(draw() + 1e-9) * BLOCKS / 20);
	if (now < BLOCKS * 6 / 10)
		return BLOCKS * 6 / 10 - now + (uint64_t)(draw() * BLOCKS / 50);
	return BLOCKS;
}

static void draw_blocks(bool serves)
{
	double often[SITES], size[SITES], all = 0;

	for (uint32_t i = 0; i < SITES; i++) {
		often[i] = all += 1.0 / (i + 1);
		size[i] = 8 * exp(pow(draw(), 1.5) * log(3000));
	}
	for (uint32_t i = 0; i < BLOCKS; i++) {
		double x = draw() * all;
		uint32_t site = 0;

		while (often[site] < x)
			site++;
		blocks[i].site = site;
		blocks[i].size = (uint64_t)(size[site] * (0.8 + draw() * 0.4));
		blocks[i].dies = i + lifetime(site, i, serves);
	}
}

static int by_death(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (blocks[x].dies != blocks[y].dies)
		return blocks[x].dies < blocks[y].dies ? -1 : 1;
	return x < y ? -1 : 1;
}

static void order_events(void)
{
	static uint32_t deaths[BLOCKS];
	size_t dead = 0;

	nr_events = 0;
	for (uint32_t i = 0; i < BLOCKS; i++)
		deaths[i] = i;
	qsort(deaths, BLOCKS, sizeof(*deaths), by_death);
	for (uint32_t i = 0; i < BLOCKS; i++) {
		while (blocks[deaths[dead]].dies <= i)
			events[nr_events++] = deaths[dead++] | FREE;
		blocks[i].born = nr_events;
		events[nr_events++] = i;
	}
}

static uint32_t largest_but(int nr_known)
{
	uint32_t best = SITES;

	for (uint32_t i = 0; i < SITES; i++) {
		bool known = false;

		for (int k = 0; k < nr_known; k++)
			known |= truth.largest[k] == i;
		if (!known &&
		    (best == SITES || truth.site[i] > truth.site[best]))
			best = i;
	}
	return best;
}

static void find_truth(void)
{
	double live = 0;

	memset(&truth, 0, sizeof(truth));
	for (size_t i = 0; i < nr_events; i++) {
		uint32_t block = events[i] & ~FREE;
		double size = (double)blocks[block].size;

		live += events[i] & FREE ? -size : size;
		truth.peak = fmax(truth.peak, live);
		if (events[i] & FREE)
			continue;
		truth.bytes += size;
		truth.site[blocks[block].site] += size;
	}
	for (int k = 0; k < LARGEST; k++)
		truth.largest[k] = largest_but(k);
}

static void make_list(bool serves)
{
	state = 88172645463325252u;
	draw_blocks(serves);
	order_events();
	find_truth();
}

static void set_sampling(const struct hpm_header *h)
{
	sampler_configure(h);
	for (uint32_t i = 0; i < BLOCKS; i++) {
		weight_get(h, blocks[i].size, &blocks[i].weight);
		blocks[i].noise = weight_noise(&blocks[i].weight);
	}
}

/* Records the list and digests the record. */
static void replay(uint64_t seed, struct snapshot *s, struct plan *p)
{
	struct tallier *w = tallier_new(&s->rules);
	struct tally tally = {.item.size = 0};
	struct plan_part part = {0};
	struct sampler sampler;
	int failed = 0; /* ck_assert() is slow */

	ck_assert_ptr_nonnull(w);
	tally_start(w, &tally);

	sampler_init(&sampler, seed, 1);
	for (size_t i = 0; i < nr_events; i++) {
		uint32_t n = events[i] & ~FREE;
		bool is_free = events[i] & FREE;
		struct reader_block block = {.weight = blocks[n].weight,
					     .noise = blocks[n].noise};
		struct reader_event e = {
			.time_ns = i, .block = &block, .thread = 1};

		if (!is_free) {
			blocks[n].hit = sampler_hit(&sampler, blocks[n].size);
			if (blocks[n].hit)
				sampler_rearm(&sampler, blocks[n].size);
		}
		if (!blocks[n].hit)
			continue;
		block.is = (struct hpd_block){.size = blocks[n].size,
					      .trace = blocks[n].site + 1,
					      .thread = 1};
		e.kind = is_free ? HPD_FREE : HPD_ALLOC;
		e.value = is_free ? i - blocks[n].born : 0;
		plan_add(&part, &e, 1);
		failed |= tally_add(w, &e, 1);
	}
	plan_join(p, &part);
	plan_end(p);
	ck_assert_int_eq(failed, 0);
	ck_assert_int_eq(snapshot_join(s, &tally), 0);
	tally_fini(&tally);
	tallier_free(w);
}

/* One figure over all seeds. */
struct figure {
	double held, exact, sum, n; /* sum: of value / truth */
};

static void judge(struct figure *f, struct estimate e, double exact)
{
	f->n++;
	f->exact += e.error == 0;
	f->held += fabs(e.value - exact) <= e.error + 1e-9 * exact;
	f->sum += e.value / exact;
}

static struct sum sum_of(const struct hpc_sum *s)
{
	return (struct sum){(double)s->bytes / HPC_BYTE,
			    (double)s->count / HPC_ONE, (double)s->bytes_var,
			    (double)s->count_var / HPC_ONE};
}

static struct estimate bytes_of(const struct hpc_sum *s)
{
	struct sum sum = sum_of(s);

	return weigh_bytes(&sum);
}

struct figures {
	struct figure bytes, peak, site[LARGEST];
};

static void judge_all(struct figures *f, uint64_t seed)
{
	struct tally_rules rules = {.nr_nodes = SITES + 1,
				    .nr_threads = 2,
				    .has_ages = true,
				    .has_vars = true};
	struct digest_instant peak = {.kinds = DIGEST_PEAK};
	struct digest d = {.instants = &peak, .nr_instants = 1};
	struct plan p = {0};
	struct snapshot s;

	ck_assert_int_eq(snapshot_init(&s, &rules), 0);
	replay(seed, &s, &p);
	judge(&f->bytes, bytes_of(&s.allocated), truth.bytes);
	peak.live = sum_of(&s.max_live);
	d.peak_rise = (double)p.peak_rise / HPC_BYTE;
	judge(&f->peak, weigh_peak(&d, weigh_bytes(&peak.live)), truth.peak);
	for (int i = 0; i < LARGEST; i++) {
		uint32_t trace = s.trace_of_node[truth.largest[i] + 1];

		/* [0]: not recorded at all, a figure of 0 */
		judge(&f->site[i], bytes_of(&s.traces[trace].allocated),
		      truth.site[truth.largest[i]]);
	}
	snapshot_fini(&s);
}

/* From @least to @most of the intervals hold the truth. */
static void expect(const struct figure *f, double least, double most,
		   const char *what)
{
	ck_assert_msg(f->held >= least * f->n && f->held <= most * f->n,
		      "%s: %g of %g intervals hold the exact value", what,
		      f->held, f->n);
}

static void expect_mean(const struct figure *f, const char *what)
{
	ck_assert_msg(fabs(f->sum / f->n - 1) < 0.005,
		      "%s: the mean is %g times the exact value", what,
		      f->sum / f->n);
}

/* The sites that are estimated, as one; the others are exact every time. */
static struct figure add_sites(const struct figures *f)
{
	struct figure all = {0};

	for (int i = 0; i < LARGEST; i++) {
		const struct figure *site = &f->site[i];

		if (site->exact == site->n) {
			ck_assert_double_eq(site->held, site->n);
			ck_assert_double_eq(site->sum, site->n);
			continue;
		}
		/* 500 cases have a standard error of 1%: three of these. */
		expect(site, 0.92, 0.98, "site");
		all.n += site->n;
		all.held += site->held;
		all.sum += site->sum;
	}
	ck_assert_double_ge(all.n, 3 * SEEDS);
	return all;
}

/* All but the peak, which is returned. */
static struct figure cover(const struct hpm_header *h)
{
	struct figures f = {0};
	struct figure sites;

	set_sampling(h);
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		judge_all(&f, seed);
	sites = add_sites(&f);
	expect(&f.bytes, 0.93, 0.97, "bytes");
	expect(&sites, 0.93, 0.97, "sites");
	expect_mean(&f.bytes, "bytes");
	expect_mean(&sites, "sites");
	return f.peak;
}

static const struct hpm_header samplings[] = {
	{.nr_ranges = 2, .range = {{128, 1e-4}, {8192, 0.1}}},
	{.nr_ranges = 2, .range = {{128, 1e-2}, {8192, 0.1}}},
	{.interval = 16384},
	{.interval = 65536},
};

START_TEST(intervals_of_a_heap_with_a_summit)
{
	struct figure peak;

	make_list(false);
	peak = cover(&samplings[_i]);
	expect(&peak, 0.93, 0.97, "peak");
	expect_mean(&peak, "peak");
}
END_TEST

/*
 * The heap is level: its highest estimate is far above the highest truth, and
 * the interval has to be the longer.
 */
START_TEST(intervals_of_a_level_heap)
{
	struct figure peak;

	make_list(true);
	peak = cover(&samplings[_i]);
	expect(&peak, 0.93, 1, "peak");
	ck_assert_double_gt(peak.sum, 1.05 * peak.n);
}
END_TEST

/* So few events that nearly each decides; the peak is of some ten. */
START_TEST(intervals_of_few_events)
{
	const struct hpm_header h = {.interval = 524288};
	struct figures f = {0};

	make_list(_i);
	set_sampling(&h);
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		judge_all(&f, seed);
	expect(&f.bytes, 0.93, 0.985, "bytes");
	expect(&f.peak, 0.93, 1, "peak");
	expect_mean(&f.bytes, "bytes");
}
END_TEST

/* As many intervals as hold the truth when @mean events are recorded. */
static double share_held(double mean, double p)
{
	double held = 0;

	for (int k = 1; k < 200; k++) {
		struct sum s = {.bytes = k * 10 / p,
				.count = k / p,
				.bytes_var = k * 100 * (1 - p) / (p * p),
				.count_var = k * (1 - p) / (p * p)};
		struct estimate e = weigh_bytes(&s);

		if (fabs(e.value - mean * 10 / p) <= e.error)
			held += exp(k * log(mean) - mean - lgamma(k + 1));
	}
	/* Of what was not recorded at all there is no figure. */
	return held / (1 - exp(-mean));
}

/* Summed up, not tried: events are Poisson where p is small. */
START_TEST(intervals_hold_from_one_event_on)
{
	double sum = 0;
	int n = 0;

	for (double mean = 1; mean < 40; mean += 0.05, n++) {
		double held = share_held(mean, 1e-4);

		ck_assert_msg(held > 0.92, "%g events: %g", mean, held);
		ck_assert(mean < 8 || held < 0.98);
		sum += held;
	}
	ck_assert_double_eq_tol(sum / n, 0.95, 0.01);
}
END_TEST

START_TEST(exact_figures_have_no_error)
{
	const struct hpm_header h = {.interval = 1};
	struct figures f = {0};

	make_list(true);
	set_sampling(&h);
	judge_all(&f, 1);
	ck_assert_double_eq(f.bytes.exact, 1);
	ck_assert_double_eq(f.bytes.sum, 1);
	ck_assert_double_eq(f.peak.exact, 1);
	ck_assert_double_eq(f.peak.sum, 1);
}
END_TEST

Suite *coverage_suite(void)
{
	Suite *s = suite_create("coverage");
	TCase *t = tcase_create("coverage");

	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, intervals_of_a_heap_with_a_summit, 0,
			    ARRAY_SIZE(samplings));
	tcase_add_loop_test(t, intervals_of_a_level_heap, 0,
			    ARRAY_SIZE(samplings));
	tcase_add_loop_test(t, intervals_of_few_events, 0, 2);
	tcase_add_test(t, intervals_hold_from_one_event_on);
	tcase_add_test(t, exact_figures_have_no_error);
	suite_add_tcase(s, t);
	return s;
}
