/* SPDX-License-Identifier: MIT */

/*
 * The progress line is overwritten with spaces, not erased with an escape
 * sequence, so that it works on any terminal.
 */

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "terminal.h"

#define WIDTH_MIN 40
#define WIDTH_MAX 1000

/* Columns that the progress line takes now. */
static int shown;

static unsigned clamp_width(unsigned long n)
{
	return (unsigned)MIN(MAX(n, WIDTH_MIN), WIDTH_MAX);
}

unsigned terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (columns != NULL && columns[0] != '\0' &&
	    strspn(columns, "0123456789") == strlen(columns))
		return clamp_width(strtoul(columns, NULL, 10));
	if (isatty(STDOUT_FILENO) &&
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return clamp_width(size.ws_col);
	return 80;
}

bool terminal_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static bool wants_color(void)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return (no == NULL || no[0] == '\0') &&
	       (term == NULL || strcmp(term, "dumb") != 0) &&
	       isatty(STDOUT_FILENO);
}

bool terminal_color(const char *when, bool *color)
{
	if (strcmp(when, "always") == 0)
		*color = true;
	else if (strcmp(when, "never") == 0)
		*color = false;
	else if (strcmp(when, "auto") == 0)
		*color = wants_color();
	else
		return false;
	return true;
}

/* "12.3 MB", for units that grow large. */
static void format_amount(char *out, size_t size, double n, const char *unit)
{
	static const char prefixes[] = " kMGT";
	const char *prefix = prefixes;

	while (n >= 999.5 && prefix[1] != '\0') {
		n /= 1000;
		prefix++;
	}
	if (*prefix == ' ')
		snprintf(out, size, "%.0f %s", n, unit);
	else
		snprintf(out, size, "%.*f %c%s", n < 9.95, n, *prefix, unit);
}

static void format_left(char *out, size_t size,
			const struct heapprof_progress *p)
{
	double left =
		p->elapsed_s * (double)(p->total - p->done) / (double)p->done;
	unsigned long s = (unsigned long)(left + 0.5);

	if (s < 3600)
		snprintf(out, size, "%lu:%02lu", s / 60, s % 60);
	else
		snprintf(out, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60,
			 s % 60);
}

void terminal_progress(const struct heapprof_progress *p)
{
	char line[80], rate[32] = "", percent[32] = "", left[32] = "";
	int length;

	if (!isatty(STDERR_FILENO))
		return;
	if (p->elapsed_s > 0)
		format_amount(rate, sizeof(rate),
			      (double)p->done / p->elapsed_s, p->unit);
	if (p->total > 0)
		snprintf(percent, sizeof(percent), " %3.0f%%",
			 100.0 * (double)MIN(p->done, p->total) /
				 (double)p->total);
	if (p->done > 0 && p->total > p->done)
		format_left(left, sizeof(left), p);
	length = snprintf(line, sizeof(line), "%s%s%s%s%s%s%s", p->doing,
			  percent, rate[0] != '\0' ? ", " : "", rate,
			  rate[0] != '\0' ? "/s" : "",
			  left[0] != '\0' ? ", ETA " : "", left);
	length = MIN(length, (int)sizeof(line) - 1);
	fprintf(stderr, "\r%s%*s", line, MAX(shown - length, 0), "");
	shown = length;
}

void terminal_clear(void)
{
	if (shown > 0)
		fprintf(stderr, "\r%*s\r", shown, "");
	shown = 0;
}
