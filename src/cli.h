/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdnoreturn.h>

#include "base.h"

/*
 * What all tools have in common: options, messages, exit statuses.
 *
 * A tool describes itself in a struct cli_tool.  The options that getopt_long()
 * takes and what --help prints come from that one table; -h, -V, -q and -v are
 * added here and never seen by the tool.
 *
 * All messages to the user go through the functions below: one line, one
 * write, beginning with the name of the tool.
 */

enum cli_status {
	CLI_OK,
	CLI_FAILED,
	CLI_USAGE,
	CLI_LOSSY, /* result printed, but the profile is damaged or lossy */
	CLI_LIMIT, /* a limit that the user set was passed */

	/* heapprof-run and -stats, which pass on the status of the program */
	CLI_OWN = 125,
	CLI_NOT_EXECUTABLE = 126,
	CLI_NOT_FOUND = 127,
};

struct cli_option {
	int id;		  /* letter, or CLI_LONG and up if there is none;
			     0: a heading, or the end if help is NULL */
	const char *name; /* long name */
	const char *arg;  /* name of the value, NULL: takes none */
	const char *help; /* '\n' goes to the next line; "": the next option
			     is on the same line, and its help is for both */
};

#define CLI_LONG 256

struct cli_tool {
	const char *name;
	const char *operands; /* "[OPTION]... [BASE]" */
	const char *summary;  /* one line */
	const struct cli_option *options;
	const char *footer;	/* below the options in --help */
	bool program;		/* operands are a command: options end there */
	enum cli_status misuse; /* exit status for wrong usage */
};

/* To be called first.  @tool must remain. */
void cli_start(const struct cli_tool *tool, int argc, char **argv);

/*
 * The id of the next option, with its value in @value, or -1 after the last.
 * Does not return for --help, --version and wrong usage.
 */
int cli_next(const char **value);

/* The operands, NULL-terminated, once cli_next() has returned -1. */
char **cli_operands(void);

/* Ends with CLI_FAILED unless all that went to stdout could be written. */
int cli_finish(enum cli_status status);

noreturn void cli_die(enum cli_status status, const char *format, ...)
	printf_like(2, 3);

/* Wrong usage: adds where to read more. */
noreturn void cli_misuse(const char *format, ...) printf_like(1, 2);

void cli_warn(const char *format, ...) printf_like(1, 2);
void cli_note(const char *format, ...) printf_like(1, 2);  /* not if quiet */
void cli_debug(const char *format, ...) printf_like(1, 2); /* if verbose */

bool cli_quiet(void);
bool cli_verbose(void);
