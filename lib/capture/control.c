/* SPDX-License-Identifier: MIT */

/*
 * One lock makes starts and stops follow each other.  It is never taken within
 * a hook.  Stats mode and recording exclude each other.
 */

#include "control.h"

#include <errno.h>
#include <string.h>

#include "heapprof.h"
#include "histogram.h"
#include "lock.h"
#include "message.h"
#include "options.h"
#include "recorder.h"
#include "setup.h"
#include "stack.h"
#include "stats.h"

#define EXPORT __attribute__((visibility("default")))

static struct lock lock;
static struct setup setup; /* of the last start; has paths in it */
static uint32_t stats_pid; /* process whose sizes are counted */

void control_begin(void)
{
	enum setup_mode mode = setup_read(&setup);
	const char *about = "stats";
	int error = 0;

	/* Now, while only what came with the program is loaded. */
	stack_init();
	if (mode == SETUP_RECORD)
		error = recorder_begin(&setup, &about);
	if (mode == SETUP_STATS) {
		stats_pid = setup.header.pid;
		error = histogram_begin() ? 0 : ENOMEM;
	}
	/* The standard error of a child is often read by its parent. */
	if (error != 0 && setup.origin != HPM_EXECUTED)
		message_say("heapprof", about, message_error(error),
			    "not recorded", NULL);
}

/* A forked child counts on, but has nothing to say. */
static void print_stats_locked(void)
{
	static struct histogram_summary summary;
	static char text[STATS_TEXT_MAX];

	histogram_end(&summary);
	if (setup_is_this_process(stats_pid))
		setup_write(&setup, text, stats_format(text, &summary));
}

void control_exit(void)
{
	lock_take(&lock);
	if (histogram_on)
		print_stats_locked();
	else
		recorder_exit();
	lock_drop(&lock);
}

void control_exit_now(void)
{
	if (!histogram_on)
		recorder_end_at_once(HPM_EXIT);
	if (!histogram_on || !setup_is_this_process(stats_pid))
		return;
	lock_take(&lock);
	if (histogram_on)
		print_stats_locked();
	lock_drop(&lock);
}

static int compare_ranges(const struct hpm_range *a, const struct hpm_range *b)
{
	return a->below < b->below ? -1 : a->below > b->below;
}

/* Puts @r in its place among the ranges before it.  False: it is there. */
static bool insert_range(struct hpm_header *h, struct hpm_range r)
{
	uint32_t i = h->nr_ranges;

	while (i > 0 && compare_ranges(&r, &h->range[i - 1]) < 0)
		i--;
	if (i > 0 && h->range[i - 1].below == r.below)
		return false;
	memmove(&h->range[i + 1], &h->range[i], (h->nr_ranges - i) * sizeof(r));
	h->range[i] = r;
	h->nr_ranges++;
	return true;
}

static int take_rates(struct hpm_header *h, const struct heapprof_rate *rates)
{
	char why[160];

	if (rates == NULL)
		return options_parse_sample(OPTIONS_DEFAULT_SAMPLE, h, why,
					    sizeof(why));
	for (; rates->size > 0; rates++) {
		struct hpm_range r = {rates->size, rates->probability};

		if (!(r.probability >= 0 && r.probability <= 1) ||
		    h->nr_ranges == HPM_RANGES_MAX || !insert_range(h, r))
			return -EINVAL;
	}
	return 0;
}

static int start_locked(const char *filebase, const struct heapprof_rate *rates)
{
	const char *about;
	int error;

	if (histogram_on || recorder_is_on())
		return -EBUSY;
	memset(&setup, 0, sizeof(setup));
	setup_default(&setup);
	setup.quiet = true;
	error = take_rates(&setup.header, rates);
	if (error == 0)
		error = setup_make_base(&setup, filebase);
	return error != 0 ? error : -recorder_begin(&setup, &about);
}

EXPORT int heapprof_start(const char *filebase,
			  const struct heapprof_rate *rates)
{
	int error;

	if (filebase == NULL || filebase[0] == '\0')
		return -EINVAL;
	lock_take(&lock);
	error = start_locked(filebase, rates);
	lock_drop(&lock);
	return error;
}

EXPORT int heapprof_gather_stats(void)
{
	int error = -EBUSY;

	lock_take(&lock);
	if (!histogram_on && !recorder_is_on()) {
		memset(&setup, 0, sizeof(setup));
		setup_default(&setup);
		stats_pid = setup.header.pid;
		error = histogram_begin() ? 0 : -ENOMEM;
	}
	lock_drop(&lock);
	return error;
}

EXPORT int heapprof_stop(void)
{
	lock_take(&lock);
	if (histogram_on)
		print_stats_locked();
	else
		recorder_end();
	lock_drop(&lock);
	return 0;
}

EXPORT bool heapprof_is_profiling(void)
{
	return histogram_on || recorder_is_on();
}

EXPORT int heapprof_mark(const char *label)
{
	return label != NULL && recorder_mark(label) ? 0 : -ESRCH;
}
