/* SPDX-License-Identifier: MIT */

/* Each test runs in a process of its own, whose stdout and stderr it moves. */

#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"

#include "../../src/terminal.h"
#include "unit.h"

static const struct {
	const char *columns;
	unsigned width;
} widths[] = {
	{"200", 200}, {"80", 80}, {"1", 40},   {"99999999999999999999", 1000},
	{"", 132},    {"x", 132}, {"-1", 132}, {NULL, 132},
};

/* stdout becomes a terminal of 132 columns.  Returns the other end. */
static int open_terminal(int fd)
{
	struct winsize size = {.ws_row = 24, .ws_col = 132};
	int master, slave;

	ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, &size), 0);
	ck_assert_int_eq(dup2(slave, fd), fd);
	return master;
}

START_TEST(test_width)
{
	open_terminal(STDOUT_FILENO);
	if (widths[_i].columns != NULL)
		setenv("COLUMNS", widths[_i].columns, 1);
	else
		unsetenv("COLUMNS");
	ck_assert_uint_eq(terminal_width(), widths[_i].width);
}
END_TEST

START_TEST(test_width_of_file)
{
	unsetenv("COLUMNS");
	ck_assert_int_ge(dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO), 0);
	ck_assert_uint_eq(terminal_width(), 80);
}
END_TEST

static bool color_of(const char *when)
{
	bool color;

	ck_assert(terminal_color(when, &color));
	return color;
}

START_TEST(test_color)
{
	bool color;

	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	open_terminal(STDOUT_FILENO);
	ck_assert(color_of("auto"));
	setenv("TERM", "dumb", 1);
	ck_assert(!color_of("auto"));
	setenv("TERM", "xterm", 1);
	setenv("NO_COLOR", "", 1);
	ck_assert(color_of("auto"));
	setenv("NO_COLOR", "1", 1);
	ck_assert(!color_of("auto"));
	ck_assert(color_of("always"));
	unsetenv("NO_COLOR");
	ck_assert(!color_of("never"));
	ck_assert(!terminal_color("sometimes", &color));
	ck_assert_int_ge(dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO), 0);
	ck_assert(!color_of("auto"));
	ck_assert(color_of("always"));
}
END_TEST

static const struct {
	struct heapprof_progress progress;
	const char *line;
} lines[] = {
	{{"reading", 0, 1000, "B", 0, 0}, "\rreading   0%"},
	{{"reading", 500, 1000, "B", 0, 2},
	 "\rreading  50%, 250 B/s, ETA 0:02"},
	{{"reading", 1000, 1000, "B", 0, 1}, "\rreading 100%, 1.0 kB/s"},
	{{"reading", 2000000, 0, "B", 0, 1}, "\rreading, 2.0 MB/s"},
	{{"reading", 20, 1000000, "B", 0, 1},
	 "\rreading   0%, 20 B/s, ETA 13:53:19"},
	{{"symbols", 3000, 1000, "addresses", 0, 1},
	 "\rsymbols 100%, 3.0 kaddresses/s"},
};

/* Reads @want bytes, which a terminal may hand out in pieces. */
static void read_whole(int terminal, char *got, size_t want)
{
	size_t n = 0;

	while (n < want) {
		ssize_t more = read(terminal, got + n, want - n);

		ck_assert_int_gt(more, 0);
		n += (size_t)more;
	}
	got[n] = '\0';
}

/* The line, and spaces over it once it is cleared. */
START_TEST(test_progress)
{
	int terminal = open_terminal(STDERR_FILENO);
	char want[256], got[256];
	size_t length = strlen(lines[_i].line);

	terminal_progress(&lines[_i].progress);
	terminal_clear();
	terminal_clear();
	snprintf(want, sizeof(want), "%s\r%*s\r", lines[_i].line,
		 (int)length - 1, "");
	read_whole(terminal, got, strlen(want));
	ck_assert_str_eq(got, want);
}
END_TEST

/* A shorter line covers all of a longer one. */
START_TEST(test_progress_shrinks)
{
	int terminal = open_terminal(STDERR_FILENO);
	struct heapprof_progress longer = {"a long word", 0, 10, "B", 0, 0};
	struct heapprof_progress shorter = {"short", 0, 10, "B", 0, 0};
	const char *want = "\ra long word   0%\rshort   0%      ";
	char got[256];

	terminal_progress(&longer);
	terminal_progress(&shorter);
	read_whole(terminal, got, strlen(want));
	ck_assert_str_eq(got, want);
}
END_TEST

START_TEST(test_no_progress_in_files)
{
	int ends[2];
	char got;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	terminal_progress(&lines[0].progress);
	terminal_clear();
	close(ends[1]);
	close(STDERR_FILENO);
	ck_assert_int_eq(read(ends[0], &got, 1), 0);
}
END_TEST

/* A bare container may have no pseudo-terminals. */
static bool can_open_terminal(void)
{
	int master, slave;

	if (openpty(&master, &slave, NULL, NULL, NULL) != 0) {
		perror("not tested, terminals: openpty");
		return false;
	}
	close(master);
	close(slave);
	return true;
}

Suite *terminal_suite(void)
{
	Suite *s = suite_create("terminal");
	TCase *c = tcase_create("terminal");

	tcase_add_test(c, test_width_of_file);
	tcase_add_test(c, test_no_progress_in_files);
	if (can_open_terminal()) {
		tcase_add_loop_test(c, test_width, 0, (int)ARRAY_SIZE(widths));
		tcase_add_test(c, test_color);
		tcase_add_loop_test(c, test_progress, 0,
				    (int)ARRAY_SIZE(lines));
		tcase_add_test(c, test_progress_shrinks);
	}
	suite_add_tcase(s, c);
	return s;
}
