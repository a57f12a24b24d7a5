/* SPDX-License-Identifier: MIT */

/* What tests of version 1 have in common. */

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "v1case.h"

static const struct v1writer_range ranges[] = {
	{128, 429496}, {8192, 429496729}, {0, 0}};
static const char *const trace1[] = {"inner.py:7", "main.py:3", NULL};
static const char *const trace2[] = {"main.py:9", NULL};

struct v1case v1;

void v1case_setup(void)
{
	scratch_init(&v1.s);
	v1writer_init(&v1.w, ranges);
	v1writer_trace(&v1.w, trace1);
	v1writer_trace(&v1.w, trace2);
}

void v1case_teardown(void)
{
	reader_close(v1.r);
	v1.r = NULL;
	v1writer_fini(&v1.w);
	scratch_fini(&v1.s);
}

void v1case_open(void)
{
	v1writer_save(&v1.w, v1.s.base);
	reader_close(v1.r);
	v1.r = NULL;
	ck_assert_msg(reader_open(v1.s.base, &v1.s.listener, &v1.r) == 0, "%s",
		      v1.s.text);
}

void v1case_expect_said(const char *words)
{
	ck_assert_msg(strstr(v1.s.text, words) != NULL, "%s", v1.s.text);
}

uint64_t v1case_read(char *out)
{
	const struct reader_event *e;
	uint64_t nr = 0;
	size_t n, at = 0;

	*out = '\0';
	while (reader_next(v1.r, &e, &n) == 0 && n > 0) {
		for (size_t i = 0; i < n; i++, nr++) {
			if (at + 100 > V1CASE_TEXT)
				continue;
			ck_assert_uint_eq(e[i].value, 0);
			at += (size_t)snprintf(
				out + at, 100, "%s%g %c%llu/%d", nr ? ", " : "",
				(double)e[i].time_ns / 1e9,
				e[i].kind == HPD_FREE ? '-' : '+',
				(unsigned long long)e[i].block->is.size,
				(int)e[i].block->is.trace);
		}
	}
	return nr;
}

/* Two passes give the same, and this. */
void v1case_expect(const char *want)
{
	reader_rewind(v1.r);
	v1case_read(v1.text);
	reader_rewind(v1.r);
	v1case_read(v1.other);
	ck_assert_str_eq(v1.text, want);
	ck_assert_str_eq(v1.other, want);
}

uint64_t v1case_report(int status)
{
	uint64_t lost;

	ck_assert_int_eq(reader_report(v1.r, true, 0, &lost), status);
	return lost;
}

void v1case_put(int n)
{
	for (int i = 0; i < n; i++)
		v1writer_alloc(&v1.w, 1000, 1 + (i & 1), 16);
}
