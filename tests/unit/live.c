/* SPDX-License-Identifier: MIT */

#include <pthread.h>
#include <stdlib.h>

#include "capture/live.h"
#include "unit.h"

static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static bool add(uint64_t address, uint32_t trace)
{
	struct live_entry e = {.address = address, .trace = trace}, old;
	bool reused;

	ck_assert(live_add(&e, &old, &reused));
	return reused;
}

/* Random additions and removals against a plain array. */
START_TEST(agrees_with_an_array)
{
	enum { N = 20000 };
	static uint32_t truth[N];
	uint64_t x = 88172645463325252u;
	struct live_entry e;

	for (uint32_t step = 1; step < 400000; step++) {
		uint64_t i = next_random(&x) % N, address = 0x1000 + i * 16;

		if (next_random(&x) % 3 != 0) {
			ck_assert_int_eq(add(address, step), truth[i] != 0);
			truth[i] = step;
			continue;
		}
		ck_assert_int_eq(live_remove(address, &e), truth[i] != 0);
		if (truth[i] != 0)
			ck_assert_uint_eq(e.trace, truth[i]);
		truth[i] = 0;
	}
	for (uint64_t i = 0; i < N; i++) {
		if (truth[i] != 0)
			ck_assert(live_maybe((void *)(0x1000 + i * 16)));
		ck_assert_int_eq(live_remove(0x1000 + i * 16, &e),
				 truth[i] != 0);
	}
}
END_TEST

START_TEST(filter_is_empty_when_all_is_removed)
{
	struct live_entry e;
	unsigned maybe = 0;

	for (uint64_t a = 1; a <= 100000; a++)
		add(a << 20, 1);
	for (uint64_t a = 1; a <= 100000; a++)
		ck_assert(live_remove(a << 20, &e));
	for (uint64_t a = 1; a <= 100000; a++)
		maybe += live_maybe((void *)(a << 20));
	ck_assert_uint_eq(maybe, 0);
}
END_TEST

START_TEST(entry_comes_back_whole)
{
	struct live_entry out, old,
		e = {.address = 0x7fffdeadbef0,
		     .size = UINT64_MAX >> 1,
		     .tick = 1234567890123,
		     .trace = UINT32_MAX,
		     .thread = UINT16_MAX,
		     .waste = 17};
	bool reused;

	ck_assert(live_add(&e, &old, &reused));
	ck_assert(live_remove(e.address, &out));
	ck_assert_mem_eq(&e, &out, sizeof(e));
	ck_assert(!live_remove(e.address, &out));
}
END_TEST

static void *add_and_remove(void *arg)
{
	uint64_t base = (uint64_t)(uintptr_t)arg << 32;
	struct live_entry e;
	uintptr_t wrong = 0;

	for (int round = 0; round < 20; round++) {
		for (uint64_t i = 1; i <= 5000; i++)
			wrong += add(base + i * 48, (uint32_t)i);
		for (uint64_t i = 1; i <= 5000; i++)
			wrong +=
				!live_remove(base + i * 48, &e) || e.trace != i;
	}
	return (void *)wrong;
}

START_TEST(threads_do_not_disturb_each_other)
{
	pthread_t thread[4];
	void *wrong;

	for (uintptr_t i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, add_and_remove,
			       (void *)(i + 1));
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], &wrong);
		ck_assert_ptr_null(wrong);
	}
}
END_TEST

Suite *live_suite(void)
{
	Suite *s = suite_create("live");
	TCase *t = tcase_create("live");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, agrees_with_an_array);
	tcase_add_test(t, filter_is_empty_when_all_is_removed);
	tcase_add_test(t, entry_comes_back_whole);
	tcase_add_test(t, threads_do_not_disturb_each_other);
	suite_add_tcase(s, t);
	return s;
}
