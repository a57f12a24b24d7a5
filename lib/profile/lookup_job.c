/* SPDX-License-Identifier: MIT */
/*
 * The child: symbols_module(), limits, and answers_put.  The parent: answers.
 * The limits are against files that are broken or made to be; an honest look-up
 * maps its files, and has an index over them that is smaller than they are.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"

#include "lookup_job.h"

#define MEMORY_ALWAYS ((uint64_t)1 << 30)
#define MEMORY_A_BYTE 16 /* of the files: compressed sections grow */
#define SECONDS_ALWAYS 60
#define BYTES_A_SECOND ((uint64_t)1 << 20)
#define ADDRESSES_A_SECOND 1000

/* Exit status of a child. */
#define NO_MEMORY 112

static void limit(const struct lookup_job *job, uint64_t bytes)
{
	const struct lookup_options *o = job->options;

	bytes = MIN(bytes, UINT64_MAX / 2 / MEMORY_A_BYTE);
	child_limit((o->memory ? o->memory : MEMORY_ALWAYS) +
			    bytes * MEMORY_A_BYTE,
		    (o->seconds ? o->seconds : SECONDS_ALWAYS) +
			    bytes / BYTES_A_SECOND +
			    job->module->nr / ADDRESSES_A_SECOND);
}

struct work {
	const struct lookup_job *job;
	struct answers_put put;
};

static void put_warning(void *arg, const char *text)
{
	struct work *w = arg;

	answers_put_warning(&w->put, text);
}

static void raise_limits(void *arg, uint64_t bytes)
{
	struct work *w = arg;

	limit(w->job, bytes);
}

static int find(struct work *w, bool limited)
{
	const struct lookup_module *m = w->job->module;
	const struct lookup_options *o = w->job->options;
	lookup_symbols_fn *fn = o->find ? o->find : symbols_module;
	struct symbols_options symbols = o->symbols;
	int error;

	symbols.warn = o->symbols.warn ? put_warning : NULL;
	symbols.opened = limited ? raise_limits : NULL;
	symbols.arg = w;
	error = fn(&m->module, m->addresses, m->nr, &symbols,
		   answers_put_frames, &w->put);
	return error ? error : answers_put_end(&w->put);
}

static int run(void *arg, int fd)
{
	struct work w = {.job = arg, .put = {.fd = fd}};
	int error;

	limit(w.job, 0);
	error = find(&w, true);
	if (error == 0)
		return 0;
	return error == -ENOMEM ? NO_MEMORY : 1;
}

int lookup_job_start(struct lookup_job *job)
{
	int error = answers_init(&job->answers, job->module->nr);

	if (error == 0)
		error = child_start(&job->child, run, job);
	if (error)
		answers_fini(&job->answers);
	return error;
}

int lookup_job_do_here(struct lookup_job *job)
{
	struct work w = {.job = job, .put = {.fd = -1}};
	int error = answers_init(&job->answers, job->module->nr);

	if (error == 0)
		error = find(&w, false);
	if (error == 0)
		error = answers_add(&job->answers, w.put.out.p, w.put.out.n);
	answers_put_fini(&w.put);
	if (error == -EBADMSG) {
		lookup_job_give_up(job, "there are too many names");
		error = 0;
	}
	job->ended = true;
	return error;
}

void lookup_job_give_up(struct lookup_job *job, const char *why)
{
	child_stop(&job->child);
	job->answers.ended = false;
	job->ended = true;
	snprintf(job->why, sizeof(job->why), "%s", why ? why : "");
}

/* It has ended before its answers had. */
static void tell_why(struct lookup_job *job)
{
	const struct child *c = &job->child;
	char why[sizeof(job->why)] = "the look-up of its symbols ended early";

	if (c->reaped && WIFSIGNALED(c->status)) {
		int signal = WTERMSIG(c->status);

		if (signal == SIGXCPU)
			strcpy(why, "the look-up of its symbols does not end");
		else
			snprintf(why, sizeof(why),
				 "the look-up of its symbols was ended by "
				 "signal %d (%s)",
				 signal, strsignal(signal));
	} else if (c->reaped && WEXITSTATUS(c->status) == NO_MEMORY) {
		strcpy(why, "the look-up of its symbols ran out of memory");
	} else if (c->reaped) {
		snprintf(why, sizeof(why),
			 "the look-up of its symbols ended early, with status "
			 "%d",
			 WEXITSTATUS(c->status));
	}
	lookup_job_give_up(job, why);
}

/* Takes what there is.  Whether there may be more, or -errno. */
static int take(struct lookup_job *job)
{
	char piece[65536];
	ssize_t n = read(job->child.fd, piece, sizeof(piece));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return 0;
	job->quiet_ms = 0;
	return answers_add(&job->answers, piece, (size_t)n) ?: 1;
}

int lookup_job_read(struct lookup_job *job)
{
	int more = take(job);

	if (more == -EBADMSG) {
		lookup_job_give_up(job, "the look-up of its symbols gave "
					"answers that cannot be");
	} else if (more < 0) {
		return more;
	} else if (job->answers.ended) {
		child_stop(&job->child);
		job->ended = true;
	} else if (more == 0) {
		child_wait(&job->child);
		tell_why(job);
	}
	return 0;
}

/* The pipe of a child that is gone may yet be open, in a child of others. */
static int read_rest(struct lookup_job *job)
{
	size_t before;
	int error;

	do {
		before = job->answers.in.n;
		error = lookup_job_read(job);
	} while (error == 0 && !job->ended && job->answers.in.n > before);
	if (error == 0 && !job->ended)
		tell_why(job);
	return error;
}

int lookup_job_idle(struct lookup_job *job, unsigned ms, unsigned patience)
{
	if (child_has_ended(&job->child))
		return read_rest(job);
	job->quiet_ms += ms;
	if (job->quiet_ms >= patience)
		lookup_job_give_up(job, "the look-up of its symbols hangs");
	return 0;
}

void lookup_job_warn(const struct lookup_job *job)
{
	const struct symbols_options *o = &job->options->symbols;
	const char *path = job->module->module.path;
	char *text;

	if (!o->warn)
		return;
	answers_warnings(&job->answers, o->warn, o->arg);
	if (!job->why[0] ||
	    asprintf(&text,
		     "%s: %s; its functions stay unknown; see whether it or "
		     "its debug file is damaged",
		     path ? path : "?", job->why) < 0)
		return;
	o->warn(o->arg, text);
	free(text);
}

void lookup_job_fini(struct lookup_job *job)
{
	child_stop(&job->child);
	answers_fini(&job->answers);
}
