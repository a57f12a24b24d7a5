/* SPDX-License-Identifier: MIT */

/*
 * A comparison reads the counter, the clock and the counter again, and is good
 * if that took no longer than it should: otherwise the thread was interrupted
 * in between, and nobody knows when.
 *
 * The rate comes from two comparisons at least a millisecond apart.  The first
 * of them is replaced when a prediction fails: the system slept, or the program
 * was moved to another machine.
 */

#include "clock.h"

#if defined(__x86_64__)
#include <cpuid.h>

#define PERIOD_NS 1000000u
/* A comparison takes some dozens of nanoseconds. */
#define LONGEST_CYCLES 4000u
/* Cycles in PERIOD_NS at 10 GHz; with the rate below it, products fit. */
#define MOST_CYCLES 10000000u
#define SLACK_NS 2000

static bool usable;

/* Does the counter run at one rate, always, and alike on all processors? */
void clock_init(void)
{
	unsigned a, b, c, d;

	usable = __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & 1u << 8);
}

static void begin_anew(struct clock *c)
{
	c->first_cycles = c->cycles;
	c->first_ns = c->ns;
	c->good_for = 0;
}

/* Is the new comparison what the rate had predicted? */
static bool predicted(const struct clock *c, uint64_t cycles, uint64_t ns)
{
	double passed =
		(double)(cycles - c->cycles) * (double)c->rate * 0x1p-32;
	double off = (double)ns - (double)c->ns - passed;

	return off < SLACK_NS + passed / 1000 &&
	       off > -(SLACK_NS + passed / 1000);
}

static void measure_rate(struct clock *c)
{
	double cycles = (double)(c->cycles - c->first_cycles);
	double ns = (double)(c->ns - c->first_ns);
	double good_for = cycles / ns * PERIOD_NS;

	if (ns < PERIOD_NS || good_for < 1 || good_for > MOST_CYCLES)
		return;
	c->rate = (uint64_t)(ns / cycles * 0x1p32);
	c->good_for = (uint64_t)good_for;
}

static void compare(struct clock *c, uint64_t cycles, uint64_t ns)
{
	bool as_predicted = c->good_for == 0 || predicted(c, cycles, ns);
	bool first = c->first_cycles == 0;

	c->cycles = cycles;
	c->ns = ns;
	if (first || !as_predicted)
		begin_anew(c);
	else
		measure_rate(c);
}

uint64_t clock_compare(struct clock *c)
{
	uint64_t before = __rdtsc();
	uint64_t ns = log_ns();
	uint64_t took = __rdtsc() - before;

	if (usable && took <= LONGEST_CYCLES)
		compare(c, before + took / 2, ns);
	else
		c->good_for = 0;
	return c->last = MAX(c->last, ns >> LOG_TICK_SHIFT);
}

#else

void clock_init(void)
{
}

uint64_t clock_compare(struct clock *c)
{
	return c->last = MAX(c->last, log_tick());
}

#endif
