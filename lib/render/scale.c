/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "base.h"

#include "number.h"
#include "scale.h"

/* A step has no more decimals than this, an axis no more ticks. */
#define STEP_MIN 1e-9
#define TICKS_MAX 1000

/*
 * The smallest of 1, 2, 5, 10, 20... that is no less than @least, which a file
 * can have made anything, also not a number.
 */
static double nice_step(double least)
{
	double power, lead;

	least = fmin(fmax(least, STEP_MIN), 1e300);
	power = pow(10, floor(log10(least)));
	lead = least / power;
	return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

static int step_decimals(double step)
{
	return step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9);
}

/* A nice step in units that are not decimal: 1, 2, 5, 10, 15, 30 minutes. */
static double sixty_step(double least)
{
	static const double steps[] = {1, 2, 5, 10, 15, 20, 30, 60};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (steps[i] >= least)
			return steps[i];
	return nice_step(least);
}

struct scale scale_figures(double max, enum unit unit, unsigned ticks)
{
	static const char *const bytes[] = {" B",   " KiB", " MiB", " GiB",
					    " TiB", " PiB", " EiB"};
	static const char *const rates[] = {" B/s",   " KiB/s", " MiB/s",
					    " GiB/s", " TiB/s", " PiB/s",
					    " EiB/s"};
	struct scale s = {.factor = 1};
	size_t u = 0;
	double x;

	for (x = max; x >= 1024 && u + 1 < ARRAY_SIZE(bytes); u++)
		x /= 1024;
	s.unit = unit == UNIT_RATE ? rates[u] : bytes[u];
	s.factor = ldexp(1, 10 * (int)u);
	s.step = x > 0 ? nice_step(x / ticks) : 1;
	if (!u)
		s.step = MAX(s.step, 1.0);
	s.decimals = step_decimals(s.step);
	return s;
}

struct scale scale_shares(double max, unsigned ticks)
{
	struct scale s = {.unit = "%", .factor = 0.01};

	s.step = max > 0 ? nice_step(100 * max / ticks) : 100;
	s.decimals = step_decimals(s.step);
	return s;
}

struct scale scale_time(double span_s, double ticks)
{
	static const struct {
		const char *name;
		double seconds;
		double least; /* span in seconds from which it is used */
	} units[] = {{" d", 86400, 4 * 86400}, {" h", 3600, 4 * 3600},
		     {" min", 60, 180},	       {" s", 1, 1},
		     {" ms", 1e-3, 1e-3},      {" us", 1e-6, 0}};
	struct scale s;
	double least;
	size_t u = 0;

	while (u + 1 < ARRAY_SIZE(units) && span_s < units[u].least)
		u++;
	s.unit = units[u].name;
	s.factor = units[u].seconds;
	least = span_s / s.factor / MAX(ticks, 1.0);
	s.step = u == 2 && least > 1 ? sixty_step(least) : nice_step(least);
	s.decimals = step_decimals(s.step);
	return s;
}

unsigned scale_ticks(const struct scale *s, double max)
{
	double n = ceil(max / s->factor / s->step - 1e-9);

	return n > 1 ? (unsigned)fmin(n, TICKS_MAX) : 1;
}

double scale_first(const struct scale *s, double value)
{
	/* Never a negative 0, which would show. */
	return fabs(ceil(value / s->factor / s->step - 1e-9));
}

double scale_value(const struct scale *s, double number)
{
	return number * s->step * s->factor;
}

char *scale_label(char *out, const struct scale *s, double number)
{
	snprintf(out, NUMBER_MAX, "%.*f%s", s->decimals, number * s->step,
		 s->unit);
	return out;
}
