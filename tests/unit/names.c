/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "profile/names.h"

#include "unit.h"

struct pair {
	const char *from, *to; /* to NULL: not a mangled name */
};

static const struct pair mangled[] = {
	{"_Z3foov", "foo()"},
	{"_ZN2ns1AIiE3getEPKc", "ns::A<int>::get(char const*)"},
	{"_ZN2ns1AC4Ev", "ns::A::A()"},
	{"_ZN12_GLOBAL__N_13runEi", "(anonymous namespace)::run(int)"},
	{"_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()() const"},
	{"_Z3foov.cold", "foo() [clone .cold]"},
	/* Rust, both manglings. */
	{"_ZN5alloc3vec12Vec$LT$T$GT$4push17h0123456789abcdefE",
	 "alloc::vec::Vec<T>::push"},
	{"_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"},
	/* D. */
	{"_D3std5stdio4File5closeMFZv", "std.stdio.File.close()"},
	/* Neither. */
	{"main", NULL},
	{"", NULL},
	{"_", NULL},
	{"_start", NULL},
	{"_Z", NULL},
	{"_ZN", NULL},
	{"_R", NULL},
	{"_D", NULL},
	{"__libc_start_main", NULL},
};

START_TEST(test_demangle)
{
	struct names names = {0};

	for (int turn = 0; turn < 2; turn++) {
		const char *have = names_demangle(&names, mangled[_i].from);

		if (mangled[_i].to)
			ck_assert_pstr_eq(have, mangled[_i].to);
		else
			ck_assert_pstr_eq(have, NULL);
	}
	names_fini(&names);
}
END_TEST

START_TEST(test_long)
{
	struct names names = {0};
	char *text = malloc(1000001);

	memset(text, 'P', 1000000);
	memcpy(text, "_Z1f", 4);
	text[1000000] = 0;
	ck_assert_pstr_eq(names_demangle(&names, text), NULL);
	names_fini(&names);
	/* Short enough to be tried, too deep to be had. */
	text[60000] = 0;
	names_demangle(&names, text);
	names_fini(&names);
	free(text);
}
END_TEST

static const struct pair symbols[] = {
	{"memcpy@@GLIBC_2.14", "memcpy"},
	{"memcpy@GLIBC_2.2.5", "memcpy"},
	{"_Z3foov@@V1", "foo()"},
	{"_Z3foov", "foo()"},
	{"main", "main"},
	{"@", ""},
};

START_TEST(test_symbol)
{
	struct names names = {0};

	for (int turn = 0; turn < 2; turn++)
		ck_assert_str_eq(names_symbol(&names, symbols[_i].from),
				 symbols[_i].to);
	names_fini(&names);
}
END_TEST

static const struct pair paths[] = {
	{"/a/b.c", "/a/b.c"},
	{"/a/./b.c", "/a/b.c"},
	{"/a//b.c", "/a/b.c"},
	{"/a/././/./b.c", "/a/b.c"},
	{"./a/b.c", "a/b.c"},
	{"././a.c", "a.c"},
	{"../a/./b.c", "../a/b.c"},
	{"/a/.b/..c", "/a/.b/..c"},
	{"/a/../b.c", "/a/../b.c"},
	{"", ""},
	{"//", "/"},
	{"/.", "/."},
};

START_TEST(test_path)
{
	struct names names = {0};

	for (int turn = 0; turn < 2; turn++)
		ck_assert_str_eq(names_path(&names, paths[_i].from),
				 paths[_i].to);
	names_fini(&names);
}
END_TEST

START_TEST(test_many)
{
	struct names names = {0};
	static char keys[5000];

	for (size_t i = 0; i < sizeof(keys); i++) {
		char text[] = {(char)('a' + i % 26), 0};

		ck_assert_ptr_null(names_find(&names, &keys[i]));
		ck_assert_str_eq(names_keep(&names, &keys[i], strdup(text)),
				 text);
	}
	for (size_t i = 0; i < sizeof(keys); i++)
		ck_assert_int_eq(names_find(&names, &keys[i])[0],
				 (int)('a' + i % 26));
	ck_assert_str_eq(names_keep(&names, &keys[7], strdup("new")), "new");
	ck_assert_str_eq(names_find(&names, &keys[7]), "new");
	names_fini(&names);
}
END_TEST

Suite *names_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *cases = tcase_create("names");

	tcase_add_loop_test(cases, test_demangle, 0, ARRAY_SIZE(mangled));
	tcase_add_test(cases, test_long);
	tcase_add_loop_test(cases, test_symbol, 0, ARRAY_SIZE(symbols));
	tcase_add_loop_test(cases, test_path, 0, ARRAY_SIZE(paths));
	tcase_add_test(cases, test_many);
	suite_add_tcase(suite, cases);
	return suite;
}
