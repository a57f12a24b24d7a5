/* SPDX-License-Identifier: MIT */
/*
 * What is put comes out again; what was not put never does.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "format/varint.h"
#include "profile/answers.h"
#include "profile/answers_tags.h"

#include "unit.h"

#define LONG_NAME (ANSWERS_STRING_MAX + 10)

static const struct symbols_frame frames[] = {
	{"inner", "a.c", 7, true},
	{"outer", "a.c", UINT32_MAX, false},
	{NULL, NULL, 0, false},
	{"", "b.c", 1, false},
};

/* What the reader hears, as text. */
struct heard {
	char text[1024];
	size_t length; /* of the longest function */
	size_t calls;
};

__attribute__((format(printf, 2, 3))) static void hear(struct heard *h,
						       const char *format, ...)
{
	size_t n = strlen(h->text);
	va_list args;

	va_start(args, format);
	vsnprintf(h->text + n, sizeof(h->text) - n, format, args);
	va_end(args);
}

static void hear_frames(void *arg, size_t index, const struct symbols_frame *f,
			size_t n)
{
	struct heard *h = arg;

	h->calls++;
	hear(h, "%zu:", index);
	for (size_t i = 0; i < n; i++) {
		h->length = MAX(h->length,
				f[i].function ? strlen(f[i].function) : 0);
		hear(h, "%.20s,%s,%u,%d;", f[i].function ? f[i].function : "-",
		     f[i].file ? f[i].file : "-", f[i].line, f[i].inlined);
	}
}

static void hear_warning(void *arg, const char *text)
{
	hear(arg, "<%s>", text);
}

static void put_all(struct answers_put *p)
{
	answers_put_frames(p, 2, frames, 2);
	answers_put_warning(p, "x.so:\tnot\nfound\x7f");
	answers_put_frames(p, 0, frames + 1, 3);
	answers_put_frames(p, 1, NULL, 0);
	ck_assert_int_eq(answers_put_end(p), 0);
}

#define ALL                                                                    \
	"<x.so:\tnot\nfound\x7f>"                                              \
	"2:inner,a.c,7,1;outer,a.c,4294967295,0;"                              \
	"0:outer,a.c,4294967295,0;-,-,0,0;,b.c,1,0;1:"

static struct heard listen(const struct answers *a)
{
	struct heard h = {0};

	answers_warnings(a, hear_warning, &h);
	answers_each(a, hear_frames, &h);
	return h;
}

START_TEST(test_round_trip)
{
	static const size_t pieces[] = {1, 2, 3, 7, 1000};
	struct answers_put p = {.fd = -1};

	put_all(&p);
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		struct answers a;

		ck_assert_int_eq(answers_init(&a, 3), 0);
		for (size_t at = 0; at < p.out.n; at += pieces[i]) {
			ck_assert(!a.ended);
			ck_assert_int_eq(
				answers_add(&a, p.out.p + at,
					    MIN(pieces[i], p.out.n - at)),
				0);
		}
		ck_assert(a.ended);
		ck_assert_uint_eq(a.nr_known, 3);
		ck_assert_str_eq(listen(&a).text, ALL);
		answers_fini(&a);
	}
	answers_put_fini(&p);
}
END_TEST

/* Any byte changed to any other: no crash, and no answer out of bounds. */
START_TEST(test_changed)
{
	struct answers_put p = {.fd = -1};
	size_t whole = 0, bad = 0;

	put_all(&p);
	for (size_t i = 0; i < p.out.n * 256; i++) {
		uint8_t *b = &p.out.p[i / 256], before = *b;
		struct answers a;

		*b = (uint8_t)i;
		ck_assert_int_eq(answers_init(&a, 3), 0);
		bad += answers_add(&a, p.out.p, p.out.n) || !a.ended;
		ck_assert(!a.ended || a.nr_known <= 3);
		ck_assert_uint_le(listen(&a).calls, 3);
		whole += a.ended;
		answers_fini(&a);
		*b = before;
	}
	/* Letters may change; numbers hardly. */
	ck_assert_uint_ge(whole, p.out.n);
	ck_assert_uint_ge(bad, 256);
	answers_put_fini(&p);
}
END_TEST

struct bad {
	const char *what;
	uint8_t bytes[24];
	size_t n;
};

#define S ANSWERS_STRING
#define W ANSWERS_WARNING
#define F ANSWERS_FRAMES
#define E ANSWERS_END
#define BYTES(...) {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})

/* For one address; after each, as many zero bytes as the longest record has. */
static const struct bad bad[] = {
	{"no tag", BYTES(0)},
	{"an unknown tag", BYTES(E + 1)},
	{"a tag in two bytes", BYTES(0x80 | S, 0, 1, 0)},
	{"an end too soon", BYTES(E)},
	{"something behind the end", BYTES(F, 0, 0, E, S, 1, 0)},
	{"an index too high", BYTES(F, 1, 0)},
	{"a huge index",
	 BYTES(F, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0)},
	{"an address twice", BYTES(F, 0, 0, F, 0, 0)},
	{"too many frames", BYTES(F, 0, 0x81, 2)},
	{"a function that is not there", BYTES(F, 0, 1, 1, 0, 0, 0)},
	{"a file that is not there", BYTES(S, 1, 0, F, 0, 1, 1, 2, 0, 0)},
	{"a line of 33 bits",
	 BYTES(F, 0, 1, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x10, 0)},
	{"neither inlined nor not", BYTES(F, 0, 1, 0, 0, 0, 2)},
	{"a string without an end", BYTES(S, 2, 'a', 'b')},
	{"a string with an end within", BYTES(S, 3, 'a', 0, 0)},
	{"a string of nothing", BYTES(S, 0)},
	{"a string too long", BYTES(S, 0x81, 0x80, 0x40)},
	{"a warning too long", BYTES(W, 0x81, 0x40)},
};

START_TEST(test_bad)
{
	const struct bad *b = &bad[_i];
	size_t rest = ANSWERS_STRING_MAX + 100;
	uint8_t *zeros = calloc(1, rest);
	struct answers a;
	int error;

	ck_assert_ptr_nonnull(zeros);
	ck_assert_int_eq(answers_init(&a, 1), 0);
	error = answers_add(&a, b->bytes, b->n);
	if (error == 0)
		error = answers_add(&a, zeros, rest);
	ck_assert_msg(error == -EBADMSG, "%s: %d", b->what, error);
	ck_assert_uint_le(listen(&a).calls, 1);
	answers_fini(&a);
	free(zeros);
}
END_TEST

/* Records that are fine, without end. */
START_TEST(test_endless)
{
	static uint8_t record[1 << 20] = {S, 0xfc, 0xff, 0x3f};
	struct answers a;
	size_t sent = 0;
	int error = 0;

	memset(record + 4, 'x', sizeof(record) - 5);
	ck_assert_int_eq(answers_init(&a, 1), 0);
	for (; sent < 1000 && error == 0; sent++)
		error = answers_add(&a, record, sizeof(record));
	ck_assert_int_eq(error, -EBADMSG);
	ck_assert_uint_gt(sent, 10);
	answers_fini(&a);
}
END_TEST

START_TEST(test_too_many_warnings)
{
	static const uint8_t warning[] = {W, 1, 0};
	struct answers a;

	ck_assert_int_eq(answers_init(&a, 1), 0);
	for (int i = 0; i < ANSWERS_WARNINGS_MAX; i++)
		ck_assert_int_eq(answers_add(&a, warning, sizeof(warning)), 0);
	ck_assert_int_eq(answers_add(&a, warning, sizeof(warning)), -EBADMSG);
	answers_fini(&a);
}
END_TEST

/* What is put is never too much to be read. */
START_TEST(test_limits)
{
	static struct symbols_frame many[SYMBOLS_FRAMES_MAX + 1];
	char *name = malloc(LONG_NAME + 1);
	struct answers_put p = {.fd = -1};
	struct answers a;
	struct heard h;

	ck_assert_ptr_nonnull(name);
	memset(name, 'n', LONG_NAME);
	name[LONG_NAME] = 0;
	many[0].function = name;
	answers_put_frames(&p, 0, many, ARRAY_SIZE(many));
	for (int i = 0; i < ANSWERS_WARNINGS_MAX + 1; i++)
		answers_put_warning(&p, name);
	ck_assert_int_eq(answers_put_end(&p), 0);

	ck_assert_int_eq(answers_init(&a, 1), 0);
	ck_assert_int_eq(answers_add(&a, p.out.p, p.out.n), 0);
	ck_assert(a.ended);
	ck_assert_uint_eq(a.nr_warnings, ANSWERS_WARNINGS_MAX);
	h = listen(&a);
	ck_assert_uint_eq(h.length, ANSWERS_STRING_MAX - 1);
	answers_fini(&a);
	answers_put_fini(&p);
	free(name);
}
END_TEST

Suite *answers_suite(void)
{
	Suite *suite = suite_create("answers");
	TCase *cases = tcase_create("answers");

	tcase_add_test(cases, test_round_trip);
	tcase_add_test(cases, test_changed);
	tcase_add_loop_test(cases, test_bad, 0, ARRAY_SIZE(bad));
	tcase_add_test(cases, test_endless);
	tcase_add_test(cases, test_too_many_warnings);
	tcase_add_test(cases, test_limits);
	tcase_set_timeout(cases, 60);
	suite_add_tcase(suite, cases);
	return suite;
}
