/* SPDX-License-Identifier: MIT */

/*
 * The state is that of a process that handles one command line; only the
 * main thread calls in here, or threads of the library one at a time.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "terminal.h"

#define OPTIONS_MAX 40
#define HELP_COLUMN 26

static const struct cli_option common[] = {
	{'q', "quiet", NULL, ""},
	{'v', "verbose", NULL, "no notes, no progress; or more of them"},
	{'h', "help", NULL, ""},
	{'V', "version", NULL, "print this; or the version"},
	{0, NULL, NULL, NULL},
};

static struct {
	const struct cli_tool *tool;
	int argc;
	char **argv;
	bool quiet, verbose;
	char letters[2 * OPTIONS_MAX + 4];	   /* for getopt_long() */
	struct option names[OPTIONS_MAX + 1];	   /* for getopt_long() */
	const struct cli_option *all[OPTIONS_MAX]; /* without headings */
	int nr;
} cli;

/* Messages ---------------------------------------------------------------- */

/* File names and arguments may hold anything; a message is one line. */
static void make_printable(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

static void say(const char *more, const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		return;
	make_printable(text);
	terminal_clear();
	fprintf(stderr, "%s: %s%s\n", cli.tool->name, text, more);
	free(text);
}

void cli_die(enum cli_status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("", format, args);
	va_end(args);
	exit(status);
}

void cli_misuse(const char *format, ...)
{
	char more[64];
	va_list args;

	snprintf(more, sizeof(more), "; see %s --help", cli.tool->name);
	va_start(args, format);
	say(more, format, args);
	va_end(args);
	exit(cli.tool->misuse);
}

void cli_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("", format, args);
	va_end(args);
}

void cli_note(const char *format, ...)
{
	va_list args;

	if (cli.quiet)
		return;
	va_start(args, format);
	say("", format, args);
	va_end(args);
}

void cli_debug(const char *format, ...)
{
	va_list args;

	if (!cli.verbose)
		return;
	va_start(args, format);
	say("", format, args);
	va_end(args);
}

bool cli_quiet(void)
{
	return cli.quiet;
}

bool cli_verbose(void)
{
	return cli.verbose;
}

/* Help -------------------------------------------------------------------- */

/* Returns the columns that it takes, with those @before it. */
static int print_name(const struct cli_option *o, int before)
{
	char letter[5] = "";

	if (o->id < CLI_LONG)
		snprintf(letter, sizeof(letter), "-%c, ", (char)o->id);
	return before + printf("%s%s--%s%s%s",
			       before > 0	 ? ", "
			       : *letter != '\0' ? "  "
						 : "      ",
			       letter, o->name, o->arg != NULL ? "=" : "",
			       o->arg != NULL ? o->arg : "");
}

static void print_help(const char *help, int column)
{
	for (const char *end; help != NULL; help = end) {
		int length;

		end = strchr(help, '\n');
		length = end != NULL ? (int)(end++ - help) : (int)strlen(help);
		printf("%*s%.*s\n", MAX(HELP_COLUMN - column, 2), "", length,
		       help);
		column = 0;
	}
}

static void print_options(const struct cli_option *o)
{
	int column = 0;

	for (; o->help != NULL; o++) {
		if (o->id != 0)
			column = print_name(o, column);
		if (*o->help == '\0')
			continue;
		if (o->id == 0)
			printf("%s\n", o->help);
		else
			print_help(o->help, column);
		column = 0;
	}
}

static noreturn void help(void)
{
	printf("Usage: %s %s\n%s\n", cli.tool->name, cli.tool->operands,
	       cli.tool->summary);
	print_options(cli.tool->options);
	print_options(common);
	printf("%s", cli.tool->footer);
	exit(cli_finish(CLI_OK));
}

static noreturn void version(void)
{
	printf("%s (heapprof) %s\n", cli.tool->name, PACKAGE_VERSION);
	exit(cli_finish(CLI_OK));
}

/* Options ----------------------------------------------------------------- */

static void add_options(const struct cli_option *o)
{
	char *letters = cli.letters + strlen(cli.letters);

	for (; o->help != NULL && cli.nr < OPTIONS_MAX; o++) {
		if (o->id == 0)
			continue;
		cli.names[cli.nr] = (struct option){
			o->name,
			o->arg != NULL ? required_argument : no_argument, NULL,
			o->id};
		cli.all[cli.nr++] = o;
		if (o->id < CLI_LONG) {
			*letters++ = (char)o->id;
			if (o->arg != NULL)
				*letters++ = ':';
		}
	}
	*letters = '\0';
}

/* What is opened next must not take the place of a closed stdout. */
static void occupy_standard_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

void cli_start(const struct cli_tool *tool, int argc, char **argv)
{
	/* Only how text is written: numbers stay as in C. */
	setlocale(LC_CTYPE, "");
	cli.tool = tool;
	cli.argc = argc;
	cli.argv = argv;
	strcpy(cli.letters, tool->program ? "+:" : ":");
	add_options(tool->options);
	add_options(common);
	opterr = 0;
	/* A program to be run gets the streams as they are. */
	if (!tool->program)
		occupy_standard_streams();
}

static const struct cli_option *find(int id)
{
	for (int i = 0; i < cli.nr; i++)
		if (cli.all[i]->id == id)
			return cli.all[i];
	return NULL;
}

static noreturn void value_missing(int id)
{
	const struct cli_option *o = find(id);

	cli_misuse("option --%s needs a value, %s", o->name, o->arg);
}

/* How many long options begin as @word does? */
static int count_matches(const char *word)
{
	size_t n = strcspn(word, "=");
	int matches = 0;

	for (int i = 0; i < cli.nr; i++)
		matches += strncmp(cli.all[i]->name, word, n) == 0;
	return matches;
}

static noreturn void wrong_option(int id)
{
	const char *word = cli.argv[optind - 1];

	if (id != 0 && find(id) != NULL)
		cli_misuse("option --%s takes no value", find(id)->name);
	if (id != 0)
		cli_misuse("unknown option '-%c'", id);
	if (count_matches(word + 2) > 1)
		cli_misuse("option '%s' is ambiguous", word);
	cli_misuse("unknown option '%s'", word);
}

/* True if the option is one that all tools have. */
static bool take_common(int id)
{
	switch (id) {
	case 'h':
		help();
	case 'V':
		version();
	case 'q':
		cli.quiet = true;
		cli.verbose = false;
		return true;
	case 'v':
		cli.verbose = true;
		cli.quiet = false;
		return true;
	default:
		return false;
	}
}

int cli_next(const char **value)
{
	int id;

	do {
		id = getopt_long(cli.argc, cli.argv, cli.letters, cli.names,
				 NULL);
		if (id == ':')
			value_missing(optopt);
		if (id == '?')
			wrong_option(optopt);
	} while (take_common(id));
	*value = optarg;
	return id;
}

char **cli_operands(void)
{
	return cli.argv + optind;
}

int cli_finish(enum cli_status status)
{
	bool pending = __fpending(stdout) > 0;
	bool failed = ferror(stdout) != 0;

	errno = 0;
	/* A stdout that was closed from the start is fine if it is not used. */
	if (fclose(stdout) != 0 && (pending || errno != EBADF))
		failed = true;
	if (!failed)
		return status;
	/* EPIPE: the reader has seen enough. */
	if (errno != EPIPE)
		cli_warn("standard output: %s; the result is incomplete",
			 errno != 0 ? strerror(errno) : "write error");
	return status == CLI_OK || status == CLI_LOSSY ? CLI_FAILED : status;
}
