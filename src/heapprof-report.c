/* SPDX-License-Identifier: MIT */

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "heapprof.h"

#include "cli.h"
#include "listen.h"
#include "output.h"
#include "parse.h"
#include "terminal.h"

enum {
	OPTION_VIEW = CLI_LONG,
	OPTION_FORMAT,
	OPTION_AT,
	OPTION_FROM,
	OPTION_TO,
	OPTION_COMPARE,
	OPTION_BASE,
	OPTION_MERGE,
	OPTION_METRIC,
	OPTION_BY,
	OPTION_FOCUS,
	OPTION_IGNORE,
	OPTION_MIN_SIZE,
	OPTION_COLOR,
	OPTION_V1_SCALE,
	OPTION_FAIL_IF,
	OPTION_LINE,
	OPTION_MIN_NODE,
	OPTION_MIN_EDGE,
	OPTION_NO_COLLAPSE,
	OPTION_NO_SCALE,
	OPTION_INVERTED,
};

static const struct cli_option options[] = {
	{OPTION_VIEW, "view", "VIEW",
	 "summary time top compare tree flame flow leaks\n"
	 "sizes lifetimes events threads"},
	{OPTION_FORMAT, "format", "FORMAT",
	 "text (default) html json csv svg dot collapsed\n"
	 "speedscope pprof massif callgrind heaptrack dhat\n"
	 "openmetrics firefox"},
	{'o', "output", "FILE", "format guessed from the ending"},
	{OPTION_COLOR, "color", "WHEN", "auto (default) always never"},
	{OPTION_AT, "at", "WHEN",
	 "seconds, start, peak (default), end, mark:NAME"},
	{OPTION_FROM, "from", "WHEN", ""},
	{OPTION_TO, "to", "WHEN", "only this part of the run"},
	{OPTION_COMPARE, "compare", "WHEN,WHEN", ""},
	{OPTION_BASE, "base", "OTHER", ""},
	{OPTION_MERGE, "merge", NULL, "what changed; all children"},
	{OPTION_METRIC, "metric", "M",
	 "live (default) live-count allocated count freed\n"
	 "temporary byte-seconds waste rate"},
	{OPTION_BY, "by", "WHAT", "line function (default) module thread"},
	{'n', "top", "N", ""},
	{OPTION_MIN_SIZE, "min-size", "S", "how many rows, of how many bytes"},
	{OPTION_FOCUS, "focus", "RE", ""},
	{OPTION_IGNORE, "ignore", "RE",
	 "only stacks with such a frame; none of them"},
	{OPTION_LINE, "line", "LABEL=FILE:LINE", "follow this line over time"},
	{OPTION_MIN_NODE, "min-node", "F", ""},
	{OPTION_MIN_EDGE, "min-edge", "F", ""},
	{OPTION_NO_COLLAPSE, "no-collapse", NULL, ""},
	{OPTION_NO_SCALE, "no-scale", NULL, ""},
	{OPTION_INVERTED, "inverted", NULL, "graphs"},
	{OPTION_FAIL_IF, "fail-if", "COND",
	 "exit with 4 if so: peak>64M leaked>0 count>1e6"},
	{OPTION_V1_SCALE, "v1-scale", "SCALE",
	 "of Python heapprof 1.0: declared linux double"},
	{0, NULL, NULL, NULL},
};

static const struct cli_tool tool = {
	.name = "heapprof-report",
	.operands = "[OPTION]... [BASE | FILE.hpc | -]",
	.summary = "Show where the memory of a recorded program went.",
	.options = options,
	.footer = "Exit status: 0 fine, 1 failed, 2 wrong usage, 3 lossy or "
		  "damaged, 4 limit passed\n",
	.misuse = CLI_USAGE,
};

struct request {
	struct heapprof_report_options options;
	const char *output; /* NULL or "-": standard output */
	const char *color;
	const char **fail_if; /* with room for all arguments */
	size_t nr_fail_if;
	const char **lines; /* likewise */
	size_t nr_lines;
};

/* The view that a format is for, where a file name says which. */
static const char *guess_format(const char *file)
{
	static const char *const endings[][2] = {
		{".txt", "text"},
		{".json", "json"},
		{".csv", "csv"},
		{".collapsed", "collapsed"},
		{".folded", "collapsed"},
		{".speedscope.json", "speedscope"},
		{".pb.gz", "pprof"},
		{".pprof", "pprof"},
		{".dot", "dot"},
		{".svg", "svg"},
		{".html", "html"},
		{".massif", "massif"},
		{".callgrind", "callgrind"},
		{".heaptrack", "heaptrack"},
		{".dhat.json", "dhat"},
		{".om", "openmetrics"},
		{".firefox.json", "firefox"},
		{".profile.json", "firefox"},
		{".openmetrics", "openmetrics"},
	};
	const char *slash = strrchr(file, '/');
	const char *format = NULL;
	size_t best = 0, n = strlen(file);

	/* That program's files have no ending. */
	if (strncmp(slash ? slash + 1 : file, "callgrind.out", 13) == 0)
		return "callgrind";

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		size_t length = strlen(endings[i][0]);

		if (length <= best || length > n ||
		    strcmp(file + n - length, endings[i][0]) != 0)
			continue;
		format = endings[i][1];
		best = length;
	}
	return format;
}

/* Options whose value goes to the library as it is. */
static const char **plain_option(struct heapprof_report_options *o, int id)
{
	switch (id) {
	case OPTION_VIEW:
		return &o->view;
	case OPTION_FORMAT:
		return &o->format;
	case OPTION_AT:
		return &o->at;
	case OPTION_FROM:
		return &o->from;
	case OPTION_TO:
		return &o->to;
	case OPTION_COMPARE:
		return &o->compare;
	case OPTION_BASE:
		return &o->base;
	case OPTION_METRIC:
		return &o->metric;
	case OPTION_BY:
		return &o->by;
	case OPTION_FOCUS:
		return &o->focus;
	case OPTION_IGNORE:
		return &o->ignore;
	case OPTION_MIN_NODE:
		return &o->min_node;
	case OPTION_MIN_EDGE:
		return &o->min_edge;
	default:
		return NULL;
	}
}

static void take(struct request *r, int id, const char *value)
{
	const char **plain = plain_option(&r->options, id);
	uint64_t n;

	if (plain != NULL)
		*plain = value;
	if (id == OPTION_FAIL_IF)
		r->fail_if[r->nr_fail_if++] = value;
	if (id == OPTION_LINE)
		r->lines[r->nr_lines++] = value;
	if (id == OPTION_NO_COLLAPSE)
		r->options.no_collapse = true;
	if (id == OPTION_INVERTED)
		r->options.inverted = true;
	if (id == OPTION_NO_SCALE)
		r->options.no_scale = true;
	if (id == OPTION_MERGE)
		r->options.merge = true;
	if (id == OPTION_COLOR)
		r->color = value;
	if (id == 'o' && *value == '\0')
		cli_misuse("--output: the name is empty");
	if (id == 'o')
		r->output = value;
	if (id == 'n') {
		if (!parse_number(value, 1, UINT_MAX, &n))
			cli_misuse("--top: '%s' is not a number above 0",
				   value);
		r->options.top = (unsigned)n;
	}
	if (id == OPTION_V1_SCALE &&
	    !parse_v1_scale(value, &r->options.v1_scale))
		cli_misuse("--v1-scale: '%s' is none of declared, linux, "
			   "double",
			   value);
	if (id == OPTION_MIN_SIZE && !parse_size(value, &r->options.min_size))
		cli_misuse("--min-size: '%s' is not a number of bytes "
			   "(K, M, G)",
			   value);
}

/* A file is not a terminal: 80 columns, no colour unless asked for. */
static void choose_looks(struct request *r)
{
	bool to_file = r->output != NULL && strcmp(r->output, "-") != 0;

	if (!terminal_color(r->color, &r->options.color))
		cli_misuse("--color: '%s' is none of auto, always, never",
			   r->color);
	if (to_file && strcmp(r->color, "auto") == 0)
		r->options.color = false;
	if (r->options.format == NULL && to_file)
		r->options.format = guess_format(r->output);
	/* It is compressed, and a terminal would take bytes for commands. */
	if (!to_file && r->options.format != NULL &&
	    strcmp(r->options.format, "pprof") == 0 && isatty(STDOUT_FILENO))
		cli_misuse("pprof is not for a terminal; give --output=FILE");
	r->options.width = terminal_width();
	r->options.utf8 = terminal_utf8();
}

/* Of each process a file stays open, and there can be thousands. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	struct request r = {.color = "auto"};
	struct output out;
	struct listen l;
	const char *value, *profile;
	enum cli_status status;
	int id;

	cli_start(&tool, argc, argv);
	r.fail_if = calloc((size_t)argc + 1, sizeof(*r.fail_if));
	r.lines = calloc((size_t)argc + 1, sizeof(*r.lines));
	if (r.fail_if == NULL || r.lines == NULL)
		cli_die(CLI_FAILED, "out of memory");
	r.options.fail_if = r.fail_if;
	r.options.lines = r.lines;
	while ((id = cli_next(&value)) != -1)
		take(&r, id, value);
	choose_looks(&r);
	if (r.options.merge)
		raise_limit();
	profile = listen_profile(cli_operands());
	listen_init(&l);
	output_open(&out, r.output);
	id = heapprof_report(profile, &r.options, out.stream, &l.listener);
	status = listen_status(&l, profile, id);
	if (!output_close(&out, id >= 0))
		status = CLI_FAILED;
	free(r.fail_if);
	free(r.lines);
	return cli_finish(status);
}
