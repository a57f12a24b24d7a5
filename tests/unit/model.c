/* SPDX-License-Identifier: MIT */

/* The oracle.  Everything in here is meant to be too simple to be wrong. */

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "model.h"

static uint64_t state;

static uint64_t draw(uint64_t n)
{
	return draw_below(&state, n);
}

static void set_sampling(struct hpm_header *h)
{
	static const struct hpm_range ranges[][2] = {
		{{128, 0.3}, {8192, 0.5}},
		{{128, 1e-4}, {8192, 0.1}},
		{{1, 0.7}, {UINT64_MAX, 0.01}},
	};
	unsigned which = (unsigned)draw(ARRAY_SIZE(ranges) + 3);

	if (which < ARRAY_SIZE(ranges)) {
		h->nr_ranges = 2;
		memcpy(h->range, ranges[which], sizeof(ranges[which]));
	} else if (which == ARRAY_SIZE(ranges)) {
		h->interval = 1000;
	}
}

static void draw_block(struct hpd_block *b, uint32_t thread)
{
	static const uint64_t sizes[] = {0,    1,    16,     127,	128,
					 8191, 8192, 100000, 3ull << 32};

	b->size = sizes[draw(ARRAY_SIZE(sizes))];
	b->trace = (uint32_t)draw(MODEL_TRACES);
	b->thread = thread;
	b->waste = draw(2) ? (uint32_t)draw(20) : 0;
}

/* What the program of the list has. */
struct program {
	struct hpd_event live[MODEL_EVENTS];
	size_t nr_live;
	uint64_t tick;
	uint32_t nr_lanes;
};

static void add(struct model *m, const struct program *p,
		const struct hpd_event *e)
{
	struct model_event *out = &m->events[m->nr_events++];

	out->is = *e;
	out->lane = e->thread % p->nr_lanes;
}

static void allocate(struct model *m, struct program *p, uint32_t thread)
{
	struct hpd_event e = {
		.tick = p->tick, .kind = HPD_ALLOC, .thread = thread};

	draw_block(&e.block, thread);
	add(m, p, &e);
	p->live[p->nr_live++] = e;
}

static void release(struct model *m, struct program *p, uint32_t thread)
{
	size_t i = draw(p->nr_live);
	struct hpd_event e = p->live[i];

	/* Events of one tick are in order of lane: not the free first. */
	if (e.tick == p->tick && e.thread != thread)
		p->tick++;
	e.age = p->tick - e.tick;
	e.tick = p->tick;
	e.thread = thread;
	e.kind = draw(4) ? HPD_FREE : HPD_TEMPORARY;
	add(m, p, &e);
	p->live[i] = p->live[--p->nr_live];
}

static void step(struct model *m, struct program *p)
{
	static const uint64_t steps[] = {0, 0, 0, 1, 1, 7, 100};
	uint32_t thread = 1 + (uint32_t)draw(MODEL_THREADS - 1);
	unsigned what = (unsigned)draw(20);
	struct hpd_event rss = {.kind = HPD_RSS, .thread = thread};

	p->tick += steps[draw(ARRAY_SIZE(steps))];
	rss.tick = p->tick;
	rss.rss = draw(1000);
	if (what == 0) {
		add(m, p, &rss);
	} else if (what < 10 || p->nr_live == 0) {
		allocate(m, p, thread);
	} else {
		release(m, p, thread);
		if (what > 17) /* as realloc() does */
			allocate(m, p, thread);
	}
}

static int compare_events(const void *a, const void *b)
{
	const struct model_event *x = a, *y = b;

	if (x->is.tick != y->is.tick)
		return x->is.tick < y->is.tick ? -1 : 1;
	return (x->lane > y->lane) - (x->lane < y->lane);
}

/* Insertion, since the order within a lane has to stay. */
static void sort_events(struct model *m)
{
	for (size_t i = 1; i < m->nr_events; i++) {
		struct model_event e = m->events[i];
		size_t k = i;

		for (; k > 0 && compare_events(&m->events[k - 1], &e) > 0; k--)
			m->events[k] = m->events[k - 1];
		m->events[k] = e;
	}
}

static void make_marks(struct model *m, uint64_t last, struct logwriter *w)
{
	static const char *const labels[] = {"one", "two", "three"};

	m->nr_marks = draw(MODEL_MARKS + 1);
	for (size_t i = 0; i < m->nr_marks; i++) {
		uint64_t tick = draw(last + 3);

		m->marks[i] = i ? MAX(tick, m->marks[i - 1]) : tick;
		logwriter_mark(w, m->marks[i], labels[i]);
	}
}

/* Units as in the file: whole numbers, each event rounded by itself. */
static struct model_sum weigh(const struct model *m, uint64_t size)
{
	long double p = hpm_probability(&m->header, size), n = size;

	return (struct model_sum){
		(__int128)roundl(n * 64 / p),
		(__int128)roundl(65536 / p),
		(__int128)roundl(n * n * (1 - p) / (p * p)),
		(__int128)roundl(65536 * (1 - p) / (p * p)),
	};
}

static void write_files(struct model *m, struct logwriter *w, const char *base)
{
	for (uint32_t i = 1; i < MODEL_TRACES; i++)
		logwriter_node(w, i / 2, 0x1000 + i, 0);
	for (uint32_t i = 1; i < MODEL_THREADS; i++)
		logwriter_thread(w, 100 + i, "thread");
	for (size_t i = 0; i < m->nr_events; i++)
		logwriter_event(w, m->events[i].lane, &m->events[i].is);
	w->state.end_tick = m->end_tick;
	w->header.tick_shift = m->header.tick_shift;
	w->header.interval = m->header.interval;
	w->header.nr_ranges = m->header.nr_ranges;
	memcpy(w->header.range, m->header.range, sizeof(w->header.range));
	logwriter_save(w, base);
}

void model_make(struct model *m, uint64_t seed, const char *base)
{
	static const double precisions[] = {0, 0, 0.01, 0.3, 1};
	struct program p = {.tick = 0};
	size_t nr;
	struct logwriter w;

	memset(m, 0, sizeof(*m));
	logwriter_init(&w);
	state = seed * 0x9e3779b97f4a7c15 + 1;
	draw(2);
	set_sampling(&m->header);
	m->header.tick_shift = (uint32_t)draw(3) * 5;
	p.nr_lanes = 1 + (uint32_t)draw(4);
	w.payload = draw(2) ? 100 : BLOCK_PAYLOAD;
	w.unsealed = draw(2);
	nr = draw(MODEL_EVENTS - 1);
	while (m->nr_events < nr)
		step(m, &p);
	sort_events(m);
	for (size_t i = 0; i < m->nr_events; i++)
		m->events[i].weight = weigh(m, m->events[i].is.block.size);
	m->end_tick = draw(2) ? p.tick + draw(10) : 0;
	m->interval = draw(4) ? 20 + draw(100) : 0;
	m->precision = precisions[draw(ARRAY_SIZE(precisions))];
	make_marks(m, p.tick, &w);
	write_files(m, &w, base);
	logwriter_fini(&w);
}

static void add_wide(struct model_sum *s, const struct model_sum *w, int sign)
{
	s->bytes += sign * w->bytes;
	s->count += sign * w->count;
	s->bytes_var += sign * w->bytes_var;
	s->count_var += sign * w->count_var;
}

#define ANY UINT32_MAX

/* Which events of the list are meant; ANY: all. */
struct question {
	size_t from, to;  /* events before `to` and not before `from` */
	uint32_t trace;	  /* of the block */
	uint32_t thread;  /* that allocated the block */
	uint32_t by;	  /* thread that did it */
	bool allocations; /* add these */
	int frees;	  /* add these times so much */
	bool temporary;	  /* of the frees only these */
};

static struct model_sum ask(const struct model *m, struct question q)
{
	struct model_sum sum = {0, 0, 0, 0};

	for (size_t i = q.from; i < q.to; i++) {
		const struct hpd_event *e = &m->events[i].is;
		const struct model_sum *w = &m->events[i].weight;

		if (e->kind == HPD_RSS ||
		    (q.trace != ANY && e->block.trace != q.trace) ||
		    (q.thread != ANY && e->block.thread != q.thread) ||
		    (q.by != ANY && e->thread != q.by))
			continue;
		if (e->kind == HPD_ALLOC && q.allocations)
			add_wide(&sum, w, 1);
		if (e->kind == HPD_TEMPORARY ||
		    (e->kind == HPD_FREE && !q.temporary))
			add_wide(&sum, w, q.frees);
	}
	return sum;
}

static struct model_sum live(const struct model *m, size_t to, uint32_t trace)
{
	return ask(m,
		   (struct question){0, to, trace, ANY, ANY, true, -1, false});
}

static struct model_sum allocated(const struct model *m, size_t from, size_t to,
				  uint32_t trace)
{
	return ask(m, (struct question){from, to, trace, ANY, ANY, true, 0,
					false});
}

static struct model_sum freed(const struct model *m, size_t from, size_t to,
			      uint32_t trace)
{
	return ask(m, (struct question){from, to, trace, ANY, ANY, false, 1,
					false});
}

static void expect(struct model_sum w, const struct sum *s, const char *what)
{
	double bytes = (double)w.bytes / 64, count = (double)w.count / 65536;
	double bytes_var = (double)w.bytes_var;
	double count_var = (double)w.count_var / 65536;

	ck_assert_msg(bytes == s->bytes && count == s->count &&
			      bytes_var == s->bytes_var &&
			      count_var == s->count_var,
		      "%s: %g %g %g %g, digest has %g %g %g %g", what, bytes,
		      count, bytes_var, count_var, s->bytes, s->count,
		      s->bytes_var, s->count_var);
}

/* Sums of a digest add up but for what a double cannot hold. */
static bool near(__int128 a, double b)
{
	return fabsl((long double)a - b) <= 1e-12L * fabsl((long double)a) + 1;
}

static void expect_near(struct model_sum w, const struct sum *s)
{
	ck_assert(near(w.bytes, s->bytes * 64));
	ck_assert(near(w.count, s->count * 65536));
	ck_assert(near(w.bytes_var, s->bytes_var));
	ck_assert(near(w.count_var, s->count_var * 65536));
}

/* An instant as it should be: after so many events. */
struct instant {
	uint64_t time_ns;
	size_t to;
	uint32_t kinds;
};

struct instants {
	struct instant is[4096];
	size_t nr;
	size_t peak;
};

static size_t count_before(const struct model *m, uint64_t tick)
{
	size_t n = 0;

	while (n < m->nr_events && m->events[n].is.tick < tick)
		n++;
	return n;
}

static size_t find_peak(const struct model *m)
{
	__int128 most = 0;
	size_t at = 0;

	for (size_t to = 1; to <= m->nr_events; to++) {
		__int128 bytes = live(m, to, ANY).bytes;

		if (bytes > most) {
			most = bytes;
			at = to;
		}
	}
	return at;
}

/* Did nothing happen to the heap between these? */
static bool is_quiet(const struct model *m, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (m->events[i].is.kind != HPD_RSS)
			return false;
	return true;
}

static void add_instant(struct instants *l, uint64_t time_ns, size_t to,
			uint32_t kind)
{
	ck_assert_uint_lt(l->nr, ARRAY_SIZE(l->is));
	l->is[l->nr++] = (struct instant){time_ns, to, kind};
}

static int compare_instants(const void *a, const void *b)
{
	const struct instant *x = a, *y = b;

	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (x->kinds > y->kinds) - (x->kinds < y->kinds);
}

static void merge_instants(const struct model *m, struct instants *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->nr; i++) {
		struct instant *last = n > 0 ? &l->is[n - 1] : NULL;

		if (last && last->time_ns == l->is[i].time_ns &&
		    is_quiet(m, last->to, l->is[i].to)) {
			last->kinds |= l->is[i].kinds;
			last->to = l->is[i].to;
		} else {
			l->is[n++] = l->is[i];
		}
		if (l->is[n - 1].kinds & DIGEST_PEAK)
			l->peak = n - 1;
	}
	l->nr = n;
}

static uint64_t end_of(const struct model *m)
{
	uint64_t end = m->end_tick;

	if (m->nr_events > 0)
		end = MAX(end, m->events[m->nr_events - 1].is.tick);
	if (m->nr_marks > 0)
		end = MAX(end, m->marks[m->nr_marks - 1]);
	return end;
}

static void list_instants(const struct model *m, const struct digest *d,
			  struct instants *l)
{
	unsigned shift = m->header.tick_shift;
	uint64_t end_ns = end_of(m) << shift;
	size_t peak = find_peak(m);

	l->nr = 0;
	add_instant(l, 0, 0, DIGEST_START);
	for (uint64_t t = d->interval_ns; t < end_ns; t += d->interval_ns)
		add_instant(l, t,
			    count_before(m, (t + (1u << shift) - 1) >> shift),
			    DIGEST_INTERVAL);
	add_instant(l, peak ? m->events[peak - 1].is.tick << shift : 0, peak,
		    DIGEST_PEAK);
	for (size_t i = 0; i < m->nr_marks; i++)
		add_instant(l, m->marks[i] << shift,
			    count_before(m, m->marks[i] + 1), DIGEST_MARK);
	add_instant(l, end_ns, m->nr_events, DIGEST_END);
	qsort(l->is, l->nr, sizeof(*l->is), compare_instants);
	merge_instants(m, l);
}

static uint64_t rss_at(const struct model *m, size_t to)
{
	for (size_t i = to; i-- > 0;)
		if (m->events[i].is.kind == HPD_RSS)
			return m->events[i].is.rss * 4096;
	return 0;
}

static struct model_sum most_live(const struct model *m, size_t from, size_t to)
{
	struct model_sum most = live(m, from, ANY);

	for (size_t i = from + 1; i <= to; i++) {
		struct model_sum now = live(m, i, ANY);

		if (now.bytes > most.bytes)
			most = now;
	}
	return most;
}

/* Would @trace be folded, going by one of the two amounts? */
static bool is_small(const __int128 *amount, uint32_t trace,
		     const uint32_t *rank, double precision)
{
	__int128 all = 0, up_to_this = 0;

	for (uint32_t i = 0; i < MODEL_TRACES; i++) {
		all += amount[i];
		/* It and all that are smaller, or equal and later. */
		if (amount[i] < amount[trace] ||
		    (amount[i] == amount[trace] && rank[i] >= rank[trace]))
			up_to_this += amount[i];
	}
	return (long double)up_to_this <= (long double)all * precision;
}

/* What is live or was active of each trace, and which of them stay. */
static void expect_kept(const struct model *m, const struct digest *d,
			size_t from, size_t to, bool *kept)
{
	__int128 amount[2][MODEL_TRACES];
	uint32_t rank[MODEL_TRACES] = {0};

	for (uint32_t i = 1; i < d->nr_traces; i++)
		rank[d->traces[i].node] = i;
	for (uint32_t i = 0; i < MODEL_TRACES; i++) {
		amount[0][i] = live(m, to, i).bytes;
		amount[1][i] = allocated(m, from, to, i).bytes;
	}
	for (uint32_t i = 0; i < MODEL_TRACES; i++) {
		struct model_sum now = live(m, to, i);
		struct model_sum in = allocated(m, from, to, i);
		struct model_sum out = freed(m, from, to, i);

		kept[i] = now.count != 0 || in.count != 0 || out.count != 0;
		if (m->precision > 0 &&
		    is_small(amount[0], i, rank, m->precision) &&
		    is_small(amount[1], i, rank, m->precision))
			kept[i] = false;
	}
}

static void add_sum(struct sum *to, const struct sum *s)
{
	to->bytes += s->bytes;
	to->count += s->count;
	to->bytes_var += s->bytes_var;
	to->count_var += s->count_var;
}

static void compare_snapshot(const struct model *m, const struct digest *d,
			     size_t index, size_t from, size_t to)
{
	struct sum sums[3] = {{0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}};
	bool kept[MODEL_TRACES];
	struct digest_usage *usage;
	size_t n, nr_kept = 0, nr_expected = 0;

	expect_kept(m, d, from, to, kept);
	ck_assert_int_eq(digest_snapshot(d, index, &usage, &n), 0);
	for (size_t i = 0; i < n; i++) {
		const struct digest_usage *u = &usage[i];
		uint32_t node = d->traces[u->trace].node;

		add_sum(&sums[0], &u->live);
		add_sum(&sums[1], &u->allocated);
		add_sum(&sums[2], &u->freed);
		ck_assert(i == 0 || u->trace > usage[i - 1].trace);
		if (u->trace == DIGEST_OTHER)
			continue;
		ck_assert_msg(kept[node], "trace %u is kept", node);
		nr_kept++;
		expect(live(m, to, node), &u->live, "live");
		expect(allocated(m, from, to, node), &u->allocated, "new");
		expect(freed(m, from, to, node), &u->freed, "freed");
	}
	for (uint32_t i = 0; i < MODEL_TRACES; i++)
		nr_expected += kept[i];
	ck_assert_uint_eq(nr_kept, nr_expected);
	ck_assert(m->precision < 1 || nr_kept == 0);
	expect_near(live(m, to, ANY), &sums[0]);
	expect_near(allocated(m, from, to, ANY), &sums[1]);
	expect_near(freed(m, from, to, ANY), &sums[2]);
	free(usage);
}

static void compare_instant(const struct model *m, const struct digest *d,
			    size_t index, const struct instants *l)
{
	const struct digest_instant *is = &d->instants[index];
	const struct instant *want = &l->is[index];
	size_t from = index > 0 ? l->is[index - 1].to : 0;

	ck_assert_uint_eq(is->time_ns, want->time_ns);
	ck_assert_uint_eq(is->kinds, want->kinds);
	ck_assert_uint_eq(is->rss, rss_at(m, want->to));
	expect(live(m, want->to, ANY), &is->live, "all live");
	expect(allocated(m, 0, want->to, ANY), &is->allocated, "allocated");
	expect(freed(m, 0, want->to, ANY), &is->freed, "freed");
	expect(most_live(m, from, want->to), &is->max_live, "max_live");
	compare_snapshot(m, d, index, from, want->to);
}

/* Is @b what @a is, but for rounding, in proportion to @scale? */
static void expect_real(long double a, double b, long double scale,
			const char *what)
{
	ck_assert_msg(fabsl(a - b) <= scale, "%s: %Lg, digest has %g", what, a,
		      b);
}

static bool same_size(const struct hpd_event *e, unsigned class)
{
	uint64_t low = class ? (uint64_t)1 << (class - 1) : 0;

	return e->kind != HPD_RSS && e->block.size >= low &&
	       (class == 0 ? e->block.size == 0 : e->block.size / 2 < low);
}

static bool same_age(const struct hpd_event *e, unsigned class, unsigned shift)
{
	uint64_t us = (e->age << shift) / 1000;
	uint64_t low = class ? (uint64_t)1 << (class - 1) : 0;

	return (e->kind == HPD_FREE || e->kind == HPD_TEMPORARY) && us >= low &&
	       (class == 0 ? us == 0 : us / 2 < low);
}

/* Sums of a class of sizes: allocations and frees before event @to. */
static void sum_sizes(const struct model *m, uint32_t trace, unsigned class,
		      size_t to, struct model_sum *in, struct model_sum *out)
{
	*in = *out = (struct model_sum){0, 0, 0, 0};
	for (size_t i = 0; i < to; i++) {
		const struct hpd_event *e = &m->events[i].is;

		if (e->block.trace == trace && same_size(e, class))
			add_wide(e->kind == HPD_ALLOC ? in : out,
				 &m->events[i].weight, 1);
	}
}

static void compare_sizes(const struct model *m, uint32_t node,
			  const struct digest_spread *t, size_t peak)
{
	size_t nr = 0;

	for (unsigned class = 0; class < DIGEST_CLASSES; class ++) {
		struct model_sum in, out, peak_in, peak_out;

		sum_sizes(m, node, class, m->nr_events, &in, &out);
		if (in.count == 0)
			continue;
		ck_assert_uint_lt(nr, t->nr_sized);
		ck_assert_uint_eq(t->sized[nr].class, class);
		expect(in, &t->sized[nr].allocated, "allocated by size");
		expect(out, &t->sized[nr].freed, "freed by size");
		sum_sizes(m, node, class, peak, &peak_in, &peak_out);
		add_wide(&peak_in, &peak_out, -1);
		expect(peak_in, &t->sized[nr].peak, "at the peak by size");
		nr++;
	}
	ck_assert_uint_eq(nr, t->nr_sized);
}

static void compare_ages(const struct model *m, uint32_t node,
			 const struct digest_spread *t)
{
	unsigned shift = m->header.tick_shift;
	size_t nr = 0;

	for (unsigned class = 0; class < DIGEST_CLASSES; class ++) {
		struct model_sum sum = {0, 0, 0, 0};

		for (size_t i = 0; i < m->nr_events; i++)
			if (m->events[i].is.block.trace == node &&
			    same_age(&m->events[i].is, class, shift))
				add_wide(&sum, &m->events[i].weight, 1);
		if (sum.count == 0)
			continue;
		ck_assert_uint_lt(nr, t->nr_lived);
		ck_assert_uint_eq(t->lived[nr].class, class);
		expect(sum, &t->lived[nr].freed, "freed by age");
		nr++;
	}
	ck_assert_uint_eq(nr, t->nr_lived);
}

/* Is the block of allocation @i freed, and by which event?  Else nr_events. */
static size_t find_free(const struct model *m, size_t i)
{
	const struct hpd_event *e = &m->events[i].is;
	bool used[MODEL_EVENTS] = {false};

	/* Blocks that are alike in all are freed in the order they came. */
	for (size_t a = 0; a <= i; a++) {
		const struct hpd_event *x = &m->events[a].is;
		size_t f = a;

		if (x->kind != HPD_ALLOC || x->tick != e->tick ||
		    memcmp(&x->block, &e->block, sizeof(x->block)) != 0)
			continue;
		for (f = 0; f < m->nr_events; f++) {
			const struct hpd_event *y = &m->events[f].is;

			if ((y->kind == HPD_FREE || y->kind == HPD_TEMPORARY) &&
			    !used[f] && y->tick - y->age == e->tick &&
			    !memcmp(&y->block, &e->block, sizeof(y->block)))
				break;
		}
		if (a == i)
			return f;
		if (f < m->nr_events)
			used[f] = true;
	}
	return m->nr_events;
}

/* Block by block: bytes times life, whose variance is that of a sample. */
static void compare_areas(const struct model *m, const struct digest *d,
			  uint32_t node, const struct digest_run *t)
{
	unsigned shift = m->header.tick_shift;
	long double area_var = 0, age = 0, age_var = 0, cov = 0, waste = 0;
	long double scale = 0, end = d->duration_ns * 1e-9L;

	for (size_t i = 0; i < m->nr_events; i++) {
		const struct hpd_event *e = &m->events[i].is;
		const struct model_sum *w = &m->events[i].weight;
		long double var = (long double)w->count_var / 65536;
		size_t f = m->nr_events;
		long double life;

		if (e->kind != HPD_ALLOC || e->block.trace != node)
			continue;
		f = find_free(m, i);
		life = (f < m->nr_events ? m->events[f].is.tick << shift
					 : d->duration_ns) -
		       (e->tick << shift);
		life *= 1e-9L;
		area_var += w->bytes_var * life * life;
		scale += w->bytes_var * end * end;
		waste += var * e->block.waste * e->block.waste;
		if (f == m->nr_events)
			continue;
		age += life * w->count / 65536;
		age_var += var * life * life;
		cov += var * life;
	}
	/* Times are to a millionth of the run where blocks live on. */
	expect_real(area_var, t->byte_seconds_var, 4e-6L * scale,
		    "variance of byte-seconds");
	expect_real(age, t->age.sum, 1e-12L * age, "ages");
	expect_real(age_var, t->age.sum_var, 1e-12L * age_var,
		    "their variance");
	expect_real(cov, t->age.cov, 1e-12L * cov, "their covariance");
	expect_real(waste, t->waste_var, 1e-4L * waste + m->nr_events,
		    "variance of waste");
}

static void compare_trace(const struct model *m, const struct digest *d,
			  const struct digest_trace *t,
			  const struct digest_run *run)
{
	unsigned shift = m->header.tick_shift;
	struct model_sum peak = {0, 0, 0, 0};
	uint64_t peak_ns = 0;
	__int128 area = 0, waste = 0;

	for (size_t i = 0; i < m->nr_events; i++) {
		const struct hpd_event *e = &m->events[i].is;
		struct model_sum now = live(m, i + 1, t->node);
		uint64_t next = i + 1 < m->nr_events
					? m->events[i + 1].is.tick << shift
					: d->duration_ns;

		area += now.bytes * (next - (e->tick << shift));
		if (now.bytes > peak.bytes) {
			peak = now;
			peak_ns = e->tick << shift;
		}
		if (e->kind == HPD_ALLOC && e->block.trace == t->node)
			waste += e->block.waste * m->events[i].weight.count;
	}
	expect(peak, &run->peak, "peak of trace");
	ck_assert_uint_eq(run->peak_ns, peak_ns);
	ck_assert_double_eq(run->byte_seconds, (double)area / 64 / 1e9);
	/* Each event is rounded to 1/64 byte. */
	ck_assert(fabsl((long double)waste / 65536 - run->waste) <=
		  (long double)m->nr_events / 64);
	expect(allocated(m, 0, m->nr_events, t->node), &t->allocated,
	       "allocated by trace");
	expect(freed(m, 0, m->nr_events, t->node), &run->freed,
	       "freed of trace");
	expect(ask(m, (struct question){0, m->nr_events, t->node, ANY, ANY,
					false, 1, true}),
	       &run->temporary, "temporary");
}

static void compare_thread(const struct model *m, const struct digest *d,
			   uint32_t thread, size_t peak)
{
	const struct digest_thread *t = &d->threads[thread];
	size_t all = m->nr_events;

	expect(ask(m,
		   (struct question){0, all, ANY, thread, ANY, true, 0, false}),
	       &t->allocated, "allocated by thread");
	expect(ask(m, (struct question){0, all, ANY, ANY, thread, false, 1,
					false}),
	       &t->freed, "freed by thread");
	expect(ask(m, (struct question){0, peak, ANY, thread, ANY, true, -1,
					false}),
	       &t->peak_live, "of thread at the peak");
	expect(ask(m, (struct question){0, all, ANY, thread, ANY, true, -1,
					false}),
	       &t->end_live, "of thread at the end");
}

void model_compare(const struct model *m, const struct digest *d)
{
	struct instants l;

	ck_assert_uint_eq(d->duration_ns, end_of(m) << m->header.tick_shift);
	list_instants(m, d, &l);
	ck_assert_int_eq(digest_spreads(d), 0);
	ck_assert_uint_eq(d->nr_instants, l.nr);
	ck_assert_uint_eq(d->peak, l.peak);
	for (size_t i = 0; i < l.nr; i++)
		compare_instant(m, d, i, &l);
	for (uint32_t i = 1; i < d->nr_traces; i++) {
		const struct digest_trace *t = &d->traces[i];
		struct digest_run run = digest_run(d, i);

		compare_trace(m, d, t, &run);
		compare_sizes(m, t->node, &d->spreads[i], l.is[l.peak].to);
		compare_ages(m, t->node, &d->spreads[i]);
		compare_areas(m, d, t->node, &run);
	}
	ck_assert_uint_eq(d->nr_threads, MODEL_THREADS);
	for (uint32_t i = 1; i < MODEL_THREADS; i++)
		compare_thread(m, d, i, l.is[l.peak].to);
	ck_assert_uint_eq(d->nr_marks, m->nr_marks);
}
