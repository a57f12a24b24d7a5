/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profile/reader.h"

/*
 * reading TIMES BASE PROGRAM [ARG]...: has PROGRAM recorded into BASE, time
 * after time, and reads the profile while it is written, TIMES in all.  At any
 * moment it is a whole one: nothing damaged, no free without its allocation, at
 * no later look less than before.  Every other recording is killed half way.
 */

struct look {
	uint64_t allocations, frees;
	enum hpm_end end;
};

static void die(const char *what, const struct look *look)
{
	fprintf(stderr, "reading: %s after %llu allocations, %llu frees\n",
		what, (unsigned long long)look->allocations,
		(unsigned long long)look->frees);
	exit(1);
}

static void print(void *unused, enum heapprof_severity severity,
		  const char *text)
{
	(void)unused;
	if (severity != HEAPPROF_NOTE)
		fprintf(stderr, "%s\n", text);
}

static void count(struct look *look, const struct reader_event *e)
{
	if (e->kind == HPD_ALLOC)
		look->allocations++;
	else if (e->kind == HPD_FREE || e->kind == HPD_TEMPORARY)
		look->frees++;
}

/* Traces that the log names are in the metadata. */
static void check_trace(const struct reader *r, const struct reader_event *e,
			const struct look *look)
{
	if (e->block && e->block->is.trace >= reader_metadata(r)->nr_nodes)
		die("a trace that is not there", look);
}

/* False: there is nothing to read yet. */
static bool look_at(const char *base, bool seen, struct look *look)
{
	static const struct heapprof_listener loud = {.message = print};
	const struct reader_event *events;
	const struct reader_damage *damage;
	struct reader *r;
	uint64_t lost;
	size_t n;

	*look = (struct look){0};
	if (reader_open(base, seen ? &loud : NULL, &r)) {
		if (seen)
			die("not to be opened any more", look);
		return false;
	}
	while (reader_next(r, &events, &n) == 0 && n > 0)
		for (size_t i = 0; i < n; i++) {
			count(look, &events[i]);
			check_trace(r, &events[i], look);
		}
	damage = reader_damage(r);
	if (damage->blocks || damage->missing || damage->cut)
		die("damaged", look);
	if (reader_report(r, true, look->allocations + look->frees, &lost))
		die("lossy", look);
	if (look->frees > look->allocations)
		die("more frees than allocations", look);
	look->end = reader_metadata(r)->state.end;
	reader_close(r);
	return true;
}

static pid_t start(const char *base, char **argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		setenv("HEAPPROF_OUTPUT", base, 1);
		setenv("HEAPPROF_SAMPLE", "all", 1);
		setenv("HEAPPROF_QUIET", "1", 1);
		setenv("LD_PRELOAD", getenv("PRELOAD"), 1);
		dup2(open("/dev/null", O_RDWR), STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid;
}

/* Reads as often as it can while one recording is made; how often. */
static int follow(const char *base, char **argv, int kill_after)
{
	struct look look, before = {0};
	bool seen = false, over = false;
	int status = 0, looks = 0;
	pid_t pid = start(base, argv);

	while (!over) {
		over = waitpid(pid, &status, WNOHANG) == pid;
		seen = look_at(base, seen, &look);
		if (look.allocations < before.allocations ||
		    look.frees < before.frees)
			die("less than before", &before);
		before = look;
		looks += seen;
		if (seen && looks == kill_after)
			kill(pid, SIGKILL);
	}
	if (!seen)
		die("no profile", &look);
	/* It may be killed after it has noted its end. */
	if (status == 0 && look.end != HPM_EXIT)
		die("ended otherwise", &look);
	return looks;
}

static void discard(const char *base)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s.hpm", base);
	unlink(path);
	snprintf(path, sizeof(path), "%s.hpd", base);
	unlink(path);
}

int main(int argc, char **argv)
{
	int looks = 0, recordings = 0;

	if (argc < 4 || !getenv("PRELOAD"))
		return 2;
	while (looks < atoi(argv[1])) {
		discard(argv[2]);
		looks += follow(argv[2], argv + 3,
				recordings % 2 ? 1 + recordings % 50 : 0);
		recordings++;
	}
	printf("%d looks at %d recordings\n", looks, recordings);
	return 0;
}
