/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "utf8.h"

#include "fixture.h"
#include "unit.h"

/* A reader of JSON that knows just enough to reject what is not: RFC 8259. */

static const char *value(const char *s);

static const char *space(const char *s)
{
	return s + strspn(s, " \n\r\t");
}

static const char *string(const char *s)
{
	ck_assert_int_eq(*s, '"');
	for (s++; *s != '"'; s++) {
		uint32_t c;

		ck_assert_uint_gt(utf8_get(s, &c), 0);
		ck_assert_uint_ge(c, 0x20);
		if (*s == '\\' && *++s == 'u') {
			ck_assert_uint_ge(strspn(s + 1, "0123456789abcdef"), 4);
			s += 4;
		} else if (s[-1] == '\\') {
			ck_assert(strchr("\"\\/bfnrt", *s));
		} else {
			s += utf8_get(s, &c) - 1;
		}
	}
	return space(s + 1);
}

static const char *list(const char *s, bool keys)
{
	char close = keys ? '}' : ']';

	s = space(s + 1);
	while (*s != close) {
		if (keys) {
			s = string(s);
			ck_assert_int_eq(*s, ':');
			s = space(s + 1);
		}
		s = value(s);
		if (*s == ',') {
			s = space(s + 1);
			ck_assert_int_ne(*s, close);
		}
	}
	return space(s + 1);
}

static const char *value(const char *s)
{
	static const char *const words[] = {"null", "true", "false"};
	char *end;

	if (*s == '{' || *s == '[')
		return list(s, *s == '{');
	if (*s == '"')
		return string(s);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strncmp(s, words[i], strlen(words[i])))
			return space(s + strlen(words[i]));
	ck_assert(*s == '-' || isdigit((unsigned char)*s));
	strtod(s, &end);
	return space(end);
}

static void check_json(struct fixture *f, const char *view,
		       const char *const *has)
{
	struct heapprof_report_options o = {.view = view, .format = "json"};
	char *text = fixture_report(f, &o);

	ck_assert_int_eq(*value(space(text)), '\0');
	for (; *has; has++)
		ck_assert_msg(strstr(text, *has), "%s in %s", *has, text);
	free(text);
}

START_TEST(schema)
{
	static const char *const basis[] = {
		"\"schema\": \"heapprof/1\"",
		"\"pid\": 4242",
		"\"program\": [\"./prog\", \"--size\", \"3\"]",
		"\"start\": \"2023-11-14T22:13:20.123456789Z\"",
		"\"duration_s\": 124,",
		"\"sampling\": {\"rates\": [{\"below\": 128, \"probability\": "
		"0.0001}, {\"below\": 8192, \"probability\": 0.1}]}",
		"\"events\": {\"seen\": 3200532, \"recorded\": 41033, "
		"\"freed\": 28871, \"lost\": 0, \"unknown_stacks\": 12",
		NULL,
	};
	static const char *const summary[] = {
		"\"allocated\": {\"bytes\": {\"value\": ",
		"\"count\": {",
		"\"peak\": {\"time_s\": 59.933333333",
		"\"end\": {\"time_s\": ",
		NULL,
	};
	static const char *const table[] = {
		"\"at_s\": ",
		"\"metric\": \"live\"",
		"\"total\": {\"value\": ",
		"\"rows\": [",
		"{\"function\": \"cache_insert\", \"file\": \"src/cache.c\", "
		"\"line\": 377, \"module\": \"/usr/bin/prog\", \"self\": {",
		"\"cumulative\": {",
		"\"other\": {\"value\": ",
		NULL,
	};
	struct fixture *f = fixture_demo();

	check_json(f, "summary", basis);
	check_json(f, "summary", summary);
	check_json(f, "top", basis);
	check_json(f, "top", table);
	check_json(f, "leaks", basis);
	check_json(f, "leaks", table);
	check_json(f, "threads", basis);
	fixture_free(f);
}
END_TEST

/* Valid JSON as they are, but not in a terminal. */
START_TEST(terminal_controls)
{
	static const char *const escaped[] = {
		"\"function\": \"\\u009b\\u007f\\u202e\\udb40\\udc41.\"",
		NULL,
	};
	struct fixture *f = fixture_new();
	const char *name = "\xc2\x9b\x7f\xe2\x80\xae\xf3\xa0\x81\x81.";
	uint32_t t = fixture_trace(f, fixture_frame(f, name, "m.c", 1), -1);

	fixture_instant(f, 0, DIGEST_START);
	fixture_usage(f, t, fixture_exact(1, 1), fixture_exact(1, 1),
		      fixture_exact(0, 0));
	fixture_digest(f);
	check_json(f, "top", escaped);
	fixture_free(f);
}
END_TEST

START_TEST(numbers_and_strings)
{
	static const char *const exact[] = {
		"{\"value\": 9007199254740991, \"error\": 0}",
		"\"function\": \"a\\\"\\\\\\u000a\\u001b\\ufffd\xc3\xa9\"",
		"\"sampling\": {\"bytes\": 524288}",
		"\"program\": []",
		"\"host\": null",
		NULL,
	};
	struct fixture *f = fixture_new();
	uint32_t t = fixture_trace(
		f, fixture_frame(f, "a\"\\\n\033\xff\xc3\xa9", "m.c", 1), -1);

	f->digest.sample_bytes = 524288;
	f->digest.argv = NULL;
	f->digest.host = NULL;
	fixture_instant(f, 0, DIGEST_START);
	fixture_usage(f, t, fixture_exact(9007199254740991, 1),
		      fixture_exact(1, 1), fixture_exact(0, 0));
	fixture_digest(f);
	check_json(f, "top", exact);
	fixture_free(f);
}
END_TEST

Suite *json_suite(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("json");

	tcase_add_test(t, schema);
	tcase_add_test(t, numbers_and_strings);
	tcase_add_test(t, terminal_controls);
	suite_add_tcase(s, t);
	return s;
}
