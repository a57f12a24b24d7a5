/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "parse.h"

/* strtoull() takes signs and leading blanks, too. */
static const char *take_number(const char *text, uint64_t *out)
{
	char *end;

	if (strspn(text, "0123456789") == 0)
		return NULL;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 ? end : NULL;
}

bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t n;
	const char *end = take_number(text, &n);

	if (end == NULL || *end != '\0' || n < min || n > max)
		return false;
	*out = n;
	return true;
}

bool parse_size(const char *text, uint64_t *out)
{
	static const char units[] = "KMGTkmgt";
	uint64_t n;
	const char *end = take_number(text, &n);
	const char *unit;
	unsigned shift = 0;

	if (end == NULL)
		return false;
	if (*end != '\0') {
		unit = strchr(units, *end);
		if (unit == NULL || end[1] != '\0')
			return false;
		shift = (unsigned)((unit - units) % 4 + 1) * 10;
	}
	if (n > UINT64_MAX >> shift)
		return false;
	*out = n << shift;
	return true;
}

/* strtod() takes hexadecimal, infinity and more, too. */
static const char *take_decimal(const char *text, double *out)
{
	char *end;

	if (strspn(text, "0123456789.") == 0 || strpbrk(text, "xX") != NULL)
		return NULL;
	*out = strtod(text, &end);
	return end != text && isfinite(*out) ? end : NULL;
}

bool parse_seconds(const char *text, double *out)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"m", 60}, {"h", 3600}};
	double n;
	const char *end = take_decimal(text, &n);

	for (size_t i = 0; end != NULL && i < ARRAY_SIZE(units); i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		n *= units[i].seconds;
		if (!(n > 0) || !isfinite(n))
			return false;
		*out = n;
		return true;
	}
	return false;
}

bool parse_fraction(const char *text, double *out)
{
	double n;
	const char *end = take_decimal(text, &n);

	if (end == NULL || *end != '\0' || !(n >= 0 && n <= 1))
		return false;
	*out = n;
	return true;
}

bool parse_v1_scale(const char *text, const char **out)
{
	static const char *const names[] = {"declared", "linux", "double"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		*out = names[i];
		return true;
	}
	return false;
}
