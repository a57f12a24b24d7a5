/* SPDX-License-Identifier: MIT */

/* Which of the profiles in a folder belong together. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "profile/family.h"

#include "logwriter.h"
#include "scratch.h"
#include "unit.h"

static struct scratch s;

static void setup(void)
{
	scratch_init(&s);
}

static void teardown(void)
{
	scratch_fini(&s);
}

/* Writes BASE@suffix. */
static void put(const char *suffix, uint32_t pid, uint64_t profile,
		uint64_t parent, uint64_t start_ns)
{
	const char *strings[] = {"/bin/x", "/", "host", "/bin/name", NULL};
	char base[128], name[64];
	struct logwriter w;

	logwriter_init(&w);
	snprintf(name, sizeof(name), "/bin/p%u", pid);
	strings[3] = name;
	logwriter_strings(&w, strings);
	w.header.pid = pid;
	w.header.start_mono_ns = start_ns;
	w.profile = profile;
	w.state.parent = parent;
	w.state.origin = !parent ? HPM_FIRST : HPM_EXECUTED;
	snprintf(base, sizeof(base), "%s%s", s.base, suffix);
	logwriter_save(&w, base);
	logwriter_fini(&w);
}

/* The members of BASE@suffix as "pid<parent pid ...". */
static const char *members(const char *suffix)
{
	static char out[256];
	char base[128];
	struct family f;
	size_t n = 0;

	snprintf(base, sizeof(base), "%s%s", s.base, suffix);
	ck_assert_int_eq(family_find(base, &f), 0);
	out[0] = '\0';
	for (size_t i = 0; i < f.nr; i++) {
		const struct family_member *m = &f.members[i];
		char name[32];

		ck_assert_uint_le(m->parent, i);
		ck_assert_int_eq(strncmp(m->base, s.base, strlen(s.base)), 0);
		snprintf(name, sizeof(name), "p%u", m->pid);
		ck_assert_str_eq(m->program, name);
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s<%u",
				      i ? " " : "", m->base + strlen(s.base),
				      f.members[m->parent].pid);
	}
	family_fini(&f);
	return out;
}

START_TEST(descendants_in_order_of_start)
{
	put("", 10, 100, 0, 1000);
	put(".12", 12, 120, 110, 1300);
	put(".11", 11, 110, 100, 1200);
	put(".10", 10, 105, 100, 1250);
	put(".11.2", 11, 112, 110, 1400);
	ck_assert_str_eq(members(""), "<10 .11<10 .10<10 .12<11 .11.2<11");
	/* A part of the tree, by the name of its first member. */
	ck_assert_str_eq(members(".11"), ".11<11 .12<11 .11.2<11");
	ck_assert_str_eq(members(".12"), ".12<12");
}
END_TEST

START_TEST(others_are_left_out)
{
	put("", 10, 100, 0, 1000);
	put(".11", 11, 110, 100, 1200);
	/* Of a recording that BASE had before, and one of its own. */
	put(".12", 12, 120, 99, 900);
	put(".13", 13, 130, 0, 1300);
	/* Names that no child has. */
	put(".x", 14, 140, 100, 1300);
	put(".15x", 15, 150, 100, 1300);
	put(".16.2.3", 16, 160, 100, 1300);
	put("17", 17, 170, 100, 1300);
	/* The same profile once more, copied. */
	put(".11.2", 11, 110, 100, 1200);
	ck_assert_str_eq(members(""), "<10 .11<10");
}
END_TEST

START_TEST(numbers_in_the_name_are_no_child)
{
	put(".2026.1", 10, 100, 0, 1000);
	put(".2026.1.11", 11, 110, 100, 1200);
	put(".2026.1.11.2", 11, 112, 110, 1300);
	ck_assert_str_eq(members(".2026.1"),
			 ".2026.1<10 .2026.1.11<10 .2026.1.11.2<11");
	ck_assert_str_eq(members(".2026.1.11"),
			 ".2026.1.11<11 .2026.1.11.2<11");
}
END_TEST

START_TEST(what_cannot_be_read_is_no_member)
{
	char path[128];
	FILE *f;

	ck_assert_str_eq(members(""), "");
	put("", 10, 100, 0, 1000);
	put(".11", 11, 110, 100, 1200);
	snprintf(path, sizeof(path), "%s.12.hpm", s.base);
	f = fopen(path, "w");
	fputs("no profile", f);
	fclose(f);
	ck_assert_str_eq(members(""), "<10 .11<10");
	snprintf(path, sizeof(path), "%s.11.hpm", s.base);
	ck_assert_int_eq(truncate(path, 100), 0);
	ck_assert_str_eq(members(""), "<10");
}
END_TEST

Suite *family_suite(void)
{
	Suite *suite = suite_create("family");
	TCase *t = tcase_create("family");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, descendants_in_order_of_start);
	tcase_add_test(t, others_are_left_out);
	tcase_add_test(t, numbers_in_the_name_are_no_child);
	tcase_add_test(t, what_cannot_be_read_is_no_member);
	suite_add_tcase(suite, t);
	return suite;
}
