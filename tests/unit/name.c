/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "render/name.h"
#include "utf8.h"

#include "unit.h"

static const char *function(const char *name, size_t width, bool utf8)
{
	static char out[NAME_BYTES];
	struct place p = {.function = name};
	size_t n = name_place(out, &p, width, utf8);

	ck_assert_uint_eq(n, name_width(out));
	ck_assert_uint_le(n, width);
	return out;
}

START_TEST(functions)
{
	static const struct {
		const char *name;
		size_t width;
		const char *text;
	} cases[] = {
		{"main", 80, "main"},
		{"main", 4, "main"},
		{"sqlite3_very_long_name", 10, "…long_name"},
		{"void f<int>(int)", 80, "f<int>(int)"},
		{"a::b(int, std::map<int, char>)", 20, "a::b(…)"},
		{"a::b(int, std::map<int, char>)", 5, "a::b"},
		{"a::b(int, std::map<int, char>)", 2, "b"},
		{"x::V<std::map<a, b<c> > >::at(int)", 26,
		 "x::V<std::map<…> >::at(…)"},
		{"x::V<std::map<a, b<c> > >::at(int)", 14, "x::V<…>::at(…)"},
		{"x::V<std::map<a, b<c> > >::at(int)", 9, "x::V::at"},
		{"x::V<std::map<a, b<c> > >::at(int)", 6, "V::at"},
		{"std::ostream& operator<< <char>(std::ostream&)", 17,
		 "operator<< <…>(…)"},
		{"f::operator()(int, int, int) const", 24,
		 "f::operator()(…) const"},
		{"(anonymous namespace)::fill(int, int)", 29,
		 "(anonymous namespace)::fill"},
		{"<a::B as c::D<e::F>>::method", 28,
		 "<a::B as c::D<e::F>>::method"},
		{"<a::B as c::D<e::F>>::method", 14, "a::B::method"},
		{"<T as c::D<e::F>>::method", 14, "c::D::method"},
		{"<&mut dyn a::B as c::D>::method", 14, "a::B::method"},
		{"<(A, B) as c::D>::method", 14, "c::D::method"},
		{"<[u8]>::to_vec_in::<a::Global>", 20, "slice::to_vec_in"},
		{"<[u8; 4] as Clone>::clone", 20, "array::clone"},
		{"<a::B<c::D>>::grow::inner::<e::F>", 20,
		 "a::B<…>::grow::inner"},
		{"a::m::<impl b::Map<K, V>>::entry", 18, "b::Map<…>::entry"},
		{"a::<impl b::Show for c::D>::show", 14, "c::D::show"},
		{"a::Box<dyn Fn() -> u8>::call", 14, "a::Box::call"},
		{"m::main::{{closure}}", 17, "main::{{closure}}"},
		{"m::main::{{closure}}", 14, "…::{{closure}}"},
		{"m::main::{{closure}}::{{closure}}", 17, "main::{{closure}}"},
		{"a::f()::<lambda(int)>::operator()(int) const", 30,
		 "a::f::<lambda>::operator()"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_str_eq(function(cases[i].name, cases[i].width, true),
				 cases[i].text);
}
END_TEST

/* Whatever the name, it is valid, fits, and an ASCII one is ASCII. */
static void check_all_widths(const char *name)
{
	for (size_t width = 1; width < 220; width++) {
		const char *out = function(name, width, false);

		for (; *out; out++)
			ck_assert(*out >= ' ' && *out <= '~');
		out = function(name, width, true);
		while (*out) {
			uint32_t c;
			size_t n = utf8_get(out, &c);

			ck_assert_uint_gt(n, 0);
			ck_assert(utf8_is_plain(c));
			out += n;
		}
	}
}

START_TEST(thousand_characters)
{
	char name[1200] = "ns::Outer<";

	while (strlen(name) < 1000)
		strcat(name, "std::map<std::string, int>, ");
	strcat(name, "int>::run(std::vector<long> const&) const");
	check_all_widths(name);
	ck_assert_str_eq(function(name, 40, true),
			 "ns::Outer<…>::run(…) const");
	memset(name, 'x', 1000);
	name[1000] = '\0';
	check_all_widths(name);
	for (size_t i = 0; i < 1000; i++)
		name[i] = "<>()"[i * 7 % 11 % 4];
	check_all_widths(name);
}
END_TEST

START_TEST(longer_than_any_buffer)
{
	size_t n = 100000;
	char *name = malloc(n + 1);

	memset(name, '<', n);
	name[n] = '\0';
	check_all_widths(name);
	memset(name, '\033', n);
	check_all_widths(name);
	free(name);
}
END_TEST

START_TEST(hostile)
{
	check_all_widths("a\033[31mb\ncd\r\xff\xc3(\xe2\x80\xae)");
	ck_assert_str_eq(function("a\033[31m\n\x7f", 80, true),
			 "a\\x1b[31m\\x0a\\x7f");
	ck_assert_str_eq(function("\xe2\x80\xae x", 80, true),
			 "\\xe2\\x80\\xae x");
	ck_assert_str_eq(function("é", 80, true), "é");
	ck_assert_str_eq(function("é", 80, false), "\\xc3\\xa9");
	ck_assert_str_eq(function("\xc3", 80, true), "\\xc3");
	ck_assert_str_eq(function("\xed\xa0\x80", 80, true), "\\xed\\xa0\\x80");
}
END_TEST

START_TEST(wide)
{
	ck_assert_uint_eq(name_width("日本"), 4);
	ck_assert_uint_eq(name_width("e\xcc\x81"), 1);
	check_all_widths("日本語日本語日本語日本語日本語日本語");
}
END_TEST

START_TEST(others)
{
	char out[NAME_BYTES];
	struct place p = {.module = "/usr/lib/libx.so.1", .offset = 0x1234};

	name_place(out, &p, 80, true);
	ck_assert_str_eq(out, "libx.so.1+0x1234");
	p.module = NULL;
	name_place(out, &p, 80, true);
	ck_assert_str_eq(out, "0x1234");
	p.kind = PLACE_UNKNOWN;
	name_place(out, &p, 80, true);
	ck_assert_str_eq(out, "(stack unknown)");
	p = (struct place){.kind = PLACE_THREAD, .thread = "w", .tid = 9};
	name_place(out, &p, 80, true);
	ck_assert_str_eq(out, "w (9)");
	p = (struct place){.function = "f", .file = "/a/bc/d.c", .line = 12};
	name_where(out, &p, 80, true);
	ck_assert_str_eq(out, "/a/bc/d.c:12");
	name_where(out, &p, 9, true);
	ck_assert_str_eq(out, "…/d.c:12");
	name_where(out, &p, 5, true);
	ck_assert_str_eq(out, "…c:12");
	p.file = NULL;
	name_where(out, &p, 80, true);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(bare)
{
	static const char *const cases[][2] = {
		{"void std::vector<int>::_M_insert<int>(int)", "std::vector"},
		{"operator new(unsigned long)", "operator new"},
		{"__libc_malloc", "__libc_malloc"},
		{"a::b<c>::d(e)", "a::b::d"},
		{"int a::b::d(e) const", "a::b::d"},
	};
	char out[NAME_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct place p = {.function = cases[i][0]};

		name_bare(out, &p, 80, true);
		ck_assert_str_eq(out, cases[i][1]);
	}
	ck_assert_uint_eq(
		name_least(&(struct place){.function = "a::bcd(int)"}, true),
		3);
}
END_TEST

Suite *name_suite(void)
{
	Suite *s = suite_create("name");
	TCase *t = tcase_create("name");

	tcase_add_test(t, functions);
	tcase_add_test(t, thousand_characters);
	tcase_add_test(t, longer_than_any_buffer);
	tcase_add_test(t, hostile);
	tcase_add_test(t, wide);
	tcase_add_test(t, others);
	tcase_add_test(t, bare);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}
