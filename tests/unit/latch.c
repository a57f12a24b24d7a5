/* SPDX-License-Identifier: MIT */

#include "capture/latch.h"

#include <pthread.h>
#include <string.h>

#include "unit.h"

#define NR_LATCHES 8
#define NR_THREADS 4
#define ROUNDS 200000

/* Each counter is changed under its latch only. */
static struct {
	struct latch latch;
	unsigned long counter;
} guarded[NR_LATCHES];

static __thread char me;

static void count(unsigned i)
{
	bool as_owner = latch_take(&guarded[i].latch, &me);
	volatile unsigned long *counter = &guarded[i].counter;

	*counter = *counter + 1;
	latch_drop(&guarded[i].latch, as_owner);
}

/* Mostly a latch of its own, so that there is an owner to come in between. */
static void *count_many(void *number)
{
	unsigned own = (unsigned)(uintptr_t)number, n;

	for (n = 0; n < ROUNDS; n++)
		count(n % 1000 == 999 ? n / 1000 % NR_LATCHES : own);
	return NULL;
}

static void run_threads(void)
{
	pthread_t thread[NR_THREADS];
	unsigned long sum = 0;
	uintptr_t i;

	for (i = 0; i < NR_THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&thread[i], NULL, count_many, (void *)i),
			0);
	for (i = 0; i < NR_THREADS; i++)
		pthread_join(thread[i], NULL);
	for (i = 0; i < NR_LATCHES; i++)
		sum += guarded[i].counter;
	ck_assert_uint_eq(sum, NR_THREADS * ROUNDS);
}

START_TEST(one_at_a_time)
{
	int round;

	latch_init();
	for (round = 0; round < 20; round++) {
		memset(guarded, 0, sizeof(guarded));
		run_threads();
	}
}
END_TEST

START_TEST(one_at_a_time_without_owners)
{
	run_threads();
}
END_TEST

START_TEST(owner_is_first_and_then_nobody)
{
	char other;
	struct latch *l = &guarded[0].latch;

	latch_init();
	latch_drop(l, latch_take(l, &me));
	ck_assert_ptr_eq(l->owner, &me);
	ck_assert(latch_take(l, &me));
	ck_assert(l->inside);
	latch_drop(l, true);
	ck_assert(!latch_take(l, &other));
	ck_assert_ptr_eq(l->owner, LATCH_SHARED);
	latch_drop(l, false);
	ck_assert(!latch_take(l, &me));
	latch_drop(l, false);
	ck_assert(!l->inside && !l->held);
}
END_TEST

static atomic_bool done;

static void *count_until_done(void *number)
{
	unsigned own = (unsigned)(uintptr_t)number;

	while (!done)
		count(own);
	return NULL;
}

START_TEST(all_are_shared_at_once)
{
	pthread_t thread[2];
	uintptr_t i;

	latch_init();
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL,
						count_until_done, (void *)i),
				 0);
	while (!guarded[0].latch.owner || !guarded[1].latch.owner)
		;
	latch_share_all(&guarded[0].latch, NR_LATCHES, sizeof(guarded[0]));
	for (i = 0; i < NR_LATCHES; i++) {
		ck_assert_ptr_eq(guarded[i].latch.owner, LATCH_SHARED);
		count((unsigned)i);
	}
	done = true;
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}
END_TEST

Suite *latch_suite(void)
{
	Suite *suite = suite_create("latch");
	TCase *tcase = tcase_create("latch");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, one_at_a_time);
	tcase_add_test(tcase, one_at_a_time_without_owners);
	tcase_add_test(tcase, owner_is_first_and_then_nobody);
	tcase_add_test(tcase, all_are_shared_at_once);
	suite_add_tcase(suite, tcase);
	return suite;
}
