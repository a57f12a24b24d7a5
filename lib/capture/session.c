/* SPDX-License-Identifier: MIT */

#include "session.h"

#include <errno.h>

#include "live.h"
#include "log.h"
#include "modules.h"
#include "sampler.h"
#include "sys.h"
#include "threads.h"
#include "traces.h"

size_t session_depth;

static struct setup current;

int session_begin(const struct setup *s, const char **about)
{
	bool forked = threads_forked();

	/* The states of threads have room for stacks of the first depth. */
	if (current.depth > 0 && current.depth < s->depth) {
		*about = "depth";
		return EINVAL;
	}
	current = *s;
	session_depth = s->depth;
	*about = "memory";
	if (!traces_reset())
		return ENOMEM;
	live_reset(forked);
	modules_reset();
	sampler_configure(&current.header);
	if (forked)
		threads_forget();
	threads_begin(current.depth, current.seed);
	return setup_open_log(&current, about);
}

void session_end(void)
{
	log_off();
	/* Others may be within the recorder, and we may not wait for them. */
	if (sys_confined) {
		log_end(HPM_STOPPED);
		return;
	}
	threads_end();
	log_end(HPM_STOPPED);
	live_reset(false);
}

void session_exit(void)
{
	log_end(HPM_EXIT);
	setup_say_goodbye(&current);
}

bool session_is_here(void)
{
	return setup_is_this_process(current.header.pid);
}

void session_confine(bool strict)
{
	if (!strict) {
		log_reserve();
		live_share();
		return;
	}
	log_stop(EPERM);
	log_off();
}

bool session_end_at_once(enum hpm_end why)
{
	if (!session_is_here())
		return false;
	log_end(why);
	return true;
}

void session_say_replaced(void)
{
	setup_say_replaced(&current);
}

bool session_follow(void)
{
	static struct setup child;
	const char *about;

	log_off();
	if (!current.children)
		return false;
	child = current;
	return setup_follow(&child) && session_begin(&child, &about) == 0;
}
