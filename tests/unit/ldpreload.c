/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "base.h"
#include "capture/ldpreload.h"

#include "unit.h"

#define OURS "/usr/lib/heapprof/libheapprof-preload.so"

static const struct {
	const char *list;
	int at; /* where ours begins, -1: it is not there */
	const char *without;
} lists[] = {
	{"", -1, ""},
	{OURS, 0, ""},
	{"libheapprof-preload.so", 0, ""},
	{"/lib/other.so", -1, "/lib/other.so"},
	{OURS ".1", -1, OURS ".1"},
	{"/a.so:" OURS, 6, "/a.so"},
	{OURS ":/a.so", 0, "/a.so"},
	{"/a.so " OURS ":/b.so", 6, "/a.so /b.so"},
	{OURS ":/a.so:" OURS, 0, "/a.so"},
	{"::" OURS "::", 2, ""},
};

START_TEST(ours_is_found_and_taken_out)
{
	const char *entry = NULL;
	char list[256];

	strcpy(list, lists[_i].list);
	ck_assert_int_eq(ldpreload_has(list, NULL), lists[_i].at >= 0);
	ck_assert_int_eq(ldpreload_has(list, &entry), lists[_i].at >= 0);
	if (lists[_i].at >= 0)
		ck_assert_ptr_eq(entry, list + lists[_i].at);
	ldpreload_remove(list);
	ck_assert_str_eq(list, lists[_i].without);
	ck_assert(!ldpreload_has(list, NULL));
}
END_TEST

START_TEST(no_list_has_nothing)
{
	ck_assert(!ldpreload_has(NULL, NULL));
}
END_TEST

Suite *ldpreload_suite(void)
{
	Suite *s = suite_create("ldpreload");
	TCase *t = tcase_create("ldpreload");

	tcase_add_loop_test(t, ours_is_found_and_taken_out, 0,
			    ARRAY_SIZE(lists));
	tcase_add_test(t, no_list_has_nothing);
	suite_add_tcase(s, t);
	return s;
}
