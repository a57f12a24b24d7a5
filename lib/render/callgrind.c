/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "base.h"
#include "intern.h"
#include "list.h"

#include "about.h"
#include "callgrind.h"
#include "holdings.h"
#include "name.h"

/*
 * A cost is what a line itself did, or a call from one line to a function.  A
 * function that is on a stack a second time is another one there, as callgrind
 * has it, "f'2": so each call counts once per stack, and what a function has
 * with all that it calls is no more than there is.
 */

enum cost_event {
	EVENT_LIVE,
	EVENT_BLOCKS,
	EVENT_BYTES,
	EVENT_CALLS,
	EVENT_MAX
};

static const char *const events[EVENT_MAX][2] = {
	{"inuseB", "Bytes in use"},
	{"inuse", "Blocks in use"},
	{"allocB", "Bytes allocated"},
	{"allocs", "Allocations"},
};

/* Those that are no frames. */
enum {
	FRAME_ROOT = UINT32_MAX - 2,
	FRAME_UNKNOWN,
	FRAME_OTHER,
};

struct function {
	uint32_t frame; /* the first one that is in it */
	uint32_t level; /* 1: the first time on the stack */
};

#define NO_CALLEE UINT32_MAX

struct cost_key {
	uint32_t function, line;
	uint32_t callee; /* function; or NO_CALLEE: its own cost */
};

struct cost {
	struct cost_key key;
	double of[EVENT_MAX];
};

struct callgrind {
	FILE *out;
	const struct history *h;
	const char *other; /* name of FRAME_OTHER */
	struct arena arena;
	struct holdings holdings;
	struct intern functions; /* struct function */
	struct intern keys;	 /* struct cost_key, numbered as costs are */
	struct cost *costs;
	size_t room;
	uint32_t *first; /* each frame: the first one in its function */
	uint32_t *seen;	 /* each of these: how often it is on the stack */
	struct intern objects, files, written; /* names that were */
	int err;
};

static uint32_t number_of(struct callgrind *c, struct intern *in,
			  const void *key, size_t n)
{
	uint32_t number = 0;

	if (intern_add(in, key, n, &number))
		c->err = -ENOMEM;
	return number;
}

/* Functions are the same where their names, modules and files are. */
static int find_functions(struct callgrind *c)
{
	const struct history *h = c->h;
	struct intern known = {0};

	c->first = arena_alloc(&c->arena, h->nr_frames, sizeof(*c->first));
	c->seen = arena_alloc(&c->arena, h->nr_frames, sizeof(*c->seen));
	if (!c->first || !c->seen)
		return -ENOMEM;
	for (uint32_t i = 0; i < h->nr_frames; i++) {
		const struct history_frame *f = &h->frames[i];
		struct {
			uint64_t group;
			const char *file;
		} key = {f->group[HISTORY_FUNCTION], f->place.file};
		uint32_t nr = known.nr;
		uint32_t number = number_of(c, &known, &key, sizeof(key));

		if (number == nr)
			c->seen[number] = i;
		c->first[i] = c->seen[number];
	}
	memset(c->seen, 0, h->nr_frames * sizeof(*c->seen));
	intern_fini(&known);
	return c->err;
}

static uint32_t function_of(struct callgrind *c, uint32_t frame, uint32_t level)
{
	const struct function f = {frame, level};

	return number_of(c, &c->functions, &f, sizeof(f));
}

static void add_cost(struct callgrind *c, struct cost_key key, const double *of)
{
	uint32_t number, known = c->keys.nr;
	struct cost *p = list_grow(c->costs, known, &c->room, sizeof(*p));

	if (!p) {
		c->err = -ENOMEM;
		return;
	}
	c->costs = p;
	number = number_of(c, &c->keys, &key, sizeof(key));
	if (number == known)
		p[number] = (struct cost){.key = key};
	for (size_t i = 0; i < EVENT_MAX; i++)
		p[number].of[i] += of[i];
}

/* From the outermost frame inward, up to the one that the trace counts for. */
static void add_stack(struct callgrind *c, const struct history_trace *t,
		      const double *of)
{
	struct cost_key key = {.function = function_of(c, FRAME_ROOT, 1)};

	for (uint32_t i = t->nr_frames; i-- > t->site;) {
		uint32_t frame = c->first[t->frames[i]];
		uint32_t function = function_of(c, frame, ++c->seen[frame]);

		key.callee = function;
		add_cost(c, key, of);
		key = (struct cost_key){function,
					c->h->frames[t->frames[i]].place.line,
					NO_CALLEE};
	}
	add_cost(c, key, of);
	for (uint32_t i = t->site; i < t->nr_frames; i++)
		c->seen[c->first[t->frames[i]]] = 0;
}

static void add_traces(struct callgrind *c)
{
	for (uint32_t i = 0; i < c->h->nr_traces && !c->err; i++) {
		const struct history_trace *t = &c->h->traces[i];
		const struct sum *live = &c->holdings.live[i];
		const struct sum *allocated = &c->holdings.allocated[i];
		const double of[EVENT_MAX] = {live->bytes, live->count,
					      allocated->bytes,
					      allocated->count};
		struct cost_key key = {.callee = NO_CALLEE};

		if (t->hidden || (live->count <= 0 && allocated->count <= 0))
			continue;
		if (t->nr_frames) {
			add_stack(c, t, of);
			continue;
		}
		key.function = function_of(
			c, i == HISTORY_OTHER ? FRAME_OTHER : FRAME_UNKNOWN, 1);
		add_cost(c, key, of);
	}
}

/* Own costs of a function before its calls. */
static int compare_costs(const void *x, const void *y)
{
	const struct cost_key *a = &((const struct cost *)x)->key;
	const struct cost_key *b = &((const struct cost *)y)->key;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	if ((a->callee == NO_CALLEE) != (b->callee == NO_CALLEE))
		return a->callee == NO_CALLEE ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->callee < b->callee ? -1 : a->callee > b->callee;
}

/* "fl=(3) parse.c" the first time, "fl=(3)" after that. */
static void put_name(struct callgrind *c, const char *key, struct intern *in,
		     const char *name)
{
	char shown[NAME_BYTES];
	uint32_t nr = in->nr;
	uint32_t number = number_of(c, in, name, strlen(name));

	name_text(shown, name, NAME_BYTES, true);
	fprintf(c->out, "%s=(%u)%s%s\n", key, number + 1,
		number == nr ? " " : "", number == nr ? shown : "");
}

static struct function get_function(const struct callgrind *c, uint32_t number)
{
	struct function f;
	size_t n;

	memcpy(&f, intern_get(&c->functions, number, &n), sizeof(f));
	return f;
}

/*
 * Of what is no frame.  All stacks begin in a function of their own: without,
 * a function would not count where it is the outermost one that is known.
 */
static const char *name_of(const struct callgrind *c, uint32_t frame)
{
	switch (frame) {
	case FRAME_ROOT:
		return "(below main)";
	case FRAME_OTHER:
		return c->other;
	default:
		return "(stack unknown)";
	}
}

static void put_function(struct callgrind *c, const char *const *keys,
			 uint32_t number)
{
	struct function f = get_function(c, number);
	struct place place = {.function = name_of(c, f.frame)};
	char name[NAME_BYTES];
	uint32_t nr = c->written.nr, id;

	if (f.frame < c->h->nr_frames)
		place = c->h->frames[f.frame].place;
	id = number_of(c, &c->written, &number, sizeof(number));
	put_name(c, keys[0], &c->objects, place.module ? place.module : "???");
	put_name(c, keys[1], &c->files, place.file ? place.file : "???");
	fprintf(c->out, "%s=(%u)", keys[2], id + 1);
	if (id == nr) {
		name_place(name, &place, NAME_BYTES, true);
		fprintf(c->out, " %s", name);
		if (f.level > 1)
			fprintf(c->out, "'%u", f.level);
	}
	fputc('\n', c->out);
}

static void put_values(struct callgrind *c, const double *of)
{
	for (size_t i = 0; i < EVENT_MAX; i++)
		fprintf(c->out, " %llu",
			(unsigned long long)holdings_round(of[i]));
	fputc('\n', c->out);
}

static void put_costs(struct callgrind *c)
{
	static const char *const self[] = {"ob", "fl", "fn"};
	static const char *const callee[] = {"cob", "cfi", "cfn"};
	uint32_t last = NO_CALLEE;

	if (c->keys.nr)
		qsort(c->costs, c->keys.nr, sizeof(*c->costs), compare_costs);
	for (uint32_t i = 0; i < c->keys.nr; i++) {
		const struct cost *cost = &c->costs[i];

		if (cost->key.function != last) {
			fputc('\n', c->out);
			put_function(c, self, cost->key.function);
		}
		last = cost->key.function;
		if (cost->key.callee != NO_CALLEE) {
			put_function(c, callee, cost->key.callee);
			fprintf(c->out, "calls=%llu 0\n",
				(unsigned long long)MAX(
					holdings_round(cost->of[EVENT_CALLS]),
					1u));
		}
		fprintf(c->out, "%u", cost->key.line);
		put_values(c, cost->of);
	}
}

/* What the rows come to, each rounded once. */
static void put_totals(struct callgrind *c, const char *key)
{
	double totals[EVENT_MAX] = {0};

	for (uint32_t i = 0; i < c->keys.nr; i++)
		for (size_t k = 0; k < EVENT_MAX; k++)
			if (c->costs[i].key.callee == NO_CALLEE)
				totals[k] += (double)holdings_round(
					c->costs[i].of[k]);
	fprintf(c->out, "%s:", key);
	put_values(c, totals);
}

static void put_header(struct callgrind *c, const struct result *r,
		       const char *about, const char *command)
{
	const char *line;
	size_t n;

	fprintf(c->out,
		"# callgrind format\nversion: 1\ncreator: heapprof-%s\n"
		"pid: %u\ncmd: %s\npart: 1\n",
		PACKAGE_VERSION, r->basis.pid, command);
	while ((n = about_next(&about, &line)))
		fprintf(c->out, "desc: %.*s\n", (int)n, line);
	fputs("positions: line\n", c->out);
	for (size_t i = 0; i < EVENT_MAX; i++)
		fprintf(c->out, "event: %s : %s\n", events[i][0], events[i][1]);
	fputs("events:", c->out);
	for (size_t i = 0; i < EVENT_MAX; i++)
		fprintf(c->out, " %s", events[i][0]);
	fputc('\n', c->out);
}

static int put_file(struct callgrind *c, const struct result *r)
{
	char *command = about_command(r);
	struct about about;
	const char *text;

	about_begin(&about, r);
	about_live(&about, c->h);
	about_allocated(&about, c->h);
	about_hidden(&about, c->h);
	text = about_end(&about);
	if (text && command) {
		put_header(c, r, text, command);
		put_totals(c, "summary");
		put_costs(c);
		fputc('\n', c->out);
		put_totals(c, "totals");
	} else {
		c->err = -ENOMEM;
	}
	about_fini(&about);
	free(command);
	return c->err;
}

static void fini(struct callgrind *c)
{
	intern_fini(&c->functions);
	intern_fini(&c->keys);
	intern_fini(&c->objects);
	intern_fini(&c->files);
	intern_fini(&c->written);
	free(c->costs);
	arena_fini(&c->arena);
}

int callgrind_history(const struct target *t, const struct result *r)
{
	struct callgrind c = {.out = t->out, .h = r->history};
	int err = find_functions(&c);

	c.other = arena_printf(&c.arena, "(small ones, by --precision %g)",
			       r->basis.precision);
	if (!err)
		err = c.other ? holdings_add_up(r->history, &c.arena,
						&c.holdings)
			      : -ENOMEM;
	if (!err) {
		add_traces(&c);
		err = c.err ? c.err : put_file(&c, r);
	}
	fini(&c);
	return err;
}
