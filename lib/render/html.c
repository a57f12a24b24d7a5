/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "format/varint.h"
#include "query/history.h"

#include "gzip.h"
#include "html.h"
#include "html_choice.h"
#include "html_page.h"
#include "html_split.h"
#include "html_stacks.h"
#include "html_threads.h"
#include "html_tracks.h"
#include "json.h"
#include "json_value.h"

/*
 * The data of a page are gzip files in base64: JSON about the run and its
 * snapshots; the traces, the heaviest first, each with its stack, what it did
 * over the run, and its changes; and if known, the changes in each thread. When
 * the page becomes too large, the traces that are left stay away; they are what
 * remains of the sums of the snapshots.
 */

#define LEVEL 5		       /* of compression */
#define MOST_PACKED 3300000u   /* bytes of packed traces */
#define MOST_CHANGES 1200000ul /* that a browser reads at once */
#define MOST_SPLIT 400000u     /* bytes of packed traces by thread */
#define SUM_MAX (4u * VARINT_MAX)

struct html {
	const struct result *r;
	struct html_choice choice;
	struct html_tracks tracks;
	struct html_stacks stacks;
	struct html_split split;
	ssize_t nr_split;  /* changes by thread */
	size_t nr_traces;  /* that it has */
	size_t nr_changes; /* of these */
};

static size_t put_sum(const struct html *p, uint8_t *out, const struct sum *s)
{
	struct html_figures f = html_tracks_figures(&p->tracks, s);
	size_t n = varint_put(out, (uint64_t)MAX(f.bytes, 0));

	n += varint_put(out + n, (uint64_t)MAX(f.count, 0));
	n += varint_put(out + n, f.bytes_var);
	return n + varint_put(out + n, f.count_var);
}

static int put_trace(struct html *p, size_t rank, struct gzip *g)
{
	const struct history *h = p->r->history;
	const struct history_trace *t = &h->traces[p->choice.traces[rank]];
	const struct html_track *track = &p->tracks.of[rank];
	uint8_t totals[2 * SUM_MAX + VARINT_MAX];
	int err = html_stacks_put(&p->stacks, t);
	size_t n;

	if (err)
		return err;
	n = put_sum(p, totals, &t->allocated);
	n += put_sum(p, totals + n, &t->freed);
	n += varint_put(totals + n, track->nr_changes);
	gzip_put(g, p->stacks.out.p, p->stacks.out.n);
	gzip_put(g, totals, n);
	gzip_put(g, track->bytes.p, track->bytes.n);
	p->stacks.out.n = 0;
	p->nr_traces++;
	p->nr_changes += track->nr_changes;
	return 0;
}

static int pack_traces(struct html *p, struct gzip *g)
{
	int err = 0;

	for (size_t i = 0; i < p->choice.nr_traces && !err; i++) {
		if (g->z.total_out > MOST_PACKED ||
		    p->nr_changes + p->tracks.of[i].nr_changes > MOST_CHANGES)
			break;
		err = put_trace(p, i, g);
	}
	return err;
}

static void put_numbers(FILE *out, const double *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fputc(',', out);
		json_number(out, numbers[i]);
	}
}

/* @most: the largest live bytes since the snapshot that is shown before. */
static void put_instant(FILE *out, const struct history_instant *in,
			double most)
{
	const struct sum *sums[] = {&in->live, &in->allocated, &in->freed};
	const double first[] = {(double)in->rss, in->bytes.error,
				in->count.error, MAX(most, in->live.bytes)};

	fputc('[', out);
	json_seconds(out, in->time_ns);
	put_numbers(out, first, ARRAY_SIZE(first));
	for (size_t i = 0; i < ARRAY_SIZE(sums); i++)
		put_numbers(out,
			    (const double[]){sums[i]->bytes, sums[i]->count,
					     sums[i]->bytes_var,
					     sums[i]->count_var},
			    4);
	fputc(']', out);
}

static void put_instants(FILE *out, const struct html *p)
{
	const struct history *h = p->r->history;
	size_t n = 0, peak = 0, at = 0, held = h->nr_instants;
	double most = 0;

	fputs(",\n\"instants\":[", out);
	for (size_t i = 0; i < h->nr_instants; i++) {
		most = MAX(most, h->instants[i].max_live.bytes);
		if (!p->choice.instants[i])
			continue;
		fputs(n ? ",\n" : "\n", out);
		put_instant(out, &h->instants[i], most);
		peak = i == h->peak ? n : peak;
		at = i == h->at ? n : at;
		held = i == h->held ? n : held;
		most = 0;
		n++;
	}
	fprintf(out, "],\n\"peak\":%zu,\"at\":%zu", peak, at);
	if (held < h->nr_instants)
		fprintf(out, ",\"held\":%zu", held);
}

static void put_marks(FILE *out, const struct history *h)
{
	fputs(",\"marks\":[", out);
	for (size_t i = 0; i < h->nr_marks; i++) {
		fputs(i ? ",[" : "[", out);
		json_seconds(out, h->marks[i].time_ns);
		fputc(',', out);
		json_string(out, h->marks[i].label);
		fputc(']', out);
	}
	fputc(']', out);
}

static void put_basis(FILE *out, const struct basis *b)
{
	fprintf(out,
		",\"version\":\"%s\",\"depth\":%u,\"seen_bytes\":%llu,"
		"\"unknown_modules\":%llu,\"shortened\":%s,\"precision\":",
		PACKAGE_VERSION, b->depth, (unsigned long long)b->seen_bytes,
		(unsigned long long)b->unknown_modules,
		b->shortened ? "true" : "false");
	json_number(out, b->precision);
	fputs(",\"ended\":", out);
	json_string(out, b->ended);
	fputs(",\"executable\":", out);
	json_string(out, b->program);
}

/* Where a reader begins. */
static void put_start(FILE *out, const struct html *p)
{
	const struct history *h = p->r->history;

	fprintf(out,
		",\"start_view\":\"%s\",\"metric\":\"%s\",\"by\":\"%s\","
		"\"inverted\":%s,\"nr_split\":%zd",
		p->r->view, h->metric, h->by, h->inverted ? "true" : "false",
		p->nr_split);
}

/* The document that json_basis() begins, with what the page has. */
static int put_about(FILE *out, const struct html *p)
{
	const struct history *h = p->r->history;
	int err;

	json_basis(out, p->r);
	put_basis(out, &p->r->basis);
	fprintf(out,
		",\"ranged\":%s,\"count_scale\":%u,\"nr_changes\":%zu,"
		"\"nr_traces\":[%zu,%zu],\"nr_instants\":[%zu,%zu],"
		"\"nr_hidden\":%zu,\"nr_nodes\":%u",
		h->ranged ? "true" : "false", p->tracks.count_scale,
		p->nr_changes, p->nr_traces,
		h->nr_traces - 1 - p->choice.nr_hidden, p->choice.nr_instants,
		h->nr_instants, p->choice.nr_hidden, p->stacks.nodes.nr);
	put_instants(out, p);
	put_marks(out, h);
	put_start(out, p);
	err = html_threads_put(out, h);
	fputc('}', out);
	return err;
}

static void put_base64(FILE *out, const char *bytes, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *b = (const unsigned char *)bytes;

	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)b[i] << 16;
		char text[4];

		v |= i + 1 < n ? (unsigned)b[i + 1] << 8 : 0;
		v |= i + 2 < n ? b[i + 2] : 0;
		text[0] = digits[v >> 18];
		text[1] = digits[v >> 12 & 63];
		text[2] = i + 1 < n ? digits[v >> 6 & 63] : '=';
		text[3] = i + 2 < n ? digits[v & 63] : '=';
		fwrite(text, 1, sizeof(text), out);
	}
}

typedef int fill_data(struct html *p, struct gzip *g);

static int fill_traces(struct html *p, struct gzip *g)
{
	int err = html_choice_make(p->r->history, &p->choice);

	if (!err)
		err = html_tracks_fill(p->r->history, &p->choice, &p->tracks);
	if (!err)
		err = html_stacks_init(&p->stacks, p->r->history);
	if (!err)
		err = html_split_fill(p->r->history, &p->choice, &p->tracks,
				      &p->split);
	return err ? err : pack_traces(p, g);
}

/* What is known of stacks by thread. */
static int fill_split(struct html *p, struct gzip *g)
{
	struct bytes out = {0};

	p->nr_split = html_split_put(&p->split, p->nr_traces, &out);
	if (p->nr_split >= 0)
		gzip_put(g, out.p, out.n);
	bytes_fini(&out);
	return p->nr_split < 0 ? -ENOMEM : 0;
}

static int fill_about(struct html *p, struct gzip *g)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	int err;

	if (!out)
		return -ENOMEM;
	err = put_about(out, p);
	if (fclose(out))
		return -ENOMEM;
	gzip_put(g, text, n);
	free(text);
	return err;
}

/* What @fill makes, packed; the caller frees it. */
static int pack(struct html *p, fill_data *fill, char **packed, size_t *n)
{
	FILE *memory = open_memstream(packed, n);
	struct gzip g;
	int closing, err;

	if (!memory)
		return -ENOMEM;
	err = gzip_open(&g, memory, LEVEL);
	if (!err) {
		err = fill(p, &g);
		closing = gzip_close(&g);
		err = err ? err : closing;
	}
	if (fclose(memory) && !err)
		err = -ENOMEM;
	return err;
}

/* An element that browsers leave alone. */
static void put_data(FILE *out, const char *id, const char *packed, size_t n)
{
	fprintf(out, "<script type=\"application/gzip\" id=\"%s\">", id);
	put_base64(out, packed, n);
	fputs("</script>\n", out);
}

int html_explore(const struct target *t, const struct result *r)
{
	struct html p = {.r = r};
	struct html_page page = html_page_get();
	char *traces = NULL, *split = NULL, *about = NULL;
	size_t nr_traces, nr_split = 0, nr_about;
	int err = pack(&p, fill_traces, &traces, &nr_traces);

	if (!err && p.split.any)
		err = pack(&p, fill_split, &split, &nr_split);
	if (nr_split > MOST_SPLIT)
		p.nr_split = 0;
	if (!err)
		err = pack(&p, fill_about, &about, &nr_about);
	if (!err) {
		fwrite(page.before, 1, page.nr_before, t->out);
		put_data(t->out, "traces", traces, nr_traces);
		if (p.nr_split)
			put_data(t->out, "split", split, nr_split);
		put_data(t->out, "about", about, nr_about);
		fwrite(page.after, 1, page.nr_after, t->out);
	}
	free(traces);
	free(split);
	free(about);
	html_split_fini(&p.split);
	html_stacks_fini(&p.stacks);
	html_tracks_fini(&p.tracks);
	html_choice_fini(&p.choice);
	return err;
}
