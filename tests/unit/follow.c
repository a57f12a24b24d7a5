/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "base.h"
#include "capture/follow.h"
#include "capture/options.h"

#include "unit.h"

#define LIBRARY "/x/libheapprof-preload.so"
#define CHILDREN OPTIONS_CHILDREN "=0000000042-00000000000000ff"
#define OUTPUT OPTIONS_OUTPUT "=/base"
#define SAMPLE OPTIONS_SAMPLE "=all"
#define ALL CHILDREN, OUTPUT, SAMPLE, "LD_PRELOAD=" LIBRARY

static void begin(void)
{
	follow_begin(LIBRARY ":/others.so");
	ck_assert_str_eq(follow_add(OPTIONS_OUTPUT, "/base"), OUTPUT);
	ck_assert_str_eq(follow_add(OPTIONS_SAMPLE, "all"), SAMPLE);
	follow_name(42, 255);
	ck_assert(follow_on());
}

static const struct {
	enum executable kind;
	char *const given[8];
	char *const wanted[8]; /* none: as it is */
} cases[] = {
	{EXECUTABLE_FITS, {ALL}, {NULL}},
	{EXECUTABLE_FITS, {"A=1", ALL, "B=2"}, {NULL}},
	{EXECUTABLE_FITS, {NULL}, {ALL}},
	{EXECUTABLE_FITS,
	 {"A=1", "LD_PRELOAD_=1"},
	 {"A=1", "LD_PRELOAD_=1", ALL}},
	/* who is asking is put right */
	{EXECUTABLE_FITS,
	 {OPTIONS_CHILDREN "=1", OUTPUT, "A=1", SAMPLE,
	  "LD_PRELOAD=/a.so:" LIBRARY},
	 {"A=1", "LD_PRELOAD=/a.so:" LIBRARY, CHILDREN, OUTPUT, SAMPLE}},
	/* the program's own libraries stay, behind ours */
	{EXECUTABLE_FITS,
	 {"LD_PRELOAD=/a.so /b.so", "A=1"},
	 {"LD_PRELOAD=" LIBRARY ":/a.so /b.so", "A=1", CHILDREN, OUTPUT,
	  SAMPLE}},
	{EXECUTABLE_FITS,
	 {"LD_PRELOAD="},
	 {"LD_PRELOAD=" LIBRARY, CHILDREN, OUTPUT, SAMPLE}},
	/* only the first one is changed */
	{EXECUTABLE_FITS,
	 {"LD_PRELOAD=/a.so", "LD_PRELOAD=/b.so"},
	 {"LD_PRELOAD=" LIBRARY ":/a.so", "LD_PRELOAD=/b.so", CHILDREN, OUTPUT,
	  SAMPLE}},
	/* another recording is none of our business */
	{EXECUTABLE_FITS, {OPTIONS_OUTPUT "=/other", "A=1"}, {NULL}},
	{EXECUTABLE_FITS, {OPTIONS_STATS "=-", "A=1"}, {NULL}},
	{EXECUTABLE_PRIVILEGED, {"A=1"}, {NULL}},
	{EXECUTABLE_PRIVILEGED, {ALL}, {NULL}},
	{EXECUTABLE_FOREIGN, {"A=1"}, {NULL}},
	{EXECUTABLE_FOREIGN, {"LD_PRELOAD=/a.so", "A=1"}, {NULL}},
	{EXECUTABLE_FOREIGN, {"A=1", ALL}, {"A=1", CHILDREN, OUTPUT, SAMPLE}},
	{EXECUTABLE_FOREIGN,
	 {"LD_PRELOAD=/a.so:" LIBRARY ":/b.so", "A=1"},
	 {"LD_PRELOAD=/a.so:/b.so", "A=1"}},
};

START_TEST(environments)
{
	char *const *envp = cases[_i].given, *const *wanted = cases[_i].wanted;
	struct follow f;

	begin();
	ck_assert_int_eq(follow_measure(&f, envp, cases[_i].kind),
			 wanted[0] != NULL);
	if (wanted[0]) {
		char *out[f.room + 1], text[f.text + 1];

		/* Beyond what was asked for, nothing is written. */
		out[f.room] = text;
		text[f.text] = '#';
		follow_fill(&f, envp, out, text);
		ck_assert_ptr_eq(out[f.room], text);
		ck_assert_int_eq(text[f.text], '#');
		for (size_t i = 0; i == 0 || wanted[i - 1]; i++)
			ck_assert_pstr_eq(out[i], wanted[i]);
	}
}
END_TEST

START_TEST(no_environment_is_an_empty_one)
{
	struct follow f;

	begin();
	ck_assert(follow_measure(&f, NULL, EXECUTABLE_FITS));
	char *out[f.room], text[f.text + 1];
	follow_fill(&f, NULL, out, text);
	ck_assert_str_eq(out[0], CHILDREN);
	ck_assert_str_eq(out[3], "LD_PRELOAD=" LIBRARY);
	ck_assert_ptr_null(out[4]);
}
END_TEST

START_TEST(large_ones_are_left_alone)
{
	static char *many[1200];
	static char list[5000] = "LD_PRELOAD=";
	char *const long_list[] = {list, NULL};
	struct follow f;

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(many) - 1; i++)
		many[i] = "A=1";
	ck_assert(!follow_measure(&f, many, EXECUTABLE_FITS));
	many[900] = NULL;
	ck_assert(follow_measure(&f, many, EXECUTABLE_FITS));
	memset(list + strlen(list), 'x', 4500);
	ck_assert(!follow_measure(&f, long_list, EXECUTABLE_FITS));
}
END_TEST

START_TEST(what_does_not_fit_ends_it)
{
	static char huge[30000];
	char *const none[] = {NULL};
	struct follow f;

	begin();
	memset(huge, 'x', sizeof(huge) - 1);
	ck_assert_ptr_null(follow_add(OPTIONS_SAMPLE, huge));
	ck_assert(!follow_on());
	ck_assert(!follow_measure(&f, none, EXECUTABLE_FITS));
	follow_begin(NULL);
	ck_assert(!follow_on());
}
END_TEST

START_TEST(names_come_back)
{
	const char *value = strchr(follow_variable(), '=') + 1;
	uint32_t pid;
	uint64_t profile;

	follow_name(UINT32_MAX, UINT64_MAX - 1);
	ck_assert(follow_parse(value, &pid, &profile));
	ck_assert_uint_eq(pid, UINT32_MAX);
	ck_assert_uint_eq(profile, UINT64_MAX - 1);
	follow_name(1, 0);
	ck_assert(follow_parse(value, &pid, &profile));
	ck_assert_uint_eq(pid, 1);
	ck_assert_uint_eq(profile, 0);
}
END_TEST

static const char *const not_names[] = {
	"",
	"1",
	"0000000001",
	"0000000001-",
	"0000000001-000000000000000",
	"0000000001-00000000000000000",
	"0000000001-000000000000000g",
	"000000000a-0000000000000000",
	"9999999999-0000000000000000",
	"-000000001-0000000000000000",
};

START_TEST(other_values_are_not_names)
{
	uint32_t pid = 7;
	uint64_t profile = 8;

	ck_assert(!follow_parse(not_names[_i], &pid, &profile));
	ck_assert_uint_eq(pid, 7);
	ck_assert_uint_eq(profile, 8);
}
END_TEST

Suite *follow_suite(void)
{
	Suite *s = suite_create("follow");
	TCase *t = tcase_create("follow");

	tcase_add_loop_test(t, environments, 0, ARRAY_SIZE(cases));
	tcase_add_test(t, no_environment_is_an_empty_one);
	tcase_add_test(t, large_ones_are_left_alone);
	tcase_add_test(t, what_does_not_fit_ends_it);
	tcase_add_test(t, names_come_back);
	tcase_add_loop_test(t, other_values_are_not_names, 0,
			    ARRAY_SIZE(not_names));
	suite_add_tcase(s, t);
	return s;
}
