/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include "heapprof.h"

#include "cli.h"
#include "listen.h"
#include "parse.h"

enum {
	OPTION_DEBUG_PATH = CLI_LONG,
	OPTION_SYSROOT,
	OPTION_DEBUGINFOD,
	OPTION_NO_SYMBOLS,
	OPTION_V1_SCALE,
};

#define JOBS_MAX 1024

static const struct cli_option options[] = {
	{'i', "interval", "SECONDS",
	 "between snapshots, also 250ms, 5m, 1h (60, or a\n"
	 "hundredth of a run shorter than 6000 s)"},
	{'p', "precision", "F",
	 "at each snapshot, traces that together hold up to\n"
	 "this fraction go to \"other\" (0.01)"},
	{'o', "output", "FILE", "instead of BASE.hpc; - is standard output"},
	{'j', "jobs", "N", "threads, also of symbol look-ups (all processors)"},
	{OPTION_V1_SCALE, "v1-scale", "SCALE",
	 "of Python heapprof 1.0: declared linux double"},
	{0, NULL, NULL, "Symbols:"},
	{OPTION_DEBUG_PATH, "debug-path", "DIR",
	 "look for debug files there, too; repeatable"},
	{OPTION_SYSROOT, "sysroot", "DIR",
	 "the root directory that programs were run in"},
	{OPTION_DEBUGINFOD, "debuginfod", NULL,
	 "fetch debug files from $DEBUGINFOD_URLS"},
	{OPTION_NO_SYMBOLS, "no-symbols", NULL,
	 "leave addresses as module+offset"},
	{0, NULL, NULL, "Common:"},
	{0, NULL, NULL, NULL},
};

static const struct cli_tool tool = {
	.name = "heapprof-digest",
	.operands = "[OPTION]... [BASE]",
	.summary = "Digest the profile BASE.hpm, BASE.hpd into BASE.hpc, "
		   "which can be read anywhere.",
	.options = options,
	.footer = "Exit status: 0 fine, 1 failed, 2 wrong usage, 3 the profile "
		  "is damaged or lossy.\n"
		  "Example: heapprof-digest --interval 60 base\n",
	.misuse = CLI_USAGE,
};

/* Room for all: there cannot be more of them than arguments. */
static void add_debug_path(struct heapprof_digest_options *o, const char *path,
			   int argc)
{
	static int nr;

	if (o->debug_paths == NULL)
		o->debug_paths = calloc((size_t)argc + 1, sizeof(path));
	if (o->debug_paths == NULL)
		cli_die(CLI_FAILED, "out of memory");
	o->debug_paths[nr++] = path;
}

static unsigned jobs(const char *value)
{
	uint64_t n;

	if (!parse_number(value, 1, JOBS_MAX, &n))
		cli_misuse("--jobs: '%s' is not a number from 1 to %d", value,
			   JOBS_MAX);
	return (unsigned)n;
}

static void take_symbols(struct heapprof_digest_options *o, int id,
			 const char *value, int argc)
{
	switch (id) {
	case OPTION_DEBUG_PATH:
		add_debug_path(o, value, argc);
		break;
	case OPTION_SYSROOT:
		o->sysroot = value;
		break;
	case OPTION_DEBUGINFOD:
		o->debuginfod = true;
		break;
	case OPTION_NO_SYMBOLS:
		o->no_symbols = true;
		break;
	}
}

static void take(struct heapprof_digest_options *o, int id, const char *value)
{
	switch (id) {
	case 'i':
		if (!parse_seconds(value, &o->interval_s))
			cli_misuse("--interval: '%s' is not a time above 0, "
				   "such as 60, 0.5, 250ms, 5m",
				   value);
		break;
	case 'p':
		if (!parse_fraction(value, &o->precision))
			cli_misuse("--precision: '%s' is not a fraction from "
				   "0 to 1",
				   value);
		break;
	case 'o':
		if (*value == '\0')
			cli_misuse("--output: the name is empty");
		o->output = value;
		break;
	case OPTION_V1_SCALE:
		if (!parse_v1_scale(value, &o->v1_scale))
			cli_misuse("--v1-scale: '%s' is none of declared, "
				   "linux, double",
				   value);
		break;
	case 'j':
		o->jobs = jobs(value);
		break;
	}
}

int main(int argc, char **argv)
{
	struct heapprof_digest_options o = {.precision = -1};
	struct listen l;
	const char *value, *base;
	int id;

	cli_start(&tool, argc, argv);
	while ((id = cli_next(&value)) != -1) {
		take(&o, id, value);
		take_symbols(&o, id, value, argc);
	}
	base = listen_profile(cli_operands());
	listen_init(&l);
	listen_for_interrupt(&l);
	id = heapprof_digest(base, &o, &l.listener);
	free(o.debug_paths);
	return cli_finish(listen_status(&l, base, id));
}
