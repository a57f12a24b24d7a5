/* SPDX-License-Identifier: MIT */
#pragma once

#include "answers.h"
#include "child.h"
#include "lookup.h"

/*
 * The look-up of one module, in a child.
 */
struct lookup_job {
	const struct lookup_module *module;
	const struct lookup_options *options;
	struct child child;
	struct answers answers; /* whole if `answers.ended` */
	unsigned quiet_ms;	/* it has not said anything */
	bool ended;
	char why[128]; /* there are no answers; "": nothing to say */
};

/* 0; -ENOMEM; another -errno: there is no process to be had. */
int lookup_job_start(struct lookup_job *job);

/* Does it in this process, to the end.  0 or -ENOMEM. */
int lookup_job_do_here(struct lookup_job *job);

/* The child wrote something, or has ended.  0 or -ENOMEM. */
int lookup_job_read(struct lookup_job *job);

/* It said nothing for @ms more, with @patience in all.  0 or -ENOMEM. */
int lookup_job_idle(struct lookup_job *job, unsigned ms, unsigned patience);

/* Ends it without answers; @why not may be NULL: nothing to say. */
void lookup_job_give_up(struct lookup_job *job, const char *why);

/* Says what symbols had to say, and why there are no answers. */
void lookup_job_warn(const struct lookup_job *job);
void lookup_job_fini(struct lookup_job *job);
