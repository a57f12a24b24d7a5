/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>
#include <time.h>

#include "base.h"

#include "name.h"
#include "number.h"
#include "text.h"

/* The page: what ran, how it was sampled, the heap over time, who has it. */

/* As many names as there is room for. */
static void put_children(const struct target *t, const struct basis *b)
{
	int left = (int)t->width;
	size_t i = 0;

	if (b->nr_processes)
		fprintf(t->out,
			"  merged    %zu processes, of which this is "
			"the first\n",
			b->nr_processes);

	if (!b->nr_children)
		return;
	left -= fprintf(t->out, "  children  %zu:", b->nr_children);
	for (; i < b->nr_children; i++) {
		char name[NAME_BYTES], base[NAME_BYTES], more[32] = "";
		size_t rest = b->nr_children - i - 1;
		int n;

		name_text(name, b->children[i].program, 20, t->utf8);
		name_text(base, b->children[i].base, 40, t->utf8);
		n = (int)(strlen(name) + strlen(base)) + 5;
		if (rest)
			snprintf(more, sizeof(more), " and %zu more", rest);
		if (i && n + (int)strlen(more) > left)
			break;
		left -= n;
		fprintf(t->out, "%s %s in %s", i ? "," : "", name, base);
	}
	if (i < b->nr_children)
		fprintf(t->out, " and %zu more", b->nr_children - i);
	if (!b->nr_processes)
		fputs("\n            (--merge shows all together)", t->out);
	fputc('\n', t->out);
}

static void put_run(const struct target *t, const struct basis *b)
{
	char time[NUMBER_MAX], start[NUMBER_MAX], host[NAME_BYTES];
	time_t seconds = (time_t)(b->start_realtime_ns / 1000000000);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) ||
	    !strftime(start, sizeof(start), "%Y-%m-%d %H:%M:%S UTC", &tm))
		strcpy(start, "?");
	name_text(host, b->host && *b->host ? b->host : "?", 32, t->utf8);
	fprintf(t->out, "  ran       %s from %s",
		number_time(time, b->duration_ns), start);
	/* Version 1 did not write them. */
	if (b->pid)
		fprintf(t->out, ", pid %u on %s", b->pid, host);
	fputc('\n', t->out);
	if (b->running)
		fprintf(t->out,
			"  ended     it still runs or was killed: whole up to "
			"%s\n",
			time);
	else if (b->ended)
		fprintf(t->out, "  ended     %s\n", b->ended);
}

/* "1 in 10 ", "all ", "none " */
static void put_probability(const struct target *t, double p)
{
	char number[NUMBER_MAX];
	double one_in = p > 0 ? 1 / p : 0;

	if (p >= 1)
		fputs("all", t->out);
	else if (!(p > 0))
		fputs("none", t->out);
	else if (one_in < 1e15 && fabs(one_in - round(one_in)) < 1e-6 * one_in)
		fprintf(t->out, "1 in %s",
			number_exact(number, (uint64_t)llround(one_in)));
	else
		fprintf(t->out, "%.3g%%", 100 * p);
}

static void put_sampling(const struct target *t, const struct basis *b)
{
	char size[NUMBER_MAX];

	fputs("  sampled   ", t->out);
	if (b->sample_bytes) {
		fprintf(t->out, "one byte in %s\n",
			number_size(size, b->sample_bytes));
		return;
	}
	for (size_t i = 0; i < b->nr_rates; i++) {
		put_probability(t, b->rates[i].probability);
		if (b->rates[i].below == UINT64_MAX) {
			fputs(i ? " above\n" : "\n", t->out);
			return;
		}
		fprintf(t->out, " below %s, ",
			number_size(size, b->rates[i].below));
	}
	fputs(b->nr_rates ? "all above\n" : "every allocation\n", t->out);
}

static void put_seen(const struct target *t, const struct basis *b)
{
	char seen[NUMBER_MAX], bytes[NUMBER_MAX];

	/* Version 1 did not count them. */
	if (!b->seen && b->recorded) {
		fprintf(t->out, "  recorded  %s allocations and %s frees\n",
			number_exact(seen, b->recorded),
			number_exact(bytes, b->frees));
		return;
	}
	fprintf(t->out, "  seen      %s allocations of %s in all\n",
		number_exact(seen, b->seen),
		number_bytes(bytes, (double)b->seen_bytes));
	fprintf(t->out, "  recorded  %s of them, and %s frees\n",
		number_exact(seen, b->recorded), number_exact(bytes, b->frees));
}

void text_run(const struct target *t, const struct basis *b)
{
	put_run(t, b);
	put_children(t, b);
	put_sampling(t, b);
	put_seen(t, b);
	text_losses(t, b);
}

static void put_heap(const struct target *t, const struct page *page,
		     bool merged)
{
	const struct series *s = &page->heap;
	char text[NUMBER_MAX];

	fprintf(t->out, "\n%sHeap over time%s", text_begin(t, TEXT_BOLD),
		text_end(t, TEXT_BOLD));
	if (s->peak.value <= 0) {
		fputs(": nothing was live at any time\n", t->out);
		return;
	}
	if (s->to_ns <= s->from_ns) {
		fprintf(t->out, ": one instant, with %s\n",
			number_estimate(text, s->peak, UNIT_BYTES, t->utf8));
		return;
	}
	if (s->peak_rss)
		fprintf(t->out, " (the process%s had %s in memory at the peak)",
			merged ? "es" : "",
			number_bytes(text, (double)s->peak_rss));
	fputc('\n', t->out);
	text_plot(t, s);
}

/* How fast that was, and how much of it for a moment only. */
static void put_pace(const struct target *t, const struct result *r)
{
	const struct amount *all = &r->page.allocated;
	double seconds =
		(double)(r->page.heap.to_ns - r->page.heap.from_ns) * 1e-9;
	char bytes[NUMBER_MAX], count[NUMBER_MAX];

	if (all->count.value <= 0 || seconds <= 0)
		return;
	fprintf(t->out, "  %s and %s allocations a second\n",
		number_bytes(bytes, all->bytes.value / seconds),
		number_count(count, all->count.value / seconds));
	if (r->page.temporary.value > 0)
		fprintf(t->out,
			"  %s were freed before their thread allocated "
			"again\n",
			number_share(count, r->page.temporary.value,
				     r->page.run_count.value));
}

int text_page(const struct target *t, const struct result *r)
{
	const struct page *page = &r->page;

	text_command(t, &r->basis);
	fputc('\n', t->out);
	text_run(t, &r->basis);
	if (text_foreign(t, &r->basis))
		return 0;
	if (!r->basis.recorded && page->allocated.count.value == 0) {
		fputs("\nNo allocation was recorded.\n", t->out);
		return 0;
	}
	put_heap(t, page, r->basis.nr_processes > 0);
	text_tables(t, page->tables, page->nr_tables, &r->basis);
	put_pace(t, r);
	return 0;
}
