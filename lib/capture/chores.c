/* SPDX-License-Identifier: MIT */

#include "chores.h"

#include <string.h>

#include "modules.h"
#include "sys.h"

#define PERIOD (10000000u >> LOG_TICK_SHIFT)	/* 10 ms */
#define LONGEST (1000000000u >> LOG_TICK_SHIFT) /* 1 s */
#define PARTS 256

_Atomic uint64_t chores_due;

/* Reading the resident set size takes 4 us.  The longer the recording, the
   further the readings are apart: about a 256th of it. */
static _Atomic uint64_t rss_due, rss_gap;

void chores_reset(void)
{
	atomic_store(&chores_due, 0);
	atomic_store(&rss_due, 0);
	atomic_store(&rss_gap, PERIOD);
}

/* The second number of /proc/self/statm; 0 if it cannot be read. */
static uint64_t read_rss_pages(void)
{
	char text[128];
	int fd = sys_open("/proc/self/statm", O_RDONLY, 0);
	ssize_t n = fd < 0 ? -1 : sys_read(fd, text, sizeof(text) - 1);
	uint64_t pages = 0;
	char *p;

	if (fd >= 0)
		sys_close(fd);
	text[n > 0 ? n : 0] = '\0';
	p = strchr(text, ' ');
	for (p = p ? p + 1 : text; *p >= '0' && *p <= '9'; p++)
		pages = pages * 10 + (uint64_t)(*p - '0');
	return pages;
}

void chores_log_rss(struct thread *t, uint64_t tick)
{
	struct hpd_event e = {.kind = HPD_RSS,
			      .tick = tick,
			      .thread = t->number,
			      .rss = read_rss_pages()};

	if (e.rss > 0)
		log_event(&t->lane, &e);
}

static void log_rss_if_due(struct thread *t, uint64_t tick)
{
	uint64_t gap = rss_gap;

	/* Now rather than in the next period, if that is nearer. */
	if (tick + PERIOD / 2 < rss_due)
		return;
	rss_due = tick + gap;
	rss_gap = MIN(gap + gap / PARTS, LONGEST);
	chores_log_rss(t, tick);
}

void chores_do_now(struct thread *t, uint64_t tick)
{
	uint64_t at = atomic_load_explicit(&chores_due, memory_order_relaxed);

	if (tick < at ||
	    !atomic_compare_exchange_strong(&chores_due, &at, tick + PERIOD))
		return;
	log_check();
	log_rss_if_due(t, tick);
	threads_refresh_name(t);
	modules_check();
}
