/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base.h"

#include "name.h"
#include "number.h"
#include "text.h"

/*
 * A distribution as a table of its classes with bars; then one line a place,
 * with the same classes as a row of small bars, some of them together where
 * they would take too much room.
 */

#define LABEL 12u /* "< 2 min 17 s" */
#define SHARE 6u
#define BAR_MAX 30u
#define BINS_NARROW 12u /* small bars at most, below WIDE columns... */
#define BINS_WIDE 32u	/* ...and from there on */
#define WIDE 110u
#define PLACES_LEAST 42u /* room for names that a place is shown beside */
#define WHERE_LEAST 16u

struct layout {
	const struct target *t;
	const struct spread *s;
	size_t value[3], error[3]; /* widths: blocks, bytes, at the peak */
	size_t span;		   /* bins a small bar */
	size_t bars;		   /* small bars */
	size_t count, count_error; /* widths in lines of places */
	size_t name, where;
	bool wide;
};

static void fit(size_t *value, size_t *error, struct estimate e, enum unit unit,
		bool utf8)
{
	char text[NUMBER_MAX];

	*value = MAX(*value, name_width(number_value(text, e.value, unit)));
	*error = MAX(*error, name_width(number_error(text, e, utf8)));
}

static struct estimate figure(const struct bin *b, size_t which)
{
	return which == 0 ? b->count : which == 1 ? b->bytes : b->peak_bytes;
}

static enum unit unit_of(size_t which)
{
	return which == 0 ? UNIT_COUNT : UNIT_BYTES;
}

static size_t nr_figures(const struct spread *s)
{
	return s->unit == UNIT_BYTES ? 3 : 2;
}

static void fit_bins(struct layout *l)
{
	const struct spread *s = l->s;

	for (size_t k = 0; k < nr_figures(s); k++) {
		fit(&l->value[k], &l->error[k],
		    figure(&(struct bin){.count = s->total.live_count,
					 .bytes = s->total.live_bytes},
			   k),
		    unit_of(k), l->t->utf8);
		for (size_t i = 0; i < s->nr_bins; i++)
			fit(&l->value[k], &l->error[k],
			    figure(&s->total.bins[i], k), unit_of(k),
			    l->t->utf8);
	}
}

/*
 * The figure, and its error in a column of its own; returns how many blanks
 * that column lacks, for when more is to come on the line.
 */
static size_t put_figure(const struct target *t, struct estimate e,
			 enum unit unit, size_t value, size_t error)
{
	char text[NUMBER_MAX];

	fputs("  ", t->out);
	text_right(t, number_value(text, e.value, unit), value);
	number_error(text, e, t->utf8);
	if (!*text)
		return error ? error + 1 : 0;
	fprintf(t->out, " %s%s%s", text_begin(t, TEXT_DIM), text,
		text_end(t, TEXT_DIM));
	return error - name_width(text);
}

static size_t figure_width(size_t value, size_t error)
{
	return 2 + value + (error ? error + 1 : 0);
}

/* "< 4 KiB", "< 512 us" */
static const char *label(char *out, const struct spread *s, const struct bin *b)
{
	char number[NUMBER_MAX];
	bool last = b->to == UINT64_MAX;
	uint64_t edge = last ? b->from : b->to;

	if (s->unit == UNIT_BYTES && b->to == 1)
		return strcpy(out, "0 B");
	if (s->unit == UNIT_BYTES)
		number_size(number, edge);
	else
		number_time(number, edge > UINT64_MAX / 1000 ? UINT64_MAX
							     : edge * 1000);
	snprintf(out, NUMBER_MAX, "%s %.40s", last ? ">=" : "<", number);
	return out;
}

static double largest(const struct spread_row *row, size_t nr)
{
	double most = 0;

	for (size_t i = 0; i < nr; i++)
		most = MAX(most, row->bins[i].count.value);
	return most;
}

static void put_bar(const struct layout *l, double part, size_t width)
{
	size_t n = (size_t)(MAX(part, 0.0) * (double)width + 0.5);

	fputs(text_begin(l->t, TEXT_SHARE), l->t->out);
	for (; n; n--)
		fputs(l->t->utf8 ? "█" : "=", l->t->out);
	fputs(text_end(l->t, TEXT_SHARE), l->t->out);
}

/* The figures of a class; @bar, columns of it at most, after them. */
static void put_bin(const struct layout *l, const char *name,
		    const struct bin *b, double whole, size_t bar, double part)
{
	char text[NUMBER_MAX];
	size_t lacks = 0;

	text_right(l->t, name, 2 + LABEL);
	fputs("  ", l->t->out);
	text_right(l->t, number_share(text, b->count.value, whole), SHARE);
	for (size_t k = 0; k < nr_figures(l->s); k++) {
		fprintf(l->t->out, "%*s", (int)lacks, "");
		lacks = put_figure(l->t, figure(b, k), unit_of(k), l->value[k],
				   l->error[k]);
	}
	if (part * (double)bar >= 0.5) {
		fprintf(l->t->out, "%*s", (int)lacks + 2, "");
		put_bar(l, part, bar);
	}
	fputc('\n', l->t->out);
}

static void put_bins(struct layout *l)
{
	static const char *const titles[] = {"blocks", "bytes", "at the peak"};
	const struct spread *s = l->s;
	const struct target *t = l->t;
	double most = largest(&s->total, s->nr_bins);
	size_t used = 2 + LABEL + 2 + SHARE;
	char text[NUMBER_MAX];

	fprintf(t->out, "%s%*s  %*s", text_begin(t, TEXT_DIM), (int)LABEL + 2,
		s->unit == UNIT_BYTES ? "size" : "age", (int)SHARE, "share");
	for (size_t k = 0; k < nr_figures(s); k++) {
		size_t n = strlen(titles[k]);

		l->value[k] = MAX(l->value[k], n);
		used += figure_width(l->value[k], l->error[k]);
		text_right(t, titles[k], l->value[k] + 2);
		if (k + 1 < nr_figures(s))
			fprintf(t->out, "%*s",
				(int)(l->error[k] ? l->error[k] + 1 : 0), "");
	}
	fprintf(t->out, "%s\n", text_end(t, TEXT_DIM));
	for (size_t i = 0; i < s->nr_bins; i++) {
		const struct bin *b = &s->total.bins[i];
		size_t room = t->width > used + 4 ? t->width - used - 4 : 0;

		put_bin(l, label(text, s, b), b, s->total.count.value,
			MIN(room, BAR_MAX),
			most > 0 ? b->count.value / most : 0);
	}
	if (s->unit != UNIT_BYTES) {
		struct bin live = {.count = s->total.live_count,
				   .bytes = s->total.live_bytes};

		put_bin(l, "still live", &live, 0, 0, 0);
	}
}

/* Each in proportion to the largest; what is not nothing shows. */
static void put_small_bars(const struct layout *l, const struct spread_row *row)
{
	static const char *const levels[2][9] = {
		{" ", ".", ":", "-", "=", "+", "*", "#", "@"},
		{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	};
	double sums[BINS_WIDE] = {0}, most = 0;

	for (size_t i = 0; i < l->s->nr_bins; i++)
		sums[i / l->span] += row->bins[i].count.value;
	for (size_t i = 0; i < l->bars; i++)
		most = MAX(most, sums[i]);
	fprintf(l->t->out, "  %s", text_begin(l->t, TEXT_SHARE));
	for (size_t i = 0; i < l->bars; i++) {
		int level = sums[i] > 0 ? 1 + (int)(sums[i] / most * 7.5) : 0;

		fputs(levels[l->t->utf8][MIN(level, 8)], l->t->out);
	}
	fputs(text_end(l->t, TEXT_SHARE), l->t->out);
}

/* "~12 us": of a median, only its class is known. */
static void put_middle(const struct layout *l, struct estimate e, bool about)
{
	char text[NUMBER_MAX] = "-", marked[NUMBER_MAX + 1];

	if (!isnan(e.value))
		number_value(text, e.value, l->s->unit);
	snprintf(marked, sizeof(marked), "%s%s",
		 about && !isnan(e.value) ? "~" : "", text);
	text_right(l->t, marked, 2 + 9);
}

static size_t row_width(const struct layout *l)
{
	size_t n = 2 + SHARE + figure_width(l->count, l->count_error);

	n += 2 * (2 + 9) + 2 + l->bars + 2;
	return n + (l->wide ? 2 + 9 : 0);
}

static void lay_out_rows(struct layout *l)
{
	const struct spread *s = l->s;
	size_t most = l->wide ? BINS_WIDE : BINS_NARROW;
	size_t name = 8, where = 0, room;
	char text[NAME_BYTES];

	l->span = (s->nr_bins + most - 1) / most;
	l->bars = (s->nr_bins + l->span - 1) / l->span;
	l->count = strlen("blocks");
	l->count_error = 0;
	for (size_t i = 0; i < s->nr_rows; i++) {
		const struct place *p = &s->rows[i].place;

		fit(&l->count, &l->count_error, s->rows[i].count, UNIT_COUNT,
		    l->t->utf8);
		name = MAX(name, name_place(text, p, l->t->width, l->t->utf8));
		where = MAX(where,
			    name_where(text, p, l->t->width, l->t->utf8));
	}
	room = row_width(l);
	room = l->t->width > room + 8 ? l->t->width - room : 8;
	l->name = MIN(name, room);
	l->where = 0;
	if (room >= PLACES_LEAST) {
		l->name = MIN(name, room - WHERE_LEAST - 2);
		l->where = MIN(where, room - l->name - 2);
	}
}

static void put_plain_row(const struct layout *l, const struct spread_row *row)
{
	const struct target *t = l->t;
	char text[NAME_BYTES];
	size_t n;

	fprintf(t->out, "  %s", text_begin(t, TEXT_SHARE));
	text_right(
		t,
		number_share(text, row->weight.value, l->s->total.weight.value),
		SHARE);
	fputs(text_end(t, TEXT_SHARE), t->out);
	n = put_figure(t, row->count, UNIT_COUNT, l->count, l->count_error);
	fprintf(t->out, "%*s", (int)n, "");
	put_middle(l, row->mean, false);
	put_middle(l, row->median, true);
	if (l->wide)
		text_right(t,
			   number_bytes(text, l->s->unit == UNIT_BYTES
						      ? row->bytes.value
						      : row->live_bytes.value),
			   2 + 9);
	put_small_bars(l, row);
	n = name_place(text, &row->place, l->name, t->utf8);
	fprintf(t->out, "  %s", text);
	if (l->where && name_where(text, &row->place, l->where, t->utf8))
		fprintf(t->out, "%*s  %s%s%s", (int)(l->name - n), "",
			text_begin(t, TEXT_DIM), text, text_end(t, TEXT_DIM));
	fputc('\n', t->out);
}

static void put_row(const struct layout *l, const struct spread_row *row)
{
	struct grey g;
	struct layout grey = *l;

	if (!(row->weight.error > fabs(row->weight.value))) {
		put_plain_row(l, row);
		return;
	}
	grey.t = text_grey(&g, l->t);
	put_plain_row(&grey, row);
	text_grey_end(&g, l->t);
}

static void put_rows(struct layout *l)
{
	const struct spread *s = l->s;
	const struct target *t = l->t;
	char text[NUMBER_MAX];

	lay_out_rows(l);
	fprintf(t->out, "\n%sBy place%s, sorted by %s\n",
		text_begin(t, TEXT_BOLD), text_end(t, TEXT_BOLD), s->metric);
	fprintf(t->out, "%s  %*s%*s%*s%*s%*s", text_begin(t, TEXT_DIM),
		(int)SHARE, "share", (int)l->count + 2, "blocks",
		(int)(l->count_error ? l->count_error + 1 : 0) + 11, "mean", 11,
		"median", l->wide ? 11 : 0,
		!l->wide		? ""
		: s->unit == UNIT_BYTES ? "bytes"
					: "live");
	fprintf(t->out, "%*s  function%s\n", (int)l->bars + 2, "",
		text_end(t, TEXT_DIM));
	for (size_t i = 0; i < s->nr_rows; i++)
		put_row(l, &s->rows[i]);
	if (s->other.value == 0)
		return;
	text_right(t, number_share(text, s->other.value, s->total.weight.value),
		   2 + SHARE);
	if (s->nr_more)
		fprintf(t->out, "  (%s more%s%s)\n",
			number_exact(text, s->nr_more),
			s->nr_more == s->nr_uncertain ? ", too uncertain"
			: s->nr_uncertain	      ? ", some too uncertain"
						      : "",
			s->hidden.value != 0 ? ", and what is left out" : "");
	else
		fputs("  (left out, or too small for the digest)\n", t->out);
}

static void put_title(const struct layout *l)
{
	const struct spread *s = l->s;
	const struct target *t = l->t;
	char text[NUMBER_MAX];

	fprintf(t->out, "\n%s%s%s: %s", text_begin(t, TEXT_BOLD), s->title,
		text_end(t, TEXT_BOLD),
		number_estimate(text, s->total.count, UNIT_COUNT, t->utf8));
	fprintf(t->out, " %s of %s in all\n",
		s->unit == UNIT_BYTES ? "allocations" : "that were freed,",
		number_estimate(text, s->total.bytes, UNIT_BYTES, t->utf8));
}

int text_spread(const struct target *t, const struct result *r)
{
	struct layout l = {.t = t, .s = &r->spread, .wide = t->width >= WIDE};

	text_command(t, &r->basis);
	text_basis(t, &r->basis);
	if (text_foreign(t, &r->basis))
		return 0;
	if (r->spread.total.count.value == 0 &&
	    r->spread.total.live_count.value == 0) {
		fprintf(t->out, "\n%s%s%s: there were none\n",
			text_begin(t, TEXT_BOLD), r->spread.title,
			text_end(t, TEXT_BOLD));
		return 0;
	}
	if (l.s->unknown) {
		fprintf(t->out, "\n%s%s%s: this profile does not tell\n",
			text_begin(t, TEXT_BOLD), l.s->title,
			text_end(t, TEXT_BOLD));
		return 0;
	}
	put_title(&l);
	fit_bins(&l);
	put_bins(&l);
	if (r->spread.nr_rows)
		put_rows(&l);
	return 0;
}
