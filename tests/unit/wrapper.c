/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base.h"
#include "query/wrapper.h"

#include "unit.h"

static const char *const wrappers[] = {
	"malloc",
	"calloc",
	"reallocarray",
	"xmalloc",
	"xcalloc",
	"xstrdup",
	"xstrndup",
	"__strdup",
	"g_malloc",
	"g_malloc0",
	"g_malloc0_n",
	"g_slice_alloc",
	"sqlite3Malloc",
	"sqlite3MemMalloc",
	"sqlite3DbMallocRawNN",
	"Perl_safesysmalloc",
	"PyMem_RawMalloc",
	"PyType_GenericAlloc",
	"_PyObject_Malloc",
	"git__malloc",
	"apr_palloc",
	"xmalloc.part.0",
	"posix_memalign",
	"ztrymalloc_usable_internal",
	"operator new(unsigned long)",
	"operator new[](unsigned long, std::nothrow_t const&)",
	"std::vector<int, std::allocator<int> >::push_back(int&&)",
	("void std::vector<app::Row>::_M_realloc_insert<app::Row const&>"
	 "(__gnu_cxx::__normal_iterator<app::Row*>, app::Row const&)"),
	"__gnu_cxx::new_allocator<char>::allocate(unsigned long)",
	"std::__cxx11::basic_string<char>::_M_create(unsigned long&)",
	"alloc::raw_vec::RawVec<T,A>::reserve_for_push",
	"<alloc::vec::Vec<T> as core::clone::Clone>::clone",
	"<T as alloc::slice::hack::ConvertVec>::to_vec",
	"__rust_alloc",
	"hashbrown::raw::RawTable<T>::reserve_rehash",
};

static const char *const others[] = {
	"main",
	"parse_line",
	"mallocator_init",
	"allocate_table",
	"balloc_is_not",
	"malloc_info_print",
	"app::Parser::parse(std::vector<int> const&)",
	"std_like::run()",
	"std::vector<int> app::collect<int>(int)",
	"app::Pool::operator()(int) const",
	"bool app::operator< <int>(app::A const&, app::A const&)",
	"(anonymous namespace)::fill(std::string&)",
	"<myapp::Config as core::clone::Clone>::clone",
	"myapp::main",
	"",
};

START_TEST(names)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrappers); i++)
		ck_assert_msg(wrapper_is(wrappers[i]), "%s", wrappers[i]);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		ck_assert_msg(!wrapper_is(others[i]), "%s", others[i]);
	ck_assert(!wrapper_is(NULL));
}
END_TEST

START_TEST(bare)
{
	static const char *const cases[][2] = {
		{"main", "main"},
		{"void std::vector<int>::push_back(int&&)",
		 "std::vector::push_back"},
		{"a::f(int)::{lambda(int)#1}::operator()(int) const",
		 "a::f::{lambda"},
		{"std::ostream& operator<< <char>(std::ostream&, char)",
		 "operator<<"},
		{"operator new(unsigned long)", "operator new"},
		{"(anonymous namespace)::fill(int)", "?::fill"},
		{"unbalanced<<<(", "unbalanced"},
		{")>", ")>"},
	};
	char out[64];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		wrapper_bare(cases[i][0], out, sizeof(out));
		ck_assert_msg(!strncmp(out, cases[i][1], strlen(cases[i][1])),
			      "%s: %s", cases[i][0], out);
	}
	wrapper_bare("abcdefgh", out, 4);
	ck_assert_str_eq(out, "abc");
}
END_TEST

Suite *wrapper_suite(void)
{
	Suite *s = suite_create("wrapper");
	TCase *t = tcase_create("wrapper");

	tcase_add_test(t, names);
	tcase_add_test(t, bare);
	suite_add_tcase(s, t);
	return s;
}
