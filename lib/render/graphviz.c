/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"

#include "dot.h"
#include "graphviz.h"

/*
 * dot reads its input from a file in memory and not from a pipe, so that
 * neither of us ever waits for the other to read.  Its complaints go to such a
 * file, too.
 */

extern char **environ;

struct job {
	const struct target *t;
	int in, out, err; /* files in memory, and the end of a pipe; -1 */
	char *svg;
	size_t size;
};

/* Names stay on white in the dark: the colours of the cells mean something. */
static const char style[] = "\n<style>\n"
			    "@media (prefers-color-scheme: dark) {\n"
			    ".graph > polygon { fill: #0d1117 }\n"
			    ".graph > text, .edge text { fill: #e6edf3 }\n"
			    ".edge path, .edge polygon { stroke: #6e7681 }\n"
			    ".edge polygon { fill: #6e7681 }\n"
			    ".w1 path, .w1 polygon { stroke: #848d97 }\n"
			    ".w2 path, .w2 polygon { stroke: #a5adb6 }\n"
			    ".w3 path, .w3 polygon { stroke: #c9d1d9 }\n"
			    ".w4 path, .w4 polygon { stroke: #f0f6fc }\n"
			    "}\n"
			    "</style>";

static int write_input(struct job *j, const struct result *r)
{
	struct target dot = *j->t;
	int err;

	j->in = memfd_create("heapprof.dot", MFD_CLOEXEC);
	j->err = memfd_create("heapprof.log", MFD_CLOEXEC);
	if (j->in < 0 || j->err < 0)
		return -errno;
	dot.out = fdopen(dup(j->in), "w");
	if (!dot.out)
		return -errno;
	err = dot_graph(&dot, r);
	if (fclose(dot.out) && !err)
		err = -errno;
	if (!err && lseek(j->in, 0, SEEK_SET) < 0)
		err = -errno;
	return err;
}

/* Returns the pid, or -errno. */
static pid_t start(struct job *j)
{
	char *argv[] = {"dot", "-Tsvg", NULL};
	posix_spawn_file_actions_t actions;
	int ends[2], err;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	j->out = ends[0];
	err = posix_spawn_file_actions_init(&actions);
	if (err) {
		close(ends[1]);
		return -err;
	}
	err = posix_spawn_file_actions_adddup2(&actions, j->in, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&actions, j->err, 2);
	if (!err)
		err = posix_spawnp(&pid, *argv, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	return err ? -err : pid;
}

static int read_output(struct job *j)
{
	FILE *copy = open_memstream(&j->svg, &j->size);
	char buffer[16384];
	ssize_t n = -1;

	while (copy && (n = read(j->out, buffer, sizeof(buffer))) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0)
			fwrite(buffer, 1, (size_t)n, copy);
	}
	if (!copy || n < 0)
		n = -errno;
	if (copy && fclose(copy) && !n)
		n = -errno;
	return (int)n;
}

/* Did it end well, as far as is known?  Others may have reaped it. */
static bool is_done(const struct job *j, pid_t pid)
{
	static const char end[] = "</svg>\n";
	size_t n = sizeof(end) - 1;
	int status = 0;
	pid_t got;

	while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	if (got == pid && status != 0)
		return false;
	return j->size > n && !memcmp(j->svg + j->size - n, end, n);
}

/* The first line of what it complained of. */
static void complain(const struct job *j)
{
	char line[128];
	ssize_t n = pread(j->err, line, sizeof(line) - 1, 0);

	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	snprintf(j->t->why, TARGET_WHY,
		 "graphviz's dot failed: %s; give --format=dot to see what it "
		 "was given",
		 *line ? line : "it does not say why");
}

static void put_svg(const struct job *j)
{
	const char *tag = strstr(j->svg, "<svg"), *end;

	end = tag ? strchr(tag, '>') : NULL;
	end = end ? end + 1 : j->svg;
	fwrite(j->svg, 1, (size_t)(end - j->svg), j->t->out);
	if (tag)
		fputs(style, j->t->out);
	fwrite(end, 1, j->size - (size_t)(end - j->svg), j->t->out);
}

static int lay_out(struct job *j, const struct result *r)
{
	int err = write_input(j, r);
	pid_t pid;

	if (err)
		return err;
	pid = start(j);
	if (pid == -ENOENT)
		snprintf(j->t->why, TARGET_WHY,
			 "the view flow in SVG is laid out by graphviz's dot, "
			 "which is not installed; install graphviz, or give "
			 "--format=dot");
	if (pid < 0)
		return pid;
	err = read_output(j);
	if (is_done(j, pid) && !err) {
		put_svg(j);
		return 0;
	}
	if (!err)
		complain(j);
	return err ? err : -EIO;
}

int graphviz_graph(const struct target *t, const struct result *r)
{
	struct job j = {.t = t, .in = -1, .out = -1, .err = -1};
	int err = lay_out(&j, r);

	if (j.in >= 0)
		close(j.in);
	if (j.out >= 0)
		close(j.out);
	if (j.err >= 0)
		close(j.err);
	free(j.svg);
	return err;
}
