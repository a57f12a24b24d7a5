/* SPDX-License-Identifier: MIT */

/* Headers that can be read and others, modules, marks, probabilities. */

#include <math.h>
#include <string.h>

#include "format/format.h"
#include "format/varint.h"

#include "unit.h"

static union {
	struct hpm_header h;
	char bytes[BLOCK_PAYLOAD];
} p;
static size_t used;

static void setup(void)
{
	static const char strings[] = "/bin/x\0/\0host\0x\0-y";

	memset(&p, 0, sizeof(p));
	memcpy(p.h.magic, HPM_MAGIC, sizeof(p.h.magic));
	p.h.version = HPM_VERSION;
	p.h.argc = 2;
	p.h.strings = sizeof(strings);
	memcpy(&p.h + 1, strings, sizeof(strings));
	used = sizeof(p.h) + sizeof(strings);
}

START_TEST(whole_header)
{
	ck_assert_int_eq(hpm_check_header(&p.h, used), FORMAT_OK);
	ck_assert_str_eq(hpm_string(&p.h, 0), "/bin/x");
	ck_assert_str_eq(hpm_string(&p.h, 2), "host");
	ck_assert_str_eq(hpm_string(&p.h, 4), "-y");
}
END_TEST

START_TEST(bad_headers)
{
	ck_assert_int_eq(hpm_check_header(&p.h, sizeof(p.h) - 1),
			 FORMAT_TRUNCATED);
	ck_assert_int_eq(hpm_check_header(&p.h, used - 1), FORMAT_DAMAGED);
	p.h.argc = 3;
	ck_assert_int_eq(hpm_check_header(&p.h, used), FORMAT_DAMAGED);
	p.h.argc = UINT32_MAX;
	ck_assert_int_eq(hpm_check_header(&p.h, used), FORMAT_DAMAGED);
	setup();
	p.bytes[used - 1] = 'z'; /* the last string is not closed */
	ck_assert_int_eq(hpm_check_header(&p.h, used), FORMAT_DAMAGED);
	setup();
	p.h.strings = 0;
	p.h.argc = (uint32_t)-3;
	ck_assert_int_eq(hpm_check_header(&p.h, used), FORMAT_DAMAGED);
	setup();
	p.h.tick_shift = 31;
	ck_assert_int_eq(hpm_check_header(&p.h, used), FORMAT_DAMAGED);
	setup();
	p.h.magic[0] = 'h';
	ck_assert_int_eq(hpm_check_header(&p.h, used), FORMAT_DAMAGED);
}
END_TEST

START_TEST(versions)
{
	p.h.version = HPM_VERSION + 1;
	ck_assert_int_eq(hpm_check_header(&p.h, used), FORMAT_NEWER);
	p.h.version = HPM_VERSION - 1;
	ck_assert_int_eq(hpm_check_header(&p.h, used), FORMAT_DAMAGED);
}
END_TEST

START_TEST(ranges)
{
	p.h.nr_ranges = 2;
	p.h.range[0] = (struct hpm_range){128, 1e-4};
	p.h.range[1] = (struct hpm_range){8192, 0.1};
	ck_assert_int_eq(hpm_check_header(&p.h, used), FORMAT_OK);
	ck_assert_double_eq(hpm_probability(&p.h, 0), 1e-4);
	ck_assert_double_eq(hpm_probability(&p.h, 127), 1e-4);
	ck_assert_double_eq(hpm_probability(&p.h, 128), 0.1);
	ck_assert_double_eq(hpm_probability(&p.h, 8191), 0.1);
	ck_assert_double_eq(hpm_probability(&p.h, 8192), 1);
	ck_assert_double_eq(hpm_probability(&p.h, UINT64_MAX), 1);
	p.h.range[1].below = 128;
	ck_assert_int_eq(hpm_check_header(&p.h, used), FORMAT_DAMAGED);
	p.h.range[1] = (struct hpm_range){129, 1.5};
	ck_assert_int_eq(hpm_check_header(&p.h, used), FORMAT_DAMAGED);
	p.h.range[1].probability = NAN;
	ck_assert_int_eq(hpm_check_header(&p.h, used), FORMAT_DAMAGED);
	p.h.nr_ranges = HPM_RANGES_MAX + 1;
	ck_assert_int_eq(hpm_check_header(&p.h, used), FORMAT_DAMAGED);
}
END_TEST

START_TEST(by_bytes)
{
	p.h.interval = 1000;
	ck_assert_double_eq_tol(hpm_probability(&p.h, 1000), 1 - exp(-1),
				1e-15);
	ck_assert_double_eq(hpm_probability(&p.h, 0), hpm_probability(&p.h, 1));
	p.h.interval = 1;
	ck_assert_double_eq(hpm_probability(&p.h, 1), 1);
}
END_TEST

START_TEST(modules)
{
	static char path[HPM_PATH_MAX];
	struct hpm_module m = {.number = UINT32_MAX,
			       .tick = UINT64_MAX,
			       .bias = UINT64_MAX,
			       .start = UINT64_MAX,
			       .end = UINT64_MAX,
			       .file_size = UINT64_MAX,
			       .file_mtime_ns = INT64_MIN,
			       .build_id = {1, 2, 3},
			       .build_id_length = 32,
			       .path_length = HPM_PATH_MAX,
			       .path = path};
	struct hpm_module out;
	uint8_t bytes[2 * HPM_MODULE_MAX];
	size_t n = hpm_put_module(bytes, &m);
	struct cursor c = {bytes, bytes + n, false};

	ck_assert_uint_le(n, HPM_MODULE_MAX);
	ck_assert_int_eq(hpm_get_module(&c, &out), FORMAT_OK);
	ck_assert_uint_eq(out.bias, m.bias);
	ck_assert_int_eq(out.file_mtime_ns, m.file_mtime_ns);
	ck_assert_mem_eq(out.build_id, m.build_id, 32);
	ck_assert_uint_eq(out.path_length, HPM_PATH_MAX);
	ck_assert_int_eq(hpm_get_module(&c, &out), FORMAT_END);
	for (size_t cut = 1; cut < n; cut++) {
		c = (struct cursor){bytes, bytes + cut, false};
		ck_assert_int_eq(hpm_get_module(&c, &out), FORMAT_DAMAGED);
	}
	m.gone = true;
	n = hpm_put_module(bytes, &m);
	c = (struct cursor){bytes, bytes + n, false};
	ck_assert_int_eq(hpm_get_module(&c, &out), FORMAT_OK);
	ck_assert(out.gone && out.tick == UINT64_MAX);
}
END_TEST

START_TEST(marks)
{
	static char label[HPM_LABEL_MAX];
	struct hpm_mark m = {UINT64_MAX, UINT32_MAX, HPM_LABEL_MAX, label};
	struct hpm_mark out;
	uint8_t bytes[HPM_MARK_MAX];
	size_t n = hpm_put_mark(bytes, &m);
	struct cursor c = {bytes, bytes + n, false};

	ck_assert_uint_le(n, HPM_MARK_MAX);
	ck_assert_int_eq(hpm_get_mark(&c, &out), FORMAT_OK);
	ck_assert_uint_eq(out.tick, m.tick);
	ck_assert_uint_eq(out.label_length, HPM_LABEL_MAX);
	for (size_t cut = 1; cut < n; cut++) {
		c = (struct cursor){bytes, bytes + cut, false};
		ck_assert_int_eq(hpm_get_mark(&c, &out), FORMAT_DAMAGED);
	}
}
END_TEST

Suite *hpm_suite(void)
{
	Suite *suite = suite_create("hpm");
	TCase *cases = tcase_create("hpm");

	tcase_add_checked_fixture(cases, setup, NULL);
	tcase_add_test(cases, whole_header);
	tcase_add_test(cases, bad_headers);
	tcase_add_test(cases, versions);
	tcase_add_test(cases, ranges);
	tcase_add_test(cases, by_bytes);
	tcase_add_test(cases, modules);
	tcase_add_test(cases, marks);
	suite_add_tcase(suite, cases);
	return suite;
}
