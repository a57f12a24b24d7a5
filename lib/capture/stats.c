/* SPDX-License-Identifier: MIT */

/*
 * Formats by snprintf(), which is not done within a hook but at the very end,
 * and which allocates nothing for numbers like these.
 */

#include "stats.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "suggest.h"

struct text {
	char *p;
	size_t n;
};

printf_like(2, 3) static void add(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->p + t->n, STATS_TEXT_MAX - t->n, format, args);
	va_end(args);
	if (n > 0)
		t->n += MIN((size_t)n, STATS_TEXT_MAX - 1 - t->n);
}

static void add_size(struct text *t, double bytes)
{
	static const char *const units[] = {"B",   "KiB", "MiB",
					    "GiB", "TiB", "PiB"};
	unsigned u = 0;

	for (; bytes >= 1024 && u + 1 < ARRAY_SIZE(units); u++)
		bytes /= 1024;
	add(t, u > 0 ? "%.1f %s" : "%.0f %s", bytes, units[u]);
}

static void add_row(struct text *t, unsigned c, const struct histogram *h)
{
	uint64_t low = c > 0 ? 1ull << (c - 1) : 0;
	uint64_t high = c > 0 ? low + (low - 1) : 0;
	char range[48];

	snprintf(range, sizeof(range), "%" PRIu64 " - %" PRIu64, low, high);
	add(t, "%31s %15" PRIu64 " %20" PRIu64 "\n", range, h->count[c],
	    h->bytes[c]);
}

static void add_table(struct text *t, const struct histogram *h)
{
	uint64_t count = 0, bytes = 0;

	add(t, "%31s %15s %20s\n", "Size", "Count", "Bytes");
	for (unsigned c = 0; c < HISTOGRAM_CLASSES; c++) {
		if (h->count[c] > 0)
			add_row(t, c, h);
		count += h->count[c];
		bytes += h->bytes[c];
	}
	add(t, "%31s %15" PRIu64 " %20" PRIu64 "\n", "all", count, bytes);
}

static void add_live(struct text *t, const struct histogram_summary *h)
{
	int64_t count = 0, bytes = 0;

	for (unsigned c = 0; c < HISTOGRAM_CLASSES; c++) {
		count += h->now.live_count[c];
		bytes += h->now.live_bytes[c];
	}
	add(t, "\nPeak: ");
	add_size(t, (double)h->peak_bytes);
	add(t, " live.  Never freed: ");
	add_size(t, (double)MAX(bytes, 0));
	add(t, " in %" PRId64 " blocks.\n(As the allocator rounds sizes up.)\n",
	    MAX(count, 0));
}

static void add_rates(struct text *t, const struct suggestion *s)
{
	if (s->nr == 0)
		add(t, "all");
	for (uint32_t i = 0; i < s->nr; i++)
		add(t, "%s%" PRIu64 ":%.3g", i > 0 ? "," : "",
		    s->range[i].below, s->range[i].probability);
}

size_t stats_format(char *text, const struct histogram_summary *h)
{
	struct text t = {text, 0};
	struct suggestion s;

	suggest_rates(h, &s);
	for (int i = 0; i < 68; i++)
		add(&t, "-");
	add(&t, "\nHEAP USAGE SUMMARY\n");
	add_table(&t, &h->now);
	add_live(&t, h);
	add(&t, "\nSuggested: heapprof-run --sample=");
	add_rates(&t, &s);
	add(&t, "\nIt records %.0f events a second; ", s.events_per_s);
	if (s.error > 0)
		add(&t, "the peak comes out within %.2g%% (95%%).\n",
		    s.error * 100);
	else if (s.error < 0)
		add(&t, "the peak is too small to be estimated.\n");
	else
		add(&t, "every figure is exact.\n");
	return t.n;
}
