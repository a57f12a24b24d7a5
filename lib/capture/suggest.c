/* SPDX-License-Identifier: MIT */

#include "suggest.h"

#include <string.h>

#define CHEAP 2000.0 /* events a second that nobody notices: record all */
#define SEEN 100.0   /* events of each class of sizes, at least */
#define Z95 1.96

/* Square root by Newton's method; libm is not ours to load. */
static double root(double x)
{
	double r = x > 1 ? x : 1;

	for (int i = 0; i < 2000 && r * r > x * (1 + 1e-12); i++)
		r = (r + x / r) / 2;
	return x > 0 ? r : 0;
}

/* Mean size of the blocks of class @c at the peak, or its middle. */
static double size_of(const struct histogram_summary *h, unsigned c)
{
	if (h->peak_count[c] > 0)
		return (double)h->peak_class[c] / (double)h->peak_count[c];
	return c > 0 ? 0.75 * (double)(1ull << (c < 63 ? c : 63)) : 0;
}

/* A class of which nothing was live at the peak may be live at another. */
static double live_of(const struct histogram_summary *h, unsigned c)
{
	return h->peak_count[c] > 0 ? (double)h->peak_count[c] : 0.5;
}

static double usable(const struct histogram_summary *h, unsigned c)
{
	double n = 0;

	for (unsigned g = 0; g < HISTOGRAM_GROWTH && g <= c; g++)
		n += (double)h->now.grown[c - g][g];
	return n;
}

/*
 * Sum of squares of the blocks live at the peak that were asked for in class
 * @c.  What is live is known by usable size; it is taken to have been asked for
 * as all allocations of that usable size were.
 */
static double squares_of(const struct histogram_summary *h, unsigned c)
{
	double sum = 0;

	for (unsigned g = 0; g < HISTOGRAM_GROWTH; g++) {
		unsigned u = MIN(c + g, HISTOGRAM_CLASSES - 1);
		double n = (double)h->now.grown[c][g];

		if (n > 0)
			sum += n / usable(h, u) * live_of(h, u) *
			       size_of(h, u) * size_of(h, u);
	}
	return sum;
}

static double shape_of(const struct histogram_summary *h, unsigned c)
{
	double n = (double)h->now.count[c];

	return n > 0 ? root(squares_of(h, c) / n) : 0;
}

/* At most two digits, rounded up; at least 1e-6. */
static double round_up(double p)
{
	double unit = 1e-7;

	if (p >= 0.5)
		return 1;
	while (p > unit * 100)
		unit *= 10;
	for (unsigned digits = 10; digits < 100; digits++)
		if (unit * digits >= p)
			return unit * digits;
	return unit * 100;
}

static double variance(const struct histogram_summary *h, const double *p)
{
	double sum = 0;

	for (unsigned c = 0; c < HISTOGRAM_CLASSES; c++)
		if (h->now.count[c] > 0)
			sum += squares_of(h, c) * (1 - p[c]) / p[c];
	return sum;
}

/*
 * Who allocates should be seen too, but not for the sake of a few blocks that
 * are smaller than many.  And a block that lives for a moment, when it is
 * recorded, must not look like a new peak.
 */
static void set_rates(const struct histogram_summary *h, double factor,
		      double *p)
{
	double jump = SUGGEST_ERROR / 4 * (double)h->peak_bytes;
	double least = 1;

	for (unsigned c = HISTOGRAM_CLASSES; c-- > 0;) {
		double most =
			MAX(shape_of(h, c) * factor, size_of(h, c) / jump);

		if ((double)h->now.count[c] * least > SEEN)
			least = SEEN / (double)h->now.count[c];
		p[c] = round_up(MAX(most, least));
	}
}

/*
 * Sizes without allocations go with their smaller neighbour; of neighbours
 * within a factor of two, the rarer rate is raised, which costs little and
 * leaves few ranges.  Rates never fall with size, or the large would be lost.
 */
static void smooth(const struct histogram_summary *h, double *p)
{
	unsigned top = HISTOGRAM_CLASSES - 1;

	for (; top > 0 && h->now.count[top] == 0; top--)
		p[top] = 1;
	for (unsigned c = 1; c <= top; c++)
		if (h->now.count[c] == 0 || p[c] < p[c - 1])
			p[c] = p[c - 1];
	for (unsigned c = HISTOGRAM_CLASSES - 1; c > 0; c--)
		if (p[c - 1] * 2.5 >= p[c])
			p[c - 1] = p[c];
}

static void choose(const struct histogram_summary *h, double *p)
{
	double low = 1e-20, high = 1e6;
	double allowed = SUGGEST_ERROR / Z95 * (double)h->peak_bytes;

	for (int i = 0; i < 200; i++) {
		double factor = root(low * high);

		set_rates(h, factor, p);
		smooth(h, p);
		if (variance(h, p) > allowed * allowed)
			low = factor;
		else
			high = factor;
	}
	set_rates(h, high, p);
	smooth(h, p);
}

static double events(const struct histogram_summary *h, const double *p)
{
	double sum = 0;

	for (unsigned c = 0; c < HISTOGRAM_CLASSES; c++)
		sum += 2 * (double)h->now.count[c] * p[c];
	return sum * 1e9 / (double)(h->duration_ns > 0 ? h->duration_ns : 1);
}

static void make_ranges(struct suggestion *out, const double *p)
{
	for (unsigned c = 1; c < 48 && p[c] < 1; c++) {
		/* The last class of its rate gives the bound. */
		if (p[c + 1] <= p[c])
			continue;
		if (out->nr == SUGGEST_RANGES)
			out->nr--;
		out->range[out->nr++] = (struct hpm_range){1ull << c, p[c]};
	}
}

static double allocations(const struct histogram_summary *h)
{
	double sum = 0;

	for (unsigned c = 0; c < HISTOGRAM_CLASSES; c++)
		sum += (double)h->now.count[c];
	return sum;
}

void suggest_rates(const struct histogram_summary *h, struct suggestion *out)
{
	double p[HISTOGRAM_CLASSES];

	memset(out, 0, sizeof(*out));
	for (unsigned c = 0; c < HISTOGRAM_CLASSES; c++)
		p[c] = 1;
	if (allocations(h) >= SUGGEST_FEW && events(h, p) > CHEAP &&
	    h->peak_bytes > 0) {
		choose(h, p);
		make_ranges(out, p);
	}
	out->events_per_s = events(h, p);
	if (out->nr > 0 && h->peak_bytes < SUGGEST_PEAK_MIN)
		out->error = -1;
	else if (h->peak_bytes > 0)
		out->error = Z95 * root(variance(h, p)) / (double)h->peak_bytes;
}
