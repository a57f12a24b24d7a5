/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "cli.h"
#include "launch.h"
#include "target.h"

static const struct cli_option options[] = {
	{'o', "output", "FILE", "write the table there (standard error)"},
	{0, NULL, NULL, NULL},
};

static const struct cli_tool tool = {
	.name = "heapprof-stats",
	.operands = "[-o FILE] [--] PROGRAM [ARG]...",
	.summary = "Run PROGRAM, count its allocations by size, and suggest "
		   "what to record of them.",
	.options = options,
	.footer = "Exit status: that of PROGRAM, or 125 if it cannot be "
		  "counted, 126 if it cannot\n"
		  "be executed, 127 if it is not found.\n"
		  "Example: heapprof-stats ./prog\n",
	.program = true,
	.misuse = CLI_OWN,
};

static void take(const char **output, const char *value)
{
	if (*value == '\0')
		cli_misuse("--output: the name is empty");
	/* Our result never goes to the program's standard output. */
	*output = strcmp(value, "-") != 0 ? value : NULL;
}

int main(int argc, char **argv)
{
	const char *output = NULL, *value;
	struct target t;

	cli_start(&tool, argc, argv);
	while (cli_next(&value) != -1)
		take(&output, value);
	argv = cli_operands();
	if (argv[0] == NULL)
		cli_misuse("no program to run");
	target_find(&t, argv);
	launch_stats(output, &t);
}
