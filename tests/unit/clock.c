/* SPDX-License-Identifier: MIT */

#include "capture/clock.h"

#include <time.h>

#include "unit.h"

#define MS_NS 1000000u
/* Two comparisons off by half a microsecond, and what a millisecond makes of
   them. */
#define TOLERANCE (2000u >> LOG_TICK_SHIFT)

static void wait_ns(uint64_t ns)
{
	uint64_t end = log_ns() + ns;

	while (log_ns() < end)
		;
}

/*
 * How far @c is from the system's clock, in ticks.  The thread may be stopped
 * in between, so that the least of some looks counts.
 */
static uint64_t error_of(struct clock *c)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 20; i++) {
		uint64_t before = log_tick(), tick = clock_tick(c),
			 after = log_tick(), error = 0;

		if (tick < before)
			error = before - tick;
		if (tick > after)
			error = tick - after;
		least = MIN(least, error);
	}
	return least;
}

START_TEST(agrees_with_the_system)
{
	struct clock c = {0};

	clock_init();
	for (int i = 0; i < 100; i++) {
		ck_assert_uint_le(error_of(&c), TOLERANCE);
		wait_ns(MS_NS / 10);
	}
}
END_TEST

START_TEST(never_goes_back)
{
	struct clock c = {0};
	uint64_t last = 0, now;

	clock_init();
	for (int i = 0; i < 2000000; i++) {
		now = clock_tick(&c);
		ck_assert_uint_ge(now, last);
		last = now;
	}
}
END_TEST

#if defined(__x86_64__)
/* Brings it to where it uses the counter, if it does on this machine. */
static void settle(struct clock *c)
{
	clock_init();
	for (int i = 0; i < 200 && c->good_for == 0; i++) {
		clock_tick(c);
		wait_ns(MS_NS / 10);
	}
}

/* Forward, back, and at another rate, as on another machine. */
START_TEST(recovers_from_a_counter_that_lies)
{
	for (int lie = 0; lie < 3; lie++) {
		struct clock c = {0};

		settle(&c);
		if (lie == 0)
			c.cycles -= UINT64_C(1) << 40;
		if (lie == 1)
			c.cycles += UINT64_C(1) << 40;
		if (lie == 2)
			c.rate /= 2;
		ck_assert_uint_le(error_of(&c),
				  (MS_NS >> LOG_TICK_SHIFT) + TOLERANCE);
		wait_ns(2 * MS_NS);
		clock_tick(&c);
		settle(&c);
		wait_ns(MS_NS / 2);
		ck_assert_uint_le(error_of(&c), TOLERANCE);
	}
}
END_TEST
#endif

Suite *clock_suite(void)
{
	Suite *suite = suite_create("clock");
	TCase *tcase = tcase_create("clock");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, agrees_with_the_system);
	tcase_add_test(tcase, never_goes_back);
#if defined(__x86_64__)
	tcase_add_test(tcase, recovers_from_a_counter_that_lies);
#endif
	suite_add_tcase(suite, tcase);
	return suite;
}
