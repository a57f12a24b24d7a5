/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/options.h"

#include "unit.h"

static struct hpm_header parsed(const char *spec)
{
	struct hpm_header h = {.pid = 7};
	char why[256];
	int rc = options_parse_sample(spec, &h, why, sizeof(why));

	ck_assert_msg(rc == 0, "%s: %s", spec, why);
	ck_assert_str_eq(why, "");
	ck_assert_uint_eq(h.pid, 7);
	return h;
}

static const char *lists[] = {
	"128:1e-4,8192:0.1",	   "8K:0.1,128:1e-4",
	"{128: 1e-4, 8192: 0.1}",  "{ 128 :0.0001 , 8k: .1, }",
	" 128:.0001,8192:1.0E-1 ", "128:0.00010000000000000000000,8192:00.1",
};

START_TEST(test_lists)
{
	struct hpm_header h = parsed(lists[_i]);

	ck_assert_uint_eq(h.interval, 0);
	ck_assert_uint_eq(h.nr_ranges, 2);
	ck_assert_uint_eq(h.range[0].below, 128);
	ck_assert_uint_eq(h.range[1].below, 8192);
	ck_assert(h.range[0].probability == 1e-4);
	ck_assert(h.range[1].probability == 0.1);
}
END_TEST

START_TEST(test_words)
{
	struct hpm_header h = parsed("all");

	ck_assert_uint_eq(h.interval, 0);
	ck_assert_uint_eq(h.nr_ranges, 0);
	h = parsed("bytes=512K");
	ck_assert_uint_eq(h.interval, 512 * 1024);
	ck_assert_uint_eq(h.nr_ranges, 0);
	h = parsed("bytes=1");
	ck_assert_uint_eq(h.interval, 1);
}
END_TEST

static const char *numbers[] = {
	"0",
	"1",
	"0.5",
	"1e-4",
	"0.1",
	"0.3333333333333333333",
	"1e-27",
	"1e-30",
	"0.7",
	"2e-1",
	"123e-3",
	"0.00000001234567890123",
	"1e-300",
	"5e-324",
	"1e-400",
	"1e-99999999999",
	"0e999999999",
	"0.99999999999999999999999",
	"1.0000000000000000",
	"9.99998e-05",
};

/* The compiler's strtod() is the judge. */
START_TEST(test_numbers)
{
	char spec[64] = "16:";
	double want = strtod(numbers[_i], NULL);
	struct hpm_header h;

	strcat(spec, numbers[_i]);
	h = parsed(spec);
	ck_assert_msg(h.range[0].probability == want, "%s: %.17g, not %.17g",
		      spec, h.range[0].probability, want);
}
END_TEST

static const struct {
	const char *spec, *why;
} bad[] = {
	{"", "nothing to sample"},
	{"  ", "nothing to sample"},
	{"{}", "an entry is empty"},
	{"{", "} is missing"},
	{"{128:1", "} is missing"},
	{"128", "'128': not SIZE:PROBABILITY"},
	{"All", "'All': not SIZE:PROBABILITY"},
	{"all,128:1", "'all': not SIZE:PROBABILITY"},
	{"128:1,", "an entry is empty"},
	{",128:1", "an entry is empty"},
	{"128:1,,256:1", "an entry is empty"},
	{"{128:1,,}", "an entry is empty"},
	{"x:1", "'x:1': the size is not a number"},
	{"1.5K:1", "the size is not a number"},
	{"-1:1", "the size is not a number"},
	{"1KK:1", "the size is not a number"},
	{":1", "':1': the size is not a number"},
	{"0:1", "below size 0"},
	{"18446744073709551616:1", "too large"},
	{"99999999999T:1", "too large"},
	{"128:", "'128:': the probability is not a number"},
	{"128:x", "the probability is not a number"},
	{"128:nan", "the probability is not a number"},
	{"128:inf", "the probability is not a number"},
	{"128:1e", "the probability is not a number"},
	{"128:.", "the probability is not a number"},
	{"128:0,1", "'1': not SIZE:PROBABILITY"},
	{"128:1:1", "the probability is not a number"},
	{"128:0x1", "the probability is not a number"},
	{"128:1.1", "'128:1.1': the probability is outside 0..1"},
	{"128:-0.1", "the probability is outside 0..1"},
	{"128:1e999999999999", "the probability is outside 0..1"},
	{"64:1, 128:1,0128:0.5", "'0128:0.5': the size is there twice"},
	{"1K:1,1024:1", "'1024:1': the size is there twice"},
	{"bytes=", "'bytes=': not a number"},
	{"bytes=x", "not a number"},
	{"bytes=0", "1 or more"},
	{"bytes=9223372036854775808", "too large"},
	{"bytes=18446744073709551616", "not a number"},
	{"\x1b[2J:1", "'?[2J:1'"},
};

START_TEST(test_errors)
{
	struct hpm_header h = {.nr_ranges = 9, .interval = 5};
	char why[256];

	ck_assert_int_eq(
		options_parse_sample(bad[_i].spec, &h, why, sizeof(why)),
		-EINVAL);
	ck_assert_msg(strstr(why, bad[_i].why) != NULL, "%s: %s", bad[_i].spec,
		      why);
	ck_assert_uint_eq(h.nr_ranges, 9);
	ck_assert_uint_eq(h.interval, 5);
}
END_TEST

START_TEST(test_many_ranges)
{
	struct hpm_header h;
	char spec[512] = "1:0", why[256];

	for (unsigned i = 2; i <= HPM_RANGES_MAX; i++)
		sprintf(spec + strlen(spec), ",%u:0", i);
	h = parsed(spec);
	ck_assert_uint_eq(h.nr_ranges, HPM_RANGES_MAX);
	ck_assert_uint_eq(h.range[HPM_RANGES_MAX - 1].below, HPM_RANGES_MAX);
	strcat(spec, ",99:0");
	ck_assert_int_eq(options_parse_sample(spec, &h, why, sizeof(why)),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "'99:0': one size too many"));
}
END_TEST

/* Every room, down to none, gets a terminated part of the message. */
START_TEST(test_why_is_cut)
{
	struct hpm_header h;
	char whole[256], why[256];

	options_parse_sample("1:2", &h, whole, sizeof(whole));
	for (size_t room = 0; room < strlen(whole) + 2; room++) {
		memset(why, '#', sizeof(why));
		options_parse_sample("1:2", &h, why, room);
		ck_assert_int_eq(why[room], '#');
		if (room > 0)
			ck_assert_int_eq(strncmp(why, whole, room - 1), 0);
	}
}
END_TEST

static const struct {
	const char *text;
	int rc;
	uint64_t size;
} sizes[] = {
	{"0", 0, 0},
	{"127", 0, 127},
	{"64K", 0, 65536},
	{"3m", 0, 3 << 20},
	{" 2G ", 0, UINT64_C(2) << 30},
	{"1T", 0, UINT64_C(1) << 40},
	{"18446744073709551615", 0, UINT64_MAX},
	{"18014398509481983K", 0, UINT64_C(18014398509481983) << 10},
	{"18014398509481984K", -ERANGE, 0},
	{"18446744073709551616", -ERANGE, 0},
	{"", -EINVAL, 0},
	{"K", -EINVAL, 0},
	{"1X", -EINVAL, 0},
	{"1 K", -EINVAL, 0},
	{"+1", -EINVAL, 0},
};

START_TEST(test_sizes)
{
	uint64_t size = 0;

	ck_assert_int_eq(options_parse_size(sizes[_i].text, &size),
			 sizes[_i].rc);
	ck_assert_uint_eq(size, sizes[_i].size);
}
END_TEST

static const struct options_names names = {4711, "prog", "box", 1700000000};

static const struct {
	const char *pattern, *out;
	int rc;
} expansions[] = {
	{"hprof", "hprof", 0},
	{"/tmp/%n.%p", "/tmp/prog.4711", 0},
	{"%h-%t", "box-1700000000", 0},
	{"100%%", "100%", 0},
	{"%%p", "%p", 0},
	{"", "", 0},
	{"a%", NULL, -EINVAL},
	{"a%q", NULL, -EINVAL},
	{"0123456789012345678901234567890", "0123456789012345678901234567890",
	 0},
	{"01234567890123456789012345678901", NULL, -ENAMETOOLONG},
	{"%t%t%t%t", NULL, -ENAMETOOLONG},
};

START_TEST(test_expand)
{
	char out[32];

	ck_assert_int_eq(options_expand(expansions[_i].pattern, &names, out,
					sizeof(out)),
			 expansions[_i].rc);
	if (expansions[_i].out != NULL)
		ck_assert_str_eq(out, expansions[_i].out);
}
END_TEST

Suite *options_suite(void)
{
	Suite *s = suite_create("options");
	TCase *c = tcase_create("options");

	tcase_add_loop_test(c, test_lists, 0, (int)ARRAY_SIZE(lists));
	tcase_add_test(c, test_words);
	tcase_add_loop_test(c, test_numbers, 0, (int)ARRAY_SIZE(numbers));
	tcase_add_loop_test(c, test_errors, 0, (int)ARRAY_SIZE(bad));
	tcase_add_test(c, test_many_ranges);
	tcase_add_test(c, test_why_is_cut);
	tcase_add_loop_test(c, test_sizes, 0, (int)ARRAY_SIZE(sizes));
	tcase_add_loop_test(c, test_expand, 0, (int)ARRAY_SIZE(expansions));
	suite_add_tcase(s, c);
	return s;
}
