/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base.h"

#include "number.h"

/* The largest value that is not of the next unit, however it is rounded. */
static double unit_end(double base, size_t unit)
{
	return unit ? base - 0.5 : base;
}

/* Three digits or so: "12.4", "124"; thousands have one more: "1.24". */
static int decimals(double x, double base)
{
	if (fabs(x) >= 99.95)
		return 0;
	return base == 1000 && fabs(x) < 9.995 ? 2 : 1;
}

static char *scaled(char *out, double x, double base, const char *const *units,
		    size_t nr_units)
{
	size_t u = 0;

	while (u + 1 < nr_units && fabs(x) >= unit_end(base, u)) {
		x /= base;
		u++;
	}
	snprintf(out, NUMBER_MAX, "%.*f%s", u ? decimals(x, base) : 0, x,
		 units[u]);
	return out;
}

char *number_bytes(char *out, double bytes)
{
	static const char *const units[] = {" B",   " KiB", " MiB", " GiB",
					    " TiB", " PiB", " EiB"};

	return scaled(out, bytes, 1024, units, ARRAY_SIZE(units));
}

char *number_size(char *out, uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	uint64_t x = bytes;
	size_t u = 0;

	while (u + 1 < ARRAY_SIZE(units) && x && x % 1024 == 0) {
		x /= 1024;
		u++;
	}
	if (x >= 100000)
		return number_bytes(out, (double)bytes);
	snprintf(out, NUMBER_MAX, "%llu %s", (unsigned long long)x, units[u]);
	return out;
}

char *number_exact(char *out, uint64_t count)
{
	char digits[24];
	size_t n = (size_t)snprintf(digits, sizeof(digits), "%llu",
				    (unsigned long long)count);
	char *p = out;

	for (size_t i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return out;
}

char *number_count(char *out, double count)
{
	static const char *const units[] = {"", "k", "M", "G", "T", "P"};

	if (count >= 0 && count < 99999.5)
		return number_exact(out, (uint64_t)llround(count));
	return scaled(out, count, 1000, units, ARRAY_SIZE(units));
}

/* An age that a file made up can be longer than nanoseconds can count. */
static char *seconds(char *out, double s)
{
	if (isnan(s))
		return strcpy(out, "-");
	if (s < 1e10)
		return number_time(out, (uint64_t)(MAX(s, 0.0) * 1e9));
	snprintf(out, NUMBER_MAX, "%.3g s", s);
	return out;
}

char *number_value(char *out, double value, enum unit unit)
{
	switch (unit) {
	case UNIT_COUNT:
		return number_count(out, value);
	case UNIT_BYTE_SECONDS:
		number_bytes(out, value);
		return strcat(out, " s");
	case UNIT_RATE:
		number_bytes(out, value);
		return strcat(out, "/s");
	case UNIT_HOURLY:
		number_bytes(out, value);
		return strcat(out, "/h");
	case UNIT_SECONDS:
		return seconds(out, value);
	default:
		return number_bytes(out, value);
	}
}

char *number_brief(char *out, double value, enum unit unit)
{
	static const char *const bytes[] = {"B", "K", "M", "G", "T", "P", "E"};
	static const char *const counts[] = {"", "k", "M", "G", "T", "P"};

	if (unit == UNIT_SECONDS)
		return number_value(out, value, unit);
	if (unit == UNIT_COUNT)
		return scaled(out, value, 1000, counts, ARRAY_SIZE(counts));
	scaled(out, value, 1024, bytes, ARRAY_SIZE(bytes));
	return strcat(out, unit == UNIT_BYTE_SECONDS ? " s"
			   : unit == UNIT_RATE	     ? "/s"
			   : unit == UNIT_HOURLY     ? "/h"
						     : "");
}

/* "12 min 34 s" */
static char *two_units(char *out, double total, unsigned ratio,
		       const char *big_unit, const char *small_unit)
{
	unsigned long long small = (unsigned long long)llround(total);
	unsigned long long big = small / ratio;

	small %= ratio;
	if (small)
		snprintf(out, NUMBER_MAX, "%llu %s %llu %s", big, big_unit,
			 small, small_unit);
	else
		snprintf(out, NUMBER_MAX, "%llu %s", big, big_unit);
	return out;
}

char *number_time(char *out, uint64_t ns)
{
	double s = (double)ns * 1e-9;

	if (!ns)
		return strcpy(out, "0 s");
	if (s >= 48 * 3600 - 30)
		return two_units(out, s / 3600, 24, "d", "h");
	if (s >= 7199.5)
		return two_units(out, s / 60, 60, "h", "min");
	if (s >= 119.95)
		return two_units(out, s, 60, "min", "s");
	if (s >= 9.995)
		snprintf(out, NUMBER_MAX, "%.1f s", s);
	else if (s >= 0.9995)
		snprintf(out, NUMBER_MAX, "%.2f s", s);
	else if (s >= 0.0009995)
		snprintf(out, NUMBER_MAX, "%.3g ms", s * 1e3);
	else
		snprintf(out, NUMBER_MAX, "%.3g us", s * 1e6);
	return out;
}

char *number_share(char *out, double part, double whole)
{
	double percent = whole != 0 ? 100 * part / whole : 0;

	if (whole == 0 || !isfinite(percent))
		return strcpy(out, "-");
	if (percent > 0 && percent < 0.05)
		return strcpy(out, "<0.1%");
	snprintf(out, NUMBER_MAX, "%.1f%%", percent);
	return out;
}

char *number_error(char *out, struct estimate e, bool utf8)
{
	const char *sign = utf8 ? "±" : "+-";
	double percent;

	*out = '\0';
	if (e.error == 0)
		return out;
	if (isnan(e.error))
		return strcpy(out, utf8 ? "±?" : "+-?");
	percent = 100 * e.error / fabs(e.value);
	if (!isfinite(percent) || percent >= 100.5)
		snprintf(out, NUMBER_MAX, "%s>100%%", sign);
	else if (percent >= 0.95)
		snprintf(out, NUMBER_MAX, "%s%.0f%%", sign, percent);
	else if (percent >= 0.05)
		snprintf(out, NUMBER_MAX, "%s%.1f%%", sign, percent);
	else
		snprintf(out, NUMBER_MAX, "%s<0.1%%", sign);
	return out;
}

char *number_estimate(char *out, struct estimate e, enum unit unit, bool utf8)
{
	char error[NUMBER_MAX];
	size_t n = strlen(number_value(out, e.value, unit));

	if (*number_error(error, e, utf8))
		snprintf(out + n, NUMBER_MAX - n, " %s", error);
	return out;
}
