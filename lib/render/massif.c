/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "base.h"

#include "about.h"
#include "frame.h"
#include "holdings.h"
#include "massif.h"

/*
 * The traces are sorted once by their frames, innermost first, so that those
 * which share a part of the tree stand side by side.  A snapshot is then the
 * ones that were live, in that order, and a node a range of them.
 */

/* As massif has it: what is below is folded, of each snapshot. */
#define THRESHOLD 0.01

/* ms_print calls itself for each level, and perl warns of a hundred. */
#define DEPTH_MAX 64u

struct live {
	uint32_t rank; /* of the trace, in the order */
	double bytes;
};

/* Children of a node that is being written: ranges of the live ones. */
struct group {
	size_t from, to;
	double bytes;
};

struct massif {
	FILE *out;
	const struct history *h;
	struct arena arena;
	char **labels;
	uint32_t *order; /* traces */
	uint32_t *rank;	 /* of each trace in that */
	double *bytes;	 /* live ones, by rank */
	uint64_t *ranks; /* bits: those that have any */
	struct live *live;
	size_t nr_live;
	double least;	      /* bytes of a node that is shown */
	double folded;	      /* by the digest's precision */
	double unknown;	      /* of no known stack */
	struct group *groups; /* of all nodes on the way */
	size_t nr_groups;
};

/* The stack of a trace without the wrappers, which massif never shows. */
static uint32_t stack_of(const struct history_trace *t, const uint32_t **frames)
{
	*frames = t->frames + t->site;
	return t->nr_frames - t->site;
}

static int compare_stacks(const void *x, const void *y, void *arg)
{
	const struct history *h = arg;
	uint32_t i = *(const uint32_t *)x, k = *(const uint32_t *)y;
	const uint32_t *a, *b;
	uint32_t na = stack_of(&h->traces[i], &a);
	uint32_t nb = stack_of(&h->traces[k], &b);

	for (uint32_t f = 0; f < MIN(na, nb); f++)
		if (a[f] != b[f])
			return a[f] < b[f] ? -1 : 1;
	if (na != nb)
		return na < nb ? -1 : 1;
	return i < k ? -1 : i > k;
}

/* The heaviest first. */
static int compare_groups(const void *x, const void *y)
{
	const struct group *a = x, *b = y;

	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? 1 : -1;
	return a->from < b->from ? -1 : a->from > b->from;
}

static const struct history_trace *trace_of(const struct massif *m, size_t i)
{
	return &m->h->traces[m->order[m->live[i].rank]];
}

/* Those that are shown to the front, in order; how many. */
static size_t sort_groups(const struct massif *m, struct group *groups,
			  size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct group g = groups[i];

		if (g.bytes < m->least)
			continue;
		groups[i] = groups[kept];
		groups[kept++] = g;
	}
	qsort(groups, kept, sizeof(*groups), compare_groups);
	return kept;
}

/* The children of a node: by the frame at @depth; how many. */
static size_t find_groups(struct massif *m, size_t from, size_t to,
			  uint32_t depth)
{
	struct group *first = &m->groups[m->nr_groups];
	struct group *g = first - 1;
	uint32_t frame = 0;

	for (size_t i = from; i < to; i++) {
		const uint32_t *frames;

		if (stack_of(trace_of(m, i), &frames) <= depth)
			continue;
		if (g < first || frames[depth] != frame)
			*++g = (struct group){.from = i};
		frame = frames[depth];
		g->to = i + 1;
		g->bytes += m->live[i].bytes;
	}
	return (size_t)(g + 1 - first);
}

static void put_node(struct massif *m, uint32_t depth, size_t children,
		     double bytes, const char *label)
{
	fprintf(m->out, "%*sn%zu: %llu %s\n", (int)depth, "", children,
		(unsigned long long)holdings_round(bytes), label);
}

static void put_below(struct massif *m, uint32_t depth, size_t places,
		      double bytes)
{
	char label[128];

	snprintf(label, sizeof(label),
		 "in %zu place%s, %s below massif's threshold (%.2f%%)", places,
		 places == 1 ? "" : "s", places == 1 ? "" : "all",
		 100 * THRESHOLD);
	put_node(m, depth, 0, bytes, label);
}

/* What is of no stack, beside the innermost frames. */
static void put_rest(struct massif *m)
{
	if (m->unknown > 0)
		put_node(m, 1, 0, m->unknown, "(stack unknown)");
	if (m->folded > 0)
		put_node(m, 1, 0, m->folded, "(small ones, by --precision)");
}

/* Nodes of the live ones from @from to @to, whose frame at @depth they are. */
static void put_tree(struct massif *m, size_t from, size_t to, uint32_t depth,
		     double bytes, const char *label)
{
	size_t base = m->nr_groups, kept, n = 0;
	size_t rest = depth ? 0 : (m->unknown > 0) + (m->folded > 0);
	double below = 0;

	if (depth < DEPTH_MAX)
		n = find_groups(m, from, to, depth);
	kept = sort_groups(m, m->groups + base, n);
	for (size_t i = kept; i < n; i++)
		below += m->groups[base + i].bytes;
	put_node(m, depth, kept + (n > kept) + rest, bytes, label);
	m->nr_groups += kept;
	for (size_t i = 0; i < kept; i++) {
		struct group g = m->groups[base + i];
		const uint32_t *frames;

		stack_of(trace_of(m, g.from), &frames);
		put_tree(m, g.from, g.to, depth + 1, g.bytes,
			 m->labels[frames[depth]]);
	}
	m->nr_groups = base;
	if (n > kept)
		put_below(m, depth + 1, n - kept, below);
	if (rest)
		put_rest(m);
}

static void add_live(struct massif *m, uint32_t rank, double bytes)
{
	m->bytes[rank] = bytes;
	m->ranks[rank / 64] |= (uint64_t)1 << rank % 64;
}

/* Those that were added, in order. */
static void list_live(struct massif *m)
{
	m->nr_live = 0;
	for (uint32_t i = 0; i < m->h->nr_traces; i += 64) {
		for (uint64_t left = m->ranks[i / 64]; left; left &= left - 1) {
			uint32_t rank = i + (uint32_t)__builtin_ctzll(left);

			m->live[m->nr_live++] =
				(struct live){rank, m->bytes[rank]};
		}
		m->ranks[i / 64] = 0;
	}
}

/* What is live at an instant, in order of stacks; all bytes of it. */
static double take_live(struct massif *m, const struct history_usage *usage,
			size_t n)
{
	double total = 0;

	m->folded = m->unknown = 0;
	for (size_t i = 0; i < n; i++) {
		const struct history_trace *t = &m->h->traces[usage[i].trace];
		double bytes = usage[i].live.bytes;

		if (t->hidden || bytes <= 0)
			continue;
		total += bytes;
		if (usage[i].trace == HISTORY_OTHER)
			m->folded = bytes;
		else if (!t->nr_frames)
			m->unknown += bytes;
		else
			add_live(m, m->rank[usage[i].trace], bytes);
	}
	list_live(m);
	return total;
}

static void put_snapshot(struct massif *m, size_t i, double total)
{
	static const char root[] = "(heap allocation functions) "
				   "malloc/new/new[], --alloc-fns, etc.";

	fprintf(m->out,
		"#-----------\nsnapshot=%zu\n#-----------\ntime=%llu\n"
		"mem_heap_B=%llu\nmem_heap_extra_B=0\nmem_stacks_B=0\n"
		"heap_tree=%s\n",
		i, (unsigned long long)(m->h->instants[i].time_ns / 1000000),
		(unsigned long long)holdings_round(total),
		i == m->h->peak ? "peak" : "detailed");
	m->least = MAX(total * THRESHOLD, 1e-300);
	put_tree(m, 0, m->nr_live, 0, total, root);
}

static int put_snapshots(struct massif *m, struct history *h)
{
	const struct history_usage *usage;
	size_t n;
	int err;

	for (size_t i = 0; (err = h->next(h, &usage, &n)) > 0; i++)
		put_snapshot(m, i, take_live(m, usage, n));
	return err;
}

/* ms_print takes what follows a # for a comment. */
static void put_plain(FILE *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fputc(s[i] == '#' ? '$' : s[i], out);
}

static void put_header(struct massif *m, const char *about, const char *command)
{
	const char *line, *separator = "";
	size_t n;

	fputs("desc: ", m->out);
	while ((n = about_next(&about, &line))) {
		fputs(separator, m->out);
		put_plain(m->out, line, n);
		separator = "; ";
	}
	fputs("\ncmd: ", m->out);
	put_plain(m->out, command, strlen(command));
	fputs("\ntime_unit: ms\n", m->out);
}

static int put_file(struct massif *m, const struct result *r)
{
	char *command = about_command(r);
	struct about about;
	const char *text;
	int err = -ENOMEM;

	about_begin(&about, r);
	about_line(&about, "live      bytes as they were asked for");
	about_hidden(&about, m->h);
	text = about_end(&about);
	if (text && command) {
		put_header(m, text, command);
		err = put_snapshots(m, r->history);
	}
	about_fini(&about);
	free(command);
	return err;
}

/* The order of all stacks, and room for what is live of them. */
static int init(struct massif *m, const struct history *h)
{
	size_t n = h->nr_traces;

	m->h = h;
	m->order = arena_alloc(&m->arena, n, sizeof(*m->order));
	m->rank = arena_alloc(&m->arena, n, sizeof(*m->rank));
	m->bytes = arena_alloc(&m->arena, n, sizeof(*m->bytes));
	m->ranks = arena_alloc(&m->arena, n / 64 + 1, sizeof(*m->ranks));
	m->live = arena_alloc(&m->arena, n, sizeof(*m->live));
	/* Kept ones have a hundredth of all each, on each level. */
	m->groups =
		arena_alloc(&m->arena, n + DEPTH_MAX * 128, sizeof(*m->groups));
	m->labels = frame_labels(h, &m->arena);
	if (!m->order || !m->rank || !m->bytes || !m->ranks || !m->live ||
	    !m->groups || !m->labels)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		m->order[i] = i;
	qsort_r(m->order, n, sizeof(*m->order), compare_stacks,
		(void *)(uintptr_t)h);
	for (uint32_t i = 0; i < n; i++)
		m->rank[m->order[i]] = i;
	for (size_t i = 0; i < h->nr_frames; i++)
		for (char *s = m->labels[i]; (s = strchr(s, '#'));)
			*s = '$';
	return 0;
}

int massif_history(const struct target *t, const struct result *r)
{
	struct massif m = {.out = t->out};
	int err = init(&m, r->history);

	if (!err)
		err = put_file(&m, r);
	arena_fini(&m.arena);
	return err;
}
