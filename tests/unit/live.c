/* SPDX-License-Identifier: MIT */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "capture/live.h"
#include "capture/live_group.h"
#include "capture/memory.h"
#include "capture/spares.h"
#include "draw.h"
#include "unit.h"

static __thread char me; /* its address is the thread's own */

static bool add(uint64_t address, uint32_t trace)
{
	struct live_entry e = {.address = address, .block.trace = trace}, old;
	enum live_added added = live_add(&me, &e, &old);

	ck_assert_int_ne(added, LIVE_NO_ROOM);
	return added == LIVE_REUSED;
}

/* Random additions and removals against a plain array. */
START_TEST(agrees_with_an_array)
{
	enum { N = 20000 };
	static uint32_t truth[N];
	uint64_t x = 88172645463325252u;
	struct live_entry e;

	for (uint32_t step = 1; step < 400000; step++) {
		uint64_t i = draw_next(&x) % N, address = 0x1000 + i * 16;

		if (draw_next(&x) % 3 != 0) {
			ck_assert_int_eq(add(address, step), truth[i] != 0);
			truth[i] = step;
			continue;
		}
		ck_assert_int_eq(live_remove(&me, address, &e), truth[i] != 0);
		if (truth[i] != 0)
			ck_assert_uint_eq(e.block.trace, truth[i]);
		truth[i] = 0;
	}
	for (uint64_t i = 0; i < N; i++) {
		if (truth[i] != 0)
			ck_assert(live_maybe((void *)(0x1000 + i * 16)));
		ck_assert_int_eq(live_remove(&me, 0x1000 + i * 16, &e),
				 truth[i] != 0);
	}
}
END_TEST

START_TEST(slots_of_a_group_are_told_apart)
{
	const uint32_t all = (1u << LIVE_GROUP) - 1;
	live_group free = live_group_of(0), g = free;
	live_group a = live_group_of(0x80), b = live_group_of(0xff);

	ck_assert_uint_eq(live_group_match(g, free), all);
	live_group_set(&g, 0, a);
	live_group_set(&g, 7, b);
	live_group_set(&g, LIVE_GROUP - 1, a);
	ck_assert_uint_eq(live_group_match(g, a), 1 | 1 << (LIVE_GROUP - 1));
	ck_assert_uint_eq(live_group_match(g, b), 1 << 7);
	ck_assert(live_group_is_last(&g));
	live_group_set(&g, 7, free);
	ck_assert_uint_eq(live_group_match(g, free),
			  all ^ live_group_match(g, a));
	/* Beyond what can be counted, it stays so. */
	for (int i = 0; i < 300; i++)
		live_group_pass(&g, 1);
	for (int i = 0; i < 300; i++)
		live_group_pass(&g, -1);
	ck_assert(!live_group_is_last(&g));
	ck_assert_uint_eq(live_group_match(g, a), 1 | 1 << (LIVE_GROUP - 1));
	/* A tag is never that of a free slot. */
	ck_assert_uint_eq(live_group_match(live_group_tag(0), free), 0);
}
END_TEST

START_TEST(filter_is_empty_when_all_is_removed)
{
	struct live_entry e;
	unsigned maybe = 0;

	for (uint64_t a = 1; a <= 100000; a++)
		add(a << 20, 1);
	for (uint64_t a = 1; a <= 100000; a++)
		ck_assert(live_remove(&me, a << 20, &e));
	for (uint64_t a = 1; a <= 100000; a++)
		maybe += live_maybe((void *)(a << 20));
	ck_assert_uint_eq(maybe, 0);
}
END_TEST

static void check_comes_back(const struct live_entry *e)
{
	struct live_entry out, old;

	ck_assert_int_eq(live_add(&me, e, &old), LIVE_ADDED);
	ck_assert(live_remove(&me, e->address, &out));
	ck_assert_uint_eq(out.address, e->address);
	ck_assert_uint_eq(out.tick, e->tick);
	ck_assert_uint_eq(out.block.size, e->block.size);
	ck_assert_uint_eq(out.block.trace, e->block.trace);
	ck_assert_uint_eq(out.block.thread, e->block.thread);
	ck_assert_uint_eq(out.block.waste, e->block.waste);
	ck_assert(!live_remove(&me, e->address, &out));
}

START_TEST(entry_comes_back_whole)
{
	const struct live_entry most = {.address = LIVE_ADDRESS_MAX - 8,
					.tick = LIVE_TICK_MASK,
					.block = {.size = LIVE_NO_WASTE - 1,
						  .trace = LIVE_TRACE_MAX,
						  .thread = HPM_THREADS_MAX,
						  .waste = UINT16_MAX}};
	struct live_entry e = {.address = 8}, old;

	check_comes_back(&e);
	check_comes_back(&most);
	/* Each bit of a field alone, with nothing around it. */
	for (int bit = 0; bit < 64; bit++) {
		uint64_t one = UINT64_C(1) << bit;

		e = (struct live_entry){
			.address = 0x7fffdeadbef0,
			.tick = one & LIVE_TICK_MASK,
			.block = {.size = one & (LIVE_SIZE_MAX - 1),
				  .trace = (uint32_t)one & LIVE_TRACE_MAX,
				  .thread = (uint16_t)one,
				  .waste = (uint16_t)one},
		};
		check_comes_back(&e);
	}
	e = most;
	e.block.size = LIVE_SIZE_MAX - 1;
	e.block.waste = 0;
	check_comes_back(&e);
	e.block.size++;
	ck_assert_int_eq(live_add(&me, &e, &old), LIVE_NO_ROOM);
	e.block.size = 1;
	e.address = LIVE_ADDRESS_MAX;
	ck_assert_int_eq(live_add(&me, &e, &old), LIVE_NO_ROOM);
	ck_assert(!live_remove(&me, e.address, &old));
}
END_TEST

START_TEST(age_is_right_across_the_end_of_the_numbers)
{
	struct live_entry e = {.tick = LIVE_TICK_MASK - 1};

	ck_assert_uint_eq(live_age(&e, LIVE_TICK_MASK + 3), 4);
	e.tick = 100;
	ck_assert_uint_eq(live_age(&e, 100), 0);
	ck_assert_uint_eq(live_age(&e, 90), 0);
	ck_assert_uint_eq(live_age(&e, LIVE_TICK_MASK / 2),
			  LIVE_TICK_MASK / 2 - 100);
}
END_TEST

#define SPARE_PAGE 4096u

START_TEST(outgrown_tables_serve_again)
{
	const size_t size = 3 * SPARE_PAGE, eighth = SPARES_MAX / 8;
	bool used;
	char *p;

	spares_reset(false);
	p = spares_take(size, &used);
	ck_assert(!used);
	for (size_t i = 0; i < size; i++)
		ck_assert_int_eq(p[i], 0);
	memset(p, 1, size);
	spares_give(p, size);
	spares_give(spares_take(size + SPARE_PAGE, &used), size + SPARE_PAGE);
	ck_assert(!used);
	ck_assert_ptr_eq(spares_take(size, &used), p);
	ck_assert(used);
	spares_give(p, size);
	/* Too much: what was there goes. */
	for (size_t sum = 0; sum < SPARES_MAX; sum += eighth)
		spares_give(memory_map(eighth), eighth);
	memory_unmap(spares_take(size, &used), size);
	ck_assert(!used);
	memory_unmap(spares_take(eighth, &used), eighth);
	ck_assert(used);
	spares_reset(false);
	memory_unmap(spares_take(eighth, &used), eighth);
	ck_assert(!used);
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
			wrong += !live_remove(&me, base + i * 48, &e) ||
				 e.block.trace != i;
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
	tcase_add_test(t, slots_of_a_group_are_told_apart);
	tcase_add_test(t, filter_is_empty_when_all_is_removed);
	tcase_add_test(t, entry_comes_back_whole);
	tcase_add_test(t, outgrown_tables_serve_again);
	tcase_add_test(t, age_is_right_across_the_end_of_the_numbers);
	tcase_add_test(t, threads_do_not_disturb_each_other);
	suite_add_tcase(s, t);
	return s;
}
