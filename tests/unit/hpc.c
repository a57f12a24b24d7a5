/* SPDX-License-Identifier: MIT */

/* Records of a digest: there and back, in their room, and cut anywhere. */

#include <float.h>
#include <math.h>
#include <string.h>

#include "format/hpc.h"

#include "unit.h"

#define INT128_MAX ((__int128)((unsigned __int128)-1 >> 1))

#define MOST                                                                   \
	{                                                                      \
		INT64_MIN, INT64_MIN, -INT128_MAX - 1, INT128_MAX              \
	}
static const struct hpc_sum most = MOST;
static const struct hpc_sum sums[] = {
	{0, 0, 0, 0},
	{HPC_BYTE, HPC_ONE, 0, 0},
	{-HPC_BYTE, -HPC_ONE, 0, 0},
	{1, 0, 0, 0},
	{0, 1, 0, 0},
	{0, 0, 1, 0},
	{0, 0, 0, -1},
	{INT64_MAX, INT64_MIN, INT128_MAX, -INT128_MAX - 1},
	{INT64_MIN, INT64_MIN, 0, 0},
};

static bool same_sum(const struct hpc_sum *a, const struct hpc_sum *b)
{
	return a->bytes == b->bytes && a->count == b->count &&
	       a->bytes_var == b->bytes_var && a->count_var == b->count_var;
}

START_TEST(wide_numbers)
{
	static const __int128 values[] = {0,
					  -1,
					  63,
					  -64,
					  64,
					  INT64_MAX,
					  (__int128)1 << 64,
					  INT128_MAX,
					  -INT128_MAX - 1};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		uint8_t bytes[HPC_WIDE_MAX];
		size_t n = hpc_put_wide(bytes, values[i]);
		struct cursor c = {bytes, bytes + n, false};

		ck_assert_uint_le(n, HPC_WIDE_MAX);
		ck_assert(hpc_get_wide(&c) == values[i]);
		ck_assert(!c.bad && c.p == c.end);
		while (n-- > 0) {
			c = (struct cursor){bytes, bytes + n, false};
			hpc_get_wide(&c);
			ck_assert(c.bad);
		}
	}
}
END_TEST

START_TEST(sums_there_and_back)
{
	for (size_t i = 0; i < ARRAY_SIZE(sums); i++) {
		uint8_t bytes[HPC_SUM_MAX];
		size_t n = hpc_put_sum(bytes, &sums[i]);
		struct cursor c = {bytes, bytes + n, false};
		struct hpc_sum out;

		ck_assert_uint_le(n, HPC_SUM_MAX);
		hpc_get_sum(&c, &out);
		ck_assert(!c.bad && c.p == c.end);
		ck_assert_msg(same_sum(&out, &sums[i]), "sum %zu", i);
	}
}
END_TEST

START_TEST(small_sums_are_short)
{
	uint8_t bytes[HPC_SUM_MAX];

	ck_assert_uint_eq(hpc_put_sum(bytes, &sums[0]), 1);
	ck_assert_uint_eq(hpc_put_sum(bytes, &sums[1]), 3);
}
END_TEST

START_TEST(sum_out_of_range)
{
	/* Whole numbers, of which 2^63/64 are too many. */
	uint8_t bytes[HPC_SUM_MAX] = {1};
	size_t n = 1 + varint_put(bytes + 1, varint_zigzag(INT64_MAX / 32));
	struct cursor c = {bytes, bytes + sizeof(bytes), false};
	struct hpc_sum out;

	varint_put(bytes + n, 0);
	hpc_get_sum(&c, &out);
	ck_assert(c.bad);
	bytes[0] = 8; /* a flag that is none */
	c = (struct cursor){bytes, bytes + sizeof(bytes), false};
	hpc_get_sum(&c, &out);
	ck_assert(c.bad);
}
END_TEST

START_TEST(reals_there_and_back)
{
	static const double values[] = {0, 1, -0.0, 1e-300, DBL_MAX, INFINITY};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		uint8_t bytes[VARINT_MAX];
		size_t n = hpc_put_real(bytes, values[i]);
		struct cursor c = {bytes, bytes + n, false};
		double v = hpc_get_real(&c);

		ck_assert(!c.bad && c.p == c.end);
		ck_assert(v == values[i] && !signbit(v) == !signbit(values[i]));
		c = (struct cursor){bytes, bytes + n - 1, false};
		hpc_get_real(&c);
		ck_assert(c.bad);
	}
	ck_assert_uint_eq(hpc_put_real((uint8_t[VARINT_MAX]){0}, 0), 1);
}
END_TEST

START_TEST(classes)
{
	static const struct {
		uint64_t v;
		unsigned class;
	} rows[] = {{0, 0},	      {1, 1},		{2, 2},
		    {3, 2},	      {4, 3},		{127, 7},
		    {128, 8},	      {1ull << 61, 62}, {1ull << 62, 63},
		    {1ull << 63, 63}, {UINT64_MAX, 63}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_uint_eq(hpc_class(rows[i].v), rows[i].class);
	ck_assert_uint_eq(hpc_age_class(999), 0);
	ck_assert_uint_eq(hpc_age_class(1000), 1);
	ck_assert_uint_eq(hpc_age_class(2000), 2);
}
END_TEST

/* Records at their largest, one of each kind. */
typedef size_t put_fn(uint8_t *out);
typedef bool get_fn(struct cursor *c); /* is it the one that was put? */

static const struct hpc_trace trace = {
	.node = UINT32_MAX,
	.nr_frames = UINT32_MAX,
	.shared = UINT32_MAX,
	.allocated = MOST,
	.freed = MOST,
	.temporary = MOST,
	.peak = MOST,
	.peak_ns = UINT64_MAX,
	.byte_ns = -INT128_MAX - 1,
	.waste = INT64_MIN,
	.waste_var = INT128_MAX,
	.area_var = DBL_MIN * 3,
	.age = 1e300 / 3,
	.age_var = 1 / 3.0,
	.age_cov = 2 / 3.0,
};

static size_t put_trace(uint8_t *out)
{
	return hpc_put_trace(out, &trace);
}

static bool get_trace(struct cursor *c)
{
	struct hpc_trace t;

	hpc_get_trace(c, &t);
	return t.node == trace.node && t.nr_frames == trace.nr_frames &&
	       t.shared == trace.shared && same_sum(&t.allocated, &most) &&
	       same_sum(&t.freed, &most) && same_sum(&t.temporary, &most) &&
	       same_sum(&t.peak, &most) && t.peak_ns == trace.peak_ns &&
	       t.byte_ns == trace.byte_ns && t.waste == trace.waste &&
	       t.waste_var == trace.waste_var && t.area_var == trace.area_var &&
	       t.age == trace.age && t.age_var == trace.age_var &&
	       t.age_cov == trace.age_cov;
}

static const struct hpc_frame frame = {UINT32_MAX, UINT32_MAX, UINT32_MAX,
				       UINT32_MAX, UINT32_MAX, UINT64_MAX};

static size_t put_frame(uint8_t *out)
{
	return hpc_put_frame(out, &frame);
}

static bool get_frame(struct cursor *c)
{
	struct hpc_frame f;

	hpc_get_frame(c, &f);
	return f.function == UINT32_MAX && f.file == UINT32_MAX &&
	       f.module == UINT32_MAX && f.line == UINT32_MAX &&
	       f.flags == UINT32_MAX && f.offset == UINT64_MAX;
}

static const struct hpc_thread thread = {
	.name = UINT32_MAX,
	.tid = UINT32_MAX,
	.seen = UINT64_MAX,
	.seen_bytes = UINT64_MAX,
	.start_ns = UINT64_MAX,
	.allocated = MOST,
	.freed = MOST,
	.peak_live = MOST,
	.end_live = MOST,
};

static size_t put_thread(uint8_t *out)
{
	return hpc_put_thread(out, &thread);
}

static bool get_thread(struct cursor *c)
{
	struct hpc_thread t;

	hpc_get_thread(c, &t);
	return t.name == UINT32_MAX && t.tid == UINT32_MAX &&
	       t.seen == UINT64_MAX && t.seen_bytes == UINT64_MAX &&
	       t.start_ns == UINT64_MAX && same_sum(&t.allocated, &most) &&
	       same_sum(&t.freed, &most) && same_sum(&t.peak_live, &most) &&
	       same_sum(&t.end_live, &most);
}

static const struct hpc_module module = {UINT32_MAX, UINT32_MAX, UINT64_MAX,
					 UINT64_MAX, UINT64_MAX};

static size_t put_module(uint8_t *out)
{
	return hpc_put_module(out, &module);
}

static bool get_module(struct cursor *c)
{
	struct hpc_module m;

	hpc_get_module(c, &m);
	return m.path == UINT32_MAX && m.build_id == UINT32_MAX &&
	       m.start == UINT64_MAX && m.size == UINT64_MAX &&
	       m.offset == UINT64_MAX;
}

static const struct hpc_mark mark = {UINT64_MAX, UINT32_MAX};

static size_t put_mark(uint8_t *out)
{
	return hpc_put_mark(out, &mark);
}

static bool get_mark(struct cursor *c)
{
	struct hpc_mark m;

	hpc_get_mark(c, &m);
	return m.time_ns == UINT64_MAX && m.label == UINT32_MAX;
}

static const struct hpc_instant before = {
	.time_ns = 7, .offset = 1000, .length = 50};
static const struct hpc_instant instant = {
	.time_ns = UINT64_MAX,
	.kinds = UINT32_MAX,
	.rss = UINT64_MAX,
	.live = MOST,
	.max_live = MOST,
	.allocated = MOST,
	.freed = MOST,
	.offset = 1050,
	.length = (uint64_t)1 << 62,
	.crc = UINT32_MAX,
};

static size_t put_instant(uint8_t *out)
{
	return hpc_put_instant(out, &instant, &before);
}

static bool get_instant(struct cursor *c)
{
	struct hpc_instant i;

	hpc_get_instant(c, &i, &before);
	return i.time_ns == instant.time_ns && i.kinds == UINT32_MAX &&
	       i.rss == UINT64_MAX && same_sum(&i.live, &most) &&
	       same_sum(&i.max_live, &most) && same_sum(&i.allocated, &most) &&
	       same_sum(&i.freed, &most) && i.offset == 1050 &&
	       i.length == instant.length && i.crc == UINT32_MAX;
}

static const struct hpc_usage usage = {UINT32_MAX, MOST, MOST, MOST};

static size_t put_usage(uint8_t *out)
{
	return hpc_put_usage(out, &usage, 5);
}

static bool get_usage(struct cursor *c)
{
	struct hpc_usage u;

	u.trace = hpc_get_usage_trace(c, 5);
	hpc_get_usage_sums(c, &u);
	return u.trace == UINT32_MAX && same_sum(&u.live, &most) &&
	       same_sum(&u.allocated, &most) && same_sum(&u.freed, &most);
}

static bool skip_usage(struct cursor *c)
{
	bool good = hpc_get_usage_trace(c, 5) == UINT32_MAX;

	hpc_skip_usage_sums(c);
	return good;
}

static const struct {
	const char *name;
	size_t max;
	put_fn *put;
	get_fn *get;
} records[] = {
	{"trace", HPC_TRACE_MAX, put_trace, get_trace},
	{"frame", HPC_FRAME_MAX, put_frame, get_frame},
	{"thread", HPC_THREAD_MAX, put_thread, get_thread},
	{"module", HPC_MODULE_MAX, put_module, get_module},
	{"mark", HPC_MARK_MAX, put_mark, get_mark},
	{"instant", HPC_INSTANT_MAX, put_instant, get_instant},
	{"usage", HPC_USAGE_MAX, put_usage, get_usage},
	{"usage skipped", HPC_USAGE_MAX, put_usage, skip_usage},
};

START_TEST(largest_records)
{
	uint8_t bytes[1024];
	size_t n = records[_i].put(bytes);
	struct cursor c = {bytes, bytes + n, false};

	ck_assert_msg(n <= records[_i].max, "%s", records[_i].name);
	ck_assert_msg(records[_i].get(&c), "%s", records[_i].name);
	ck_assert(!c.bad && c.p == c.end);
	while (n-- > 0) {
		c = (struct cursor){bytes, bytes + n, false};
		records[_i].get(&c);
		ck_assert_msg(c.bad, "%s cut at %zu", records[_i].name, n);
	}
}
END_TEST

START_TEST(numbers_that_overflow)
{
	uint8_t bytes[HPC_USAGE_MAX] = {0};
	struct cursor c = {bytes, bytes + sizeof(bytes), false};

	varint_put(bytes, UINT32_MAX);
	hpc_get_usage_trace(&c, 1);
	ck_assert(c.bad);
	varint_put(bytes, (uint64_t)UINT32_MAX + 1);
	c = (struct cursor){bytes, bytes + sizeof(bytes), false};
	hpc_get_number(&c);
	ck_assert(c.bad);
}
END_TEST

START_TEST(header)
{
	struct hpc_header h = {.profile = 5};
	uint8_t *bytes = (uint8_t *)&h;

	hpc_seal_header(&h);
	ck_assert_int_eq(hpc_check_header(&h), FORMAT_OK);
	for (size_t bit = 0; bit < 8 * sizeof(h); bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_int_ne(hpc_check_header(&h), FORMAT_OK);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	h.version = HPC_VERSION + 1;
	ck_assert_int_eq(hpc_check_header(&h), FORMAT_NEWER);
}
END_TEST

START_TEST(trailer)
{
	struct hpc_trailer t = {.sections = 200, .length = 50};
	uint64_t size = 250 + sizeof(t);

	hpc_seal_trailer(&t);
	ck_assert_int_eq(hpc_check_trailer(&t, size), FORMAT_OK);
	ck_assert_int_eq(hpc_check_trailer(&t, size + 1), FORMAT_DAMAGED);
	ck_assert_int_eq(hpc_check_trailer(&t, 0), FORMAT_DAMAGED);
	t.length = 51;
	ck_assert_int_eq(hpc_check_trailer(&t, size + 1), FORMAT_DAMAGED);
	t.sections = UINT64_MAX;
	hpc_seal_trailer(&t);
	ck_assert_int_eq(hpc_check_trailer(&t, size), FORMAT_DAMAGED);
	t.sections = sizeof(struct hpc_header) - 1;
	t.length = size - sizeof(t) - t.sections;
	hpc_seal_trailer(&t);
	ck_assert_int_eq(hpc_check_trailer(&t, size), FORMAT_DAMAGED);
	memset(t.magic, 0, sizeof(t.magic));
	ck_assert_int_eq(hpc_check_trailer(&t, size), FORMAT_TRUNCATED);
}
END_TEST

Suite *hpc_suite(void)
{
	Suite *suite = suite_create("hpc");
	TCase *cases = tcase_create("hpc");

	tcase_add_test(cases, wide_numbers);
	tcase_add_test(cases, sums_there_and_back);
	tcase_add_test(cases, small_sums_are_short);
	tcase_add_test(cases, sum_out_of_range);
	tcase_add_test(cases, reals_there_and_back);
	tcase_add_test(cases, classes);
	tcase_add_loop_test(cases, largest_records, 0,
			    (int)ARRAY_SIZE(records));
	tcase_add_test(cases, numbers_that_overflow);
	tcase_add_test(cases, header);
	tcase_add_test(cases, trailer);
	suite_add_tcase(suite, cases);
	return suite;
}
