/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "arena.h"
#include "base.h"

#include "about.h"
#include "holdings.h"
#include "name.h"
#include "openmetrics.h"

/*
 * Families of samples, each with all its times.  Those of one family have to
 * differ, and Prometheus counts milliseconds: of instants in the same one, the
 * peak counts, or the last.
 */

#define MILLISECOND 1000000u

/* Sums over the traces that are not hidden. */
struct instant {
	uint64_t ms; /* since 1970 */
	uint64_t rss;
	struct sum live, allocated, freed;
	double error; /* of live bytes */
	bool peak;
};

struct metrics {
	FILE *out;
	const struct history *h;
	struct instant *instants;
	size_t nr;
	bool all; /* nothing is hidden */
	char *labels;
};

typedef double value_fn(const struct instant *i);

static double live_bytes(const struct instant *i)
{
	return (double)holdings_round(i->live.bytes);
}

static double live_blocks(const struct instant *i)
{
	return (double)holdings_round(i->live.count);
}

static double live_error(const struct instant *i)
{
	return (double)holdings_round(i->error);
}

static double allocated_bytes(const struct instant *i)
{
	return (double)holdings_round(i->allocated.bytes);
}

static double allocations(const struct instant *i)
{
	return (double)holdings_round(i->allocated.count);
}

static double freed_bytes(const struct instant *i)
{
	return (double)holdings_round(i->freed.bytes);
}

static double frees(const struct instant *i)
{
	return (double)holdings_round(i->freed.count);
}

static double resident_bytes(const struct instant *i)
{
	return (double)i->rss;
}

static const struct family {
	const char *name, *type, *unit, *help;
	value_fn *value;
} families[] = {
	{"heapprof_live_bytes", "gauge", "bytes",
	 "Bytes that were allocated and not yet freed.", live_bytes},
	{"heapprof_live_blocks", "gauge", "blocks",
	 "Blocks that were allocated and not yet freed.", live_blocks},
	{"heapprof_live_error_bytes", "gauge", "bytes",
	 "Half the 95% interval of heapprof_live_bytes, an estimate.",
	 live_error},
	{"heapprof_allocated_bytes", "counter", "bytes", "Bytes allocated.",
	 allocated_bytes},
	{"heapprof_allocations", "counter", "", "Allocations.", allocations},
	{"heapprof_freed_bytes", "counter", "bytes", "Bytes freed.",
	 freed_bytes},
	{"heapprof_frees", "counter", "", "Frees.", frees},
	{"heapprof_resident_bytes", "gauge", "bytes",
	 "Resident set size of the process.", resident_bytes},
};

/* As a label's value, in quotes. */
static void put_quoted(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++)
		if (*s == '\n')
			fputs("\\n", out);
		else if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else
			fputc(*s, out);
	fputc('"', out);
}

static void put_time(const struct metrics *m, const struct instant *i)
{
	fprintf(m->out, " %llu.%03llu\n", (unsigned long long)(i->ms / 1000),
		(unsigned long long)(i->ms % 1000));
}

static void put_head(const struct metrics *m, const char *name,
		     const char *type, const char *unit, const char *help)
{
	fprintf(m->out, "# TYPE %s %s\n", name, type);
	if (*unit)
		fprintf(m->out, "# UNIT %s %s\n", name, unit);
	fprintf(m->out, "# HELP %s %s\n", name, help);
}

static void put_family(const struct metrics *m, const struct family *f)
{
	bool counter = f->type[0] == 'c';

	put_head(m, f->name, f->type, f->unit, f->help);
	for (size_t i = 0; i < m->nr; i++) {
		fprintf(m->out, "%s%s{%s} %.0f", f->name,
			counter ? "_total" : "", m->labels,
			f->value(&m->instants[i]));
		put_time(m, &m->instants[i]);
	}
}

/* Is there anything but zeros that mean nothing? */
static bool has_family(const struct metrics *m, const struct family *f)
{
	if (f->value == live_error && !m->all)
		return false;
	if (f->value != live_error && f->value != resident_bytes)
		return true;
	for (size_t i = 0; i < m->nr; i++)
		if (f->value(&m->instants[i]) > 0)
			return true;
	return false;
}

/* What ran and what the figures rest on, as labels of one sample. */
static void put_info(const struct metrics *m, const char *command,
		     const char *about)
{
	put_head(m, "heapprof_profile", "info", "",
		 "What ran, how it was sampled and what was lost.");
	fprintf(m->out, "heapprof_profile_info{%s,command=", m->labels);
	put_quoted(m->out, command);
	fputs(",about=", m->out);
	put_quoted(m->out, about);
	fputs("} 1", m->out);
	put_time(m, &m->instants[0]);
}

static void add(struct sum *to, const struct sum *s)
{
	to->bytes += s->bytes;
	to->count += s->count;
}

/* The next instant, after @before. */
static struct instant take_instant(const struct metrics *m,
				   const struct instant *before,
				   const struct history_usage *usage, size_t n)
{
	struct instant out = {0};

	if (before) {
		out.allocated = before->allocated;
		out.freed = before->freed;
	}
	for (size_t i = 0; i < n; i++) {
		if (m->h->traces[usage[i].trace].hidden)
			continue;
		add(&out.live, &usage[i].live);
		add(&out.allocated, &usage[i].allocated);
		add(&out.freed, &usage[i].freed);
	}
	return out;
}

static struct instant copy_instant(const struct history_instant *in)
{
	return (struct instant){
		.live = in->live,
		.allocated = in->allocated,
		.freed = in->freed,
	};
}

/* The sums of the whole run are known without its snapshots. */
static int pull(struct metrics *m, struct history *h, uint64_t start_ns)
{
	bool known = m->all && !h->ranged;
	const struct history_usage *usage;
	struct instant last = {0};
	size_t n;

	for (size_t i = 0; i < h->nr_instants; i++) {
		const struct history_instant *in = &h->instants[i];
		int err = known ? 1 : h->next(h, &usage, &n);
		struct instant next;

		if (err <= 0)
			return err;
		next = known ? copy_instant(in)
			     : take_instant(m, i ? &last : NULL, usage, n);
		next.ms = (start_ns + in->time_ns) / MILLISECOND;
		next.rss = in->rss;
		next.error = in->bytes.error;
		next.peak = i == h->peak;
		last = next;
		if (!m->nr || m->instants[m->nr - 1].ms != next.ms)
			m->instants[m->nr++] = next;
		else if (!m->instants[m->nr - 1].peak)
			m->instants[m->nr - 1] = next;
	}
	return 0;
}

static char *make_labels(struct arena *a, const struct basis *b)
{
	char program[NAME_BYTES], host[NAME_BYTES], *text = NULL, *out = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	name_text(program, b->program ? b->program : "", NAME_BYTES, true);
	name_text(host, b->host ? b->host : "", NAME_BYTES, true);
	fputs("program=", f);
	put_quoted(f, program);
	fprintf(f, ",pid=\"%u\",host=", b->pid);
	put_quoted(f, host);
	if (!fclose(f))
		out = arena_printf(a, "%s", text);
	free(text);
	return out;
}

static int put_file(struct metrics *m, const struct result *r)
{
	char *command = about_command(r);
	struct about about;
	const char *text;

	about_begin(&about, r);
	about_hidden(&about, m->h);
	text = about_end(&about);
	if (text && command && m->nr)
		put_info(m, command, text);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (has_family(m, &families[i]))
			put_family(m, &families[i]);
	fputs("# EOF\n", m->out);
	about_fini(&about);
	free(command);
	return text && command ? 0 : -ENOMEM;
}

int openmetrics_history(const struct target *t, const struct result *r)
{
	struct history *h = r->history;
	struct metrics m = {.out = t->out, .h = h, .all = true};
	struct arena arena = {0};
	int err = 0;

	for (size_t i = 0; i < h->nr_traces; i++)
		m.all &= !h->traces[i].hidden;
	m.labels = make_labels(&arena, &r->basis);
	m.instants = arena_alloc(&arena, h->nr_instants, sizeof(*m.instants));
	if (!m.labels || !m.instants)
		err = -ENOMEM;
	if (!err)
		err = pull(&m, h, r->basis.start_realtime_ns);
	if (!err)
		err = put_file(&m, r);
	arena_fini(&arena);
	return err;
}
