/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "render/gzip.h"

#include "unit.h"

#define MOST (1u << 20)

/* Bytes that do not compress well, in pieces of all lengths. */
static void fill(uint8_t *bytes, size_t n)
{
	uint32_t x = 12345;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(x >> 25);
	}
}

static size_t inflate_all(const char *packed, size_t n, uint8_t *out)
{
	z_stream z = {.next_in = (unsigned char *)(uintptr_t)packed,
		      .avail_in = (unsigned)n,
		      .next_out = out,
		      .avail_out = MOST};

	ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
	ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
	ck_assert_uint_eq(z.avail_in, 0);
	inflateEnd(&z);
	return z.total_out;
}

START_TEST(round_trip)
{
	static const size_t lengths[] = {0, 1, 16384, 100000, MOST};
	uint8_t *in = malloc(MOST), *out = malloc(MOST);

	fill(in, MOST);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct gzip g;
		char *packed;
		size_t n, at = 0;
		FILE *file = open_memstream(&packed, &n);

		ck_assert_int_eq(gzip_open(&g, file, 6), 0);
		for (size_t k = 0; at < lengths[i]; k = 2 * k + 1) {
			size_t part = MIN(k, lengths[i] - at);

			gzip_put(&g, in + at, part);
			at += part;
		}
		ck_assert_int_eq(gzip_close(&g), 0);
		fclose(file);
		ck_assert_uint_eq(g.z.total_out, n);
		ck_assert_uint_eq(inflate_all(packed, n, out), lengths[i]);
		ck_assert_mem_eq(in, out, lengths[i]);
		free(packed);
	}
	free(in);
	free(out);
}
END_TEST

START_TEST(full_disk)
{
	uint8_t *in = malloc(MOST);
	FILE *full = fopen("/dev/full", "w");
	struct gzip g;

	fill(in, MOST);
	ck_assert_int_eq(gzip_open(&g, full, 6), 0);
	gzip_put(&g, in, MOST);
	ck_assert_int_eq(gzip_close(&g), -ENOSPC);
	fclose(full);
	free(in);
}
END_TEST

Suite *gzip_suite(void)
{
	Suite *s = suite_create("gzip");
	TCase *t = tcase_create("gzip");

	tcase_add_test(t, round_trip);
	tcase_add_test(t, full_disk);
	suite_add_tcase(s, t);
	return s;
}
