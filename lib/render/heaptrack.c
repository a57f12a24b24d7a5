/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "base.h"
#include "intern.h"

#include "about.h"
#include "changes.h"
#include "frame.h"
#include "heaptrack.h"
#include "holdings.h"
#include "name.h"

/*
 * Lines of numbers in hexadecimal.  What a line refers to is in the file before
 * it, so each string, address, stack and size is written when it is first
 * needed.  They count from 1, but sizes from 0; and as the reader takes frees
 * of size 0 for those of blocks that were just allocated, that one is not used.
 */

#define PAGE 4096u

/* A file of some 150 MB. */
#define EVENTS_MAX 20000000u

struct heaptrack {
	FILE *out;
	const struct history *h;
	const char *other; /* name of HISTORY_OTHER */
	struct arena arena;
	uint64_t *addresses;   /* of frames */
	struct intern strings; /* numbers are one less than in the file */
	struct intern ips;     /* frames, or a name; as well */
	struct intern nodes;   /* struct node; as well */
	struct intern sizes;   /* struct size; as well, for the unused one */
	uint32_t *node_of;     /* each trace; 0: not written yet */
	uint64_t ms, rss;      /* that were written last */
	int err;
};

struct node {
	uint32_t ip, parent;
};

struct size {
	uint64_t bytes;
	uint32_t node, unused;
};

/* True if @key is new; its number, from 1. */
static bool add(struct heaptrack *p, struct intern *in, const void *key,
		size_t n, uint32_t *number)
{
	uint32_t nr = in->nr;

	*number = 0;
	if (intern_add(in, key, n, number))
		p->err = -ENOMEM;
	return (*number)++ == nr && !p->err;
}

static uint32_t put_string(struct heaptrack *p, const char *s)
{
	uint32_t number;
	size_t n;

	if (!s)
		return 0;
	n = strlen(s);
	if (add(p, &p->strings, s, n, &number))
		fprintf(p->out, "s %zx %s\n", n, s);
	return number;
}

static uint32_t put_text(struct heaptrack *p, const char *s)
{
	char text[NAME_BYTES];

	if (!s)
		return 0;
	name_text(text, s, NAME_BYTES, true);
	return put_string(p, text);
}

/* The numbers of what a frame is, after those of the frames inlined into it. */
static void put_places(struct heaptrack *p, const uint32_t *frames, uint32_t n)
{
	const struct place *last = &p->h->frames[frames[n - 1]].place;
	uint32_t module = put_text(p, last->module);
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	for (uint32_t i = 0; i < n && out; i++) {
		const struct place *place = &p->h->frames[frames[i]].place;
		char name[NAME_BYTES];

		if (!place->function && place->module)
			continue; /* the address says it */
		name_place(name, place, NAME_BYTES, true);
		fprintf(out, " %x", put_string(p, name));
		fprintf(out, " %x %x", put_text(p, place->file), place->line);
	}
	if (!out || fclose(out))
		p->err = -ENOMEM;
	else
		fprintf(p->out, "i %" PRIx64 " %x%s\n",
			p->addresses[frames[n - 1]], module, line);
	free(line);
}

static uint32_t put_ip(struct heaptrack *p, const uint32_t *frames, uint32_t n)
{
	uint32_t number;

	if (add(p, &p->ips, frames, n * sizeof(*frames), &number))
		put_places(p, frames, n);
	return number;
}

/* In place of a stack. */
static uint32_t put_name(struct heaptrack *p, const char *name)
{
	uint32_t string = put_string(p, name), number;

	if (add(p, &p->ips, name, strlen(name), &number))
		fprintf(p->out, "i 0 0 %x 0 0\n", string);
	return number;
}

static uint32_t put_node(struct heaptrack *p, uint32_t ip, uint32_t parent)
{
	struct node node = {ip, parent};
	uint32_t number;

	if (add(p, &p->nodes, &node, sizeof(node), &number))
		fprintf(p->out, "t %x %x\n", ip, parent);
	return number;
}

/* From the outermost frame inward. */
static uint32_t put_trace(struct heaptrack *p, uint32_t trace)
{
	const struct history_trace *t = &p->h->traces[trace];
	uint32_t node = 0, end = t->nr_frames;

	if (p->node_of[trace])
		return p->node_of[trace];
	while (end) {
		uint32_t first = end - 1;

		while (first &&
		       p->h->frames[t->frames[first - 1]].place.inlined)
			first--;
		node = put_node(p, put_ip(p, &t->frames[first], end - first),
				node);
		end = first;
	}
	if (!t->nr_frames)
		node = put_node(p,
				put_name(p, trace == HISTORY_OTHER
						    ? p->other
						    : "(stack unknown)"),
				0);
	return p->node_of[trace] = node;
}

static uint32_t put_size(struct heaptrack *p, const struct change *c)
{
	struct size size = {.bytes = holdings_round(c->bytes),
			    .node = put_trace(p, c->trace)};
	uint32_t number;

	if (!p->sizes.nr)
		fputs("a 0 1\n", p->out);
	if (add(p, &p->sizes, &size, sizeof(size), &number))
		fprintf(p->out, "a %" PRIx64 " %x\n", size.bytes, size.node);
	return number;
}

static void put_time(struct heaptrack *p, const struct changes *c,
		     uint64_t time_ns)
{
	uint64_t ms = time_ns / 1000000;
	uint64_t rss = p->h->instants[c->instant].rss / PAGE;

	if (ms != p->ms)
		fprintf(p->out, "c %" PRIx64 "\n", ms);
	if (rss != p->rss)
		fprintf(p->out, "R %" PRIx64 "\n", rss);
	p->ms = ms;
	p->rss = rss;
}

static int put_changes(struct heaptrack *p, struct changes *c)
{
	const struct history *h = p->h;
	struct change change;
	int more = 0;

	while (!p->err && (more = changes_next(c, &change)) > 0) {
		uint32_t size = put_size(p, &change);

		put_time(p, c, change.time_ns);
		fprintf(p->out, "%c %x\n", change.free ? '-' : '+', size);
	}
	if (p->err || more < 0)
		return p->err ? p->err : more;
	if (h->nr_instants) {
		c->instant = h->nr_instants - 1;
		put_time(p, c, h->instants[c->instant].time_ns);
	}
	return 0;
}

/* What heaptrack_print shows is the command; the rest are comments. */
static int put_header(struct heaptrack *p, const struct changes *c,
		      const struct result *r)
{
	bool sampled = r->basis.sample_bytes > 1 || r->basis.nr_rates;
	char *command = about_command(r);
	const char *text, *line;
	struct about about;
	size_t n;

	about_begin(&about, r);
	about_hidden(&about, p->h);
	changes_about(c, &about);
	if (c->exact && sampled)
		about_line(&about, "sizes     what the recorded blocks stand "
				   "for: bytes are right, counts are of those "
				   "that were recorded");
	text = about_end(&about);
	if (text && command) {
		fprintf(p->out, "v 10400 3\nX %s%s\n", command,
			!c->exact ? " [from snapshots: counts are not right]"
			: sampled ? " [sampled: counts are of recorded ones]"
				  : "");
		while ((n = about_next(&text, &line)))
			fprintf(p->out, "# %.*s\n", (int)n, line);
		fprintf(p->out, "I %x 0\n", PAGE);
	} else {
		p->err = -ENOMEM;
	}
	about_fini(&about);
	free(command);
	return p->err;
}

static int init(struct heaptrack *p, const struct result *r)
{
	p->h = r->history;
	p->addresses = frame_addresses(p->h, &p->arena);
	p->node_of =
		arena_alloc(&p->arena, p->h->nr_traces, sizeof(*p->node_of));
	p->other = arena_printf(&p->arena, "(small ones, by --precision %g)",
				r->basis.precision);
	return p->addresses && p->node_of && p->other ? 0 : -ENOMEM;
}

int heaptrack_history(const struct target *t, const struct result *r)
{
	struct heaptrack p = {.out = t->out};
	struct changes c;
	int err = init(&p, r);

	if (!err)
		err = changes_open(&c, r->history, EVENTS_MAX);
	if (!err)
		err = put_header(&p, &c, r);
	if (!err)
		err = put_changes(&p, &c);
	intern_fini(&p.strings);
	intern_fini(&p.ips);
	intern_fini(&p.nodes);
	intern_fini(&p.sizes);
	arena_fini(&p.arena);
	return err;
}
