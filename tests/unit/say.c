/* SPDX-License-Identifier: MIT */

/* Messages: one line each that only shows, whatever a file is called. */

#include <string.h>

#include "profile/say.h"

#include "unit.h"

static void remember(void *arg, enum heapprof_severity severity,
		     const char *text)
{
	ck_assert_int_eq(severity, HEAPPROF_WARNING);
	snprintf(arg, 20000, "%s", text);
}

START_TEST(messages_only_show)
{
	static char said[20000], path[3000];
	const struct heapprof_listener listener = {.message = remember,
						   .arg = said};
	static const struct {
		const char *path, *shown;
	} cases[] = {
		{"/tmp/a b.so", "/tmp/a b.so"},
		{"\xc3\xa9.so", "\xc3\xa9.so"},
		{"a\nb", "a\\x0ab"},
		{"\033]0;title\a", "\\x1b]0;title\\x07"},
		{"\xc2\x9b"
		 "2J",
		 "\\xc2\\x9b2J"},
		{"\xe2\x80\xae"
		 "cod.exe",
		 "\\xe2\\x80\\xaecod.exe"},
		{"\x9b\xff", "\\x9b\\xff"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		say(&listener, HEAPPROF_WARNING, "%s: gone", cases[i].path);
		ck_assert_uint_eq(
			strncmp(said, cases[i].shown, strlen(cases[i].shown)),
			0);
		ck_assert_str_eq(said + strlen(cases[i].shown), ": gone");
	}
	memset(path, '\033', sizeof(path) - 1);
	say(&listener, HEAPPROF_WARNING, "%s: gone", path);
	ck_assert_uint_eq(strlen(said), 4 * (sizeof(path) - 1) + 6);
}
END_TEST

Suite *say_suite(void)
{
	Suite *suite = suite_create("say");
	TCase *cases = tcase_create("say");

	tcase_add_test(cases, messages_only_show);
	suite_add_tcase(suite, cases);
	return suite;
}
