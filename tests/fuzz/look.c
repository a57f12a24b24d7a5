/* SPDX-License-Identifier: MIT */

/* Everything that can be asked of a profile, one thing for each input. */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "query/query.h"
#include "render/render.h"
#include "utf8.h"

#include "fuzz.h"

static void complain(const char *what, const char *text, size_t n, size_t at)
{
	fprintf(stderr, "%s: byte %02x at %zu of %zu\n", what,
		(unsigned char)text[at], at, n);
	fwrite(text + at - MIN(at, 200), 1, MIN(at, 200), stderr);
	abort();
}

void fuzz_check_text(const char *what, const char *text, size_t n)
{
	size_t length;

	for (size_t i = 0; i < n; i += length) {
		uint32_t c;

		/* Most are, and there can be millions. */
		length = 1;
		if (text[i] >= ' ' && text[i] < 0x7f)
			continue;
		length = utf8_get(text + i, &c);
		if (length == 0 || !utf8_is_plain(c))
			complain(what, text, n, i);
	}
}

static void hear(void *arg, enum heapprof_severity severity, const char *text)
{
	(void)arg, (void)severity;
	fuzz_check_text("message", text, strlen(text));
	if (getenv("FUZZ_VERBOSE"))
		fprintf(stderr, "%s\n", text);
}

static const struct heapprof_listener listener = {.message = hear};

static const char *path_of(const char *suffix)
{
	static char path[80];

	snprintf(path, sizeof(path), "%s.%s", fuzz_base, suffix);
	return path;
}

static uint64_t size_of(const char *suffix)
{
	struct stat st;

	return stat(path_of(suffix), &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* The length of an escape sequence that sets colours; 0: it does not. */
static size_t skip_color(const char *text, size_t n)
{
	size_t length = 2;

	if (n < 3 || text[0] != '\033' || text[1] != '[')
		return 0;
	length += strspn(text + length, "0123456789;");
	return length < n && text[length] == 'm' ? length + 1 : 0;
}

/* Lines, indented or not, and colours if they were asked for, are shown. */
static void check_output(const char *format, char *text, size_t n, bool color)
{
	bool csv = strcmp(format, "csv") == 0, indent = true;

	if (strcmp(format, "pprof") == 0)
		return;
	for (size_t i = 0; i < n; i++) {
		bool is_end = text[i] == '\n' || (csv && text[i] == '\r');

		if (color)
			memset(text + i, ' ', skip_color(text + i, n - i));
		indent = is_end || (indent && text[i] == '\t');
		if (indent)
			text[i] = ' ';
	}
	fuzz_check_text(format, text, n);
}

static void render(const struct fuzz_choice *c, const char *profile,
		   const char *view, const char *format)
{
	static const char *const by[] = {"function", "line", "module",
					 "thread"};
	struct heapprof_report_options o = {
		.view = view,
		.format = format,
		.by = by[c->grouping & 3],
		.metric = query_metric_name((c->grouping >> 2) %
					    (METRIC_RATE + 1)),
		.at = c->text & 1 ? "end" : NULL,
		.utf8 = c->text & 2,
		.color = c->text & 4,
		.width = c->text & 8 ? 200 : 0,
		.top = c->text & 16 ? 3 : 0,
		.focus = c->text & 32 ? "a" : NULL,
	};
	bool must_compare = strcmp(view, "compare") == 0;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		abort();
	if (must_compare || c->text & 64)
		o.compare = "start,end";
	/* Not every view has a use for these. */
	if (heapprof_report(profile, &o, out, &listener) == -EINVAL) {
		o.metric = o.by = NULL;
		if (heapprof_report(profile, &o, out, &listener) == -EINVAL) {
			o.at = NULL;
			o.top = 0;
			o.compare = must_compare ? o.compare : NULL;
			heapprof_report(profile, &o, out, &listener);
		}
	}
	fclose(out);
	check_output(format, text, n, o.color);
	free(text);
}

void fuzz_check_sum(const struct heapprof_sum *s)
{
	const struct heapprof_estimate e[] = {heapprof_sum_bytes(s),
					      heapprof_sum_count(s)};

	for (size_t i = 0; i < ARRAY_SIZE(e); i++)
		if (!isfinite(e[i].value) || !isfinite(e[i].error)) {
			fprintf(stderr, "%g +- %g\n", e[i].value, e[i].error);
			abort();
		}
}

static void read_snapshots(struct heapprof_reader *r)
{
	size_t nr = heapprof_nr_snapshots(r);

	for (size_t i = 0; i < nr; i += MAX(nr / 8, 1)) {
		struct heapprof_usage *usage;
		struct heapprof_sum total;
		size_t n;

		heapprof_snapshot_total(r, i, &total);
		fuzz_check_sum(&total);
		if (heapprof_snapshot_usage(r, i, &usage, &n) == 0)
			heapprof_free(usage);
	}
}

static void read_traces(struct heapprof_reader *r)
{
	size_t nr = heapprof_nr_traces(r);

	for (size_t i = 0; i < nr; i += MAX(nr / 64, 1)) {
		struct heapprof_frame *frames;
		size_t n;

		if (heapprof_trace(r, (uint32_t)i, &frames, &n) == 0)
			heapprof_free(frames);
	}
}

static void read_graphs(struct heapprof_reader *r)
{
	static const char *const lines[] = {"main", "golden.c:12", "1:1"};
	const size_t at[] = {0, heapprof_nr_snapshots(r) - 1};
	struct heapprof_time_plot *plot;
	struct heapprof_flow_graph *flow;
	struct heapprof_flame_graph *flame;

	if (heapprof_get_time_plot(r, lines, ARRAY_SIZE(lines), true, &plot) ==
	    0)
		heapprof_free(plot);
	if (heapprof_get_flow_graph(r, at, 2, NULL, &flow) == 0)
		heapprof_flow_graph_free(flow);
	if (heapprof_get_flame_graph(r, at[1], NULL, &flame) == 0)
		heapprof_flame_graph_free(flame);
}

static void read_events(struct heapprof_reader *r)
{
	struct heapprof_events *events;
	struct heapprof_event e;

	if (heapprof_events_open(r, &events) != 0)
		return;
	while (heapprof_events_next(events, &e) > 0)
		;
	heapprof_events_close(events);
}

static void read_all(const char *profile)
{
	struct heapprof_reader *r;

	if (heapprof_read(profile, 0, -1, &listener, &r) < 0)
		return;
	read_snapshots(r);
	read_traces(r);
	read_graphs(r);
	read_events(r);
	heapprof_close(r);
}

/* Those that the view does not have are refused; all have the page. */
static bool is_wanted(const char *view, const struct renderer *r)
{
	return strcmp(r->name, "html") != 0 || strcmp(view, "top") == 0;
}

static void look(const struct fuzz_choice *c, const char *digest,
		 const char *profile)
{
	unsigned nr = 0, nr_formats = 0;
	const char *view;

	while (query_views[nr].name)
		nr++;
	while (render_formats[nr_formats].name)
		nr_formats++;
	view = query_views[c->view % (nr + 1)].name;
	if (!view) {
		read_all(profile);
		return;
	}
	for (unsigned i = 0; i < nr_formats; i++) {
		const struct renderer *r = &render_formats[i];
		bool chosen = i == c->view / (nr + 1) % nr_formats;

		if (is_wanted(view, r) && (chosen || !(c->digest & FUZZ_QUICK)))
			render(c, strcmp(view, "events") ? digest : profile,
			       view, r->name);
	}
}

void fuzz_profile(const struct fuzz_choice *c)
{
	static const char *const scales[] = {NULL, "linux", "double", NULL};
	struct heapprof_digest_options o = {
		.precision = c->digest & 4 ? 0 : -1,
		.v1_scale = scales[c->digest >> 3 & 3],
		.no_symbols = true,
		.interval_s = c->digest & FUZZ_QUICK ? 1e9 : 0,
		.jobs = c->digest & FUZZ_QUICK ? 1 : 0,
	};
	uint64_t size = size_of("hpm") + size_of("hpd");
	char digest[80];

	remove(path_of("hpc"));
	fuzz_begin();
	if (heapprof_digest(fuzz_base, &o, &listener) >= 0) {
		strcpy(digest, path_of("hpc"));
		look(c, digest, fuzz_base);
	}
	fuzz_end(size);
}

void fuzz_digest(const struct fuzz_choice *c)
{
	char digest[80];

	strcpy(digest, path_of("hpc"));
	fuzz_begin();
	look(c, digest, digest);
	fuzz_end(size_of("hpc"));
}
