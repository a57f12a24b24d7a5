/* SPDX-License-Identifier: MIT */

#include <stdlib.h>

#include "capture/options.h"

#include "cli.h"
#include "launch.h"
#include "parse.h"
#include "target.h"

enum { OPTION_SEED = CLI_LONG, OPTION_MAX_SIZE, OPTION_WAIT };

static const struct cli_option options[] = {
	{'o', "output", "BASE",
	 "write BASE.hpm and BASE.hpd (" OPTIONS_DEFAULT_OUTPUT "); %p is the\n"
	 "pid, %n the program, %h the host, %t the time"},
	{'s', "sample", "SPEC",
	 "what to record: all, bytes=SIZE or\n"
	 "SIZE:PROB,... (" OPTIONS_DEFAULT_SAMPLE ")"},
	{OPTION_SEED, "seed", "N", "repeat the sampling of this number"},
	{'c', "children", NULL, "child processes too, each in BASE.PID"},
	{'d', "depth", "N", "innermost frames kept of each stack (256)"},
	{OPTION_MAX_SIZE, "max-size", "SIZE",
	 "stop recording when the files reach it"},
	{OPTION_WAIT, "wait", NULL, "record nothing before heapprof_start()"},
	{0, NULL, NULL, NULL},
};

static const struct cli_tool tool = {
	.name = "heapprof-run",
	.operands = "[OPTION]... [--] PROGRAM [ARG]...",
	.summary = "Run PROGRAM and record what it allocates on the heap.",
	.options = options,
	.footer = "Allocations below SIZE (K, M, G) are recorded with "
		  "probability PROB.\n"
		  "Exit status: that of PROGRAM, or 125 if it cannot be "
		  "recorded, 126 if it cannot\n"
		  "be executed, 127 if it is not found.\n"
		  "Example: heapprof-run -o base ./prog && heapprof-report "
		  "base\n",
	.program = true,
	.misuse = CLI_OWN,
};

static void check_sample(const char *spec)
{
	const char *why = launch_check_sample(spec);

	if (why != NULL)
		cli_misuse("--sample: %s", why);
}

static void check_number(const char *option, const char *value, uint64_t max)
{
	uint64_t n;

	if (!parse_number(value, 1, max, &n))
		cli_misuse("%s: '%s' is not a number from 1 to %llu", option,
			   value, (unsigned long long)max);
}

static void check_max_size(const char *value)
{
	uint64_t size;

	if (!parse_size(value, &size) || size == 0)
		cli_misuse("--max-size: '%s' is not a number of bytes "
			   "(K, M, G)",
			   value);
}

static void take(struct launch *l, int id, const char *value)
{
	switch (id) {
	case 'o':
		if (*value == '\0')
			cli_misuse("--output: the name is empty");
		l->output = value;
		break;
	case 's':
		check_sample(value);
		l->sample = value;
		break;
	case OPTION_SEED:
		check_number("--seed", value, UINT64_MAX);
		l->seed = value;
		break;
	case 'd':
		check_number("--depth", value, OPTIONS_DEPTH_MAX);
		l->depth = value;
		break;
	case OPTION_MAX_SIZE:
		check_max_size(value);
		l->max_size = value;
		break;
	case 'c':
		l->children = true;
		break;
	case OPTION_WAIT:
		l->wait = true;
		break;
	}
}

int main(int argc, char **argv)
{
	struct launch l = {.output = OPTIONS_DEFAULT_OUTPUT};
	struct target t;
	const char *value;
	int id;

	cli_start(&tool, argc, argv);
	while ((id = cli_next(&value)) != -1)
		take(&l, id, value);
	argv = cli_operands();
	if (argv[0] == NULL)
		cli_misuse("no program to run");
	l.quiet = cli_quiet();
	target_find(&t, argv);
	launch_run(&l, &t, argv[0]);
}
