/* SPDX-License-Identifier: MIT */

/*
 * The parsers run in the constructor of a preloaded library and work on
 * nothing but their arguments.  strtod() and snprintf() would be shorter, but
 * follow the locale, and stdio may allocate.
 */

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "options.h"

/* A string under construction; what does not fit is cut. */
struct text {
	char *p;
	size_t room; /* with the closing zero */
	bool cut;
};

static void add_char(struct text *t, char c)
{
	if (t->room < 2) {
		t->cut = true;
		return;
	}
	*t->p++ = c;
	*t->p = '\0';
	t->room--;
}

static void add(struct text *t, const char *s)
{
	while (*s != '\0')
		add_char(t, *s++);
}

static void add_number(struct text *t, uint64_t n)
{
	char digits[24];
	char *p = digits + sizeof(digits);

	*--p = '\0';
	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	add(t, p);
}

static struct text text_in(char *out, size_t size)
{
	if (size > 0)
		out[0] = '\0';
	return (struct text){.p = out, .room = size};
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Part of the specification: from start up to, not including, end. */
struct span {
	const char *start;
	const char *end;
};

static struct span trim(const char *start, const char *end)
{
	while (start < end && is_space(*start))
		start++;
	while (end > start && is_space(end[-1]))
		end--;
	return (struct span){start, end};
}

static bool equals(struct span s, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(s.end - s.start) == n && memcmp(s.start, word, n) == 0;
}

/* "'ENTRY': what", where an entry that is long or binary stays readable. */
static int complain(struct text *why, struct span entry, const char *what)
{
	add(why, "'");
	for (const char *p = entry.start; p < entry.end; p++) {
		if (p - entry.start == 60) {
			add(why, "...");
			break;
		}
		add_char(why, *p >= ' ' && *p != 0x7f ? *p : '?');
	}
	add(why, "': ");
	add(why, what);
	return -EINVAL;
}

static unsigned unit_shift(char c)
{
	switch (c) {
	case 'K':
	case 'k':
		return 10;
	case 'M':
	case 'm':
		return 20;
	case 'G':
	case 'g':
		return 30;
	case 'T':
	case 't':
		return 40;
	default:
		return 0;
	}
}

static int parse_size(struct span s, uint64_t *out)
{
	const char *p = s.start;
	uint64_t n = 0;
	unsigned shift;

	if (p == s.end || !is_digit(*p))
		return -EINVAL;
	for (; p < s.end && is_digit(*p); p++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
			return -ERANGE;
	shift = p < s.end ? unit_shift(*p) : 0;
	p += shift > 0;
	if (p != s.end)
		return -EINVAL;
	if (n > UINT64_MAX >> shift)
		return -ERANGE;
	*out = n << shift;
	return 0;
}

int options_parse_size(const char *text, uint64_t *out)
{
	return parse_size(trim(text, text + strlen(text)), out);
}

/*
 * Digits with an optional point.  @exponent is what the digits must still be
 * multiplied with; digits beyond what 64 bits hold do not change a double.
 */
static const char *take_digits(struct span s, uint64_t *digits, int *exponent)
{
	const char *p = s.start;
	bool point = false, any = false;

	*digits = 0;
	*exponent = 0;
	for (; p < s.end; p++) {
		if (*p == '.' && !point) {
			point = true;
			continue;
		}
		if (!is_digit(*p))
			break;
		any = true;
		if (*digits < UINT64_MAX / 10 - 1) {
			*digits = *digits * 10 + (uint64_t)(*p - '0');
			*exponent -= point;
		} else {
			*exponent += !point;
		}
	}
	return any ? p : NULL;
}

static const char *take_exponent(struct span s, int *exponent)
{
	const char *p = s.start + 1;
	bool negative = false;
	int n = 0;

	if (p < s.end && (*p == '-' || *p == '+'))
		negative = *p++ == '-';
	if (p == s.end || !is_digit(*p))
		return NULL;
	for (; p < s.end && is_digit(*p); p++)
		if (n < 100000)
			n = n * 10 + (*p - '0');
	*exponent += negative ? -n : n;
	return p;
}

/* Powers of ten up to 27 are exact in the 64 bits of a long double. */
static double scale(uint64_t digits, int exponent)
{
	long double x = (long double)digits;

	for (; exponent > 0 && x <= 1e300L && x > 0; exponent--)
		x *= 10;
	while (exponent < 0 && x > 0) {
		int step = MIN(-exponent, 27);
		long double power = 1;

		for (int i = 0; i < step; i++)
			power *= 10;
		x /= power;
		exponent += step;
	}
	return (double)x;
}

static bool parse_number(struct span s, double *out)
{
	bool negative = s.start < s.end && *s.start == '-';
	uint64_t digits;
	int exponent;

	s.start += negative;
	s.start = take_digits(s, &digits, &exponent);
	if (s.start == NULL)
		return false;
	if (s.start < s.end && (*s.start == 'e' || *s.start == 'E'))
		s.start = take_exponent(s, &exponent);
	if (s.start != s.end)
		return false;
	*out = scale(digits, exponent);
	if (negative)
		*out = -*out;
	return true;
}

/* Keeps the ranges ascending.  False: there is one of this size. */
static bool insert_range(struct hpm_header *h, uint64_t below, double p)
{
	uint32_t i = h->nr_ranges;

	for (; i > 0 && h->range[i - 1].below >= below; i--)
		if (h->range[i - 1].below == below)
			return false;
	memmove(&h->range[i + 1], &h->range[i],
		(h->nr_ranges - i) * sizeof(h->range[0]));
	h->range[i] = (struct hpm_range){below, p};
	h->nr_ranges++;
	return true;
}

static int parse_entry(struct span e, struct hpm_header *h, struct text *why)
{
	const char *colon = memchr(e.start, ':', (size_t)(e.end - e.start));
	uint64_t below;
	double p;

	if (colon == NULL)
		return complain(why, e,
				"not SIZE:PROBABILITY, all or bytes=SIZE");
	switch (parse_size(trim(e.start, colon), &below)) {
	case -EINVAL:
		return complain(why, e,
				"the size is not a number of bytes (K, M, G)");
	case -ERANGE:
		return complain(why, e, "the size is too large");
	}
	if (below == 0)
		return complain(why, e, "no allocation is below size 0");
	if (!parse_number(trim(colon + 1, e.end), &p))
		return complain(why, e, "the probability is not a number");
	if (!(p >= 0 && p <= 1))
		return complain(why, e, "the probability is outside 0..1");
	if (h->nr_ranges == HPM_RANGES_MAX)
		return complain(why, e, "one size too many, the limit is 31");
	if (!insert_range(h, below, p))
		return complain(why, e, "the size is there twice");
	return 0;
}

static_assert(HPM_RANGES_MAX == 31, "named in a message");

static int parse_ranges(struct span s, struct hpm_header *h, struct text *why)
{
	struct span whole = s;
	bool dict = s.start < s.end && *s.start == '{';

	if (dict) {
		if (s.end[-1] != '}' || s.end - s.start < 2)
			return complain(why, whole, "the closing } is missing");
		s = trim(s.start + 1, s.end - 1);
	}
	for (const char *p = s.start; p <= s.end; p++) {
		size_t left = (size_t)(s.end - p);
		const char *comma = memchr(p, ',', left);
		struct span e = trim(p, comma != NULL ? comma : s.end);
		int rc;

		/* As in Python, a comma may follow the last entry. */
		if (dict && e.start == s.end && h->nr_ranges > 0)
			break;
		if (e.start == e.end)
			return complain(why, whole, "an entry is empty");
		rc = parse_entry(e, h, why);
		if (rc < 0)
			return rc;
		p = comma != NULL ? comma : s.end;
	}
	return 0;
}

static int parse_interval(struct span s, struct hpm_header *h, struct text *why)
{
	struct span size = trim(s.start + strlen("bytes="), s.end);

	if (parse_size(size, &h->interval) < 0)
		return complain(why, s, "not a number of bytes (K, M, G)");
	if (h->interval == 0)
		return complain(why, s, "must be 1 or more");
	if (h->interval > INT64_MAX)
		return complain(why, s, "the size is too large");
	return 0;
}

int options_parse_sample(const char *spec, struct hpm_header *out, char *why,
			 size_t why_size)
{
	struct text text = text_in(why, why_size);
	struct span s = trim(spec, spec + strlen(spec));
	struct hpm_header h = {0};
	int rc = 0;

	if (s.start == s.end)
		rc = complain(&text, s, "nothing to sample; all records all");
	else if (strncmp(s.start, "bytes=", strlen("bytes=")) == 0)
		rc = parse_interval(s, &h, &text);
	else if (!equals(s, "all"))
		rc = parse_ranges(s, &h, &text);
	if (rc < 0)
		return rc;
	out->interval = h.interval;
	out->nr_ranges = h.nr_ranges;
	memcpy(out->range, h.range, sizeof(h.range));
	return 0;
}

int options_expand(const char *pattern, const struct options_names *names,
		   char *out, size_t size)
{
	struct text t = text_in(out, size);

	for (const char *p = pattern; *p != '\0'; p++) {
		if (*p != '%') {
			add_char(&t, *p);
			continue;
		}
		p++;
		if (*p == 'p')
			add_number(&t, names->pid);
		else if (*p == 'n')
			add(&t, names->program);
		else if (*p == 'h')
			add(&t, names->host);
		else if (*p == 't')
			add_number(&t, names->time_s);
		else if (*p == '%')
			add_char(&t, '%');
		else
			return -EINVAL;
	}
	return t.cut || size == 0 ? -ENAMETOOLONG : 0;
}
