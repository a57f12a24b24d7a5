/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>

#include "listen.h"
#include "terminal.h"

static volatile sig_atomic_t interrupted;

static void hear_message(void *arg, enum heapprof_severity severity,
			 const char *text)
{
	struct listen *l = arg;

	switch (severity) {
	case HEAPPROF_ERROR:
		l->said = true;
		cli_warn("%s", text);
		break;
	case HEAPPROF_WARNING:
		cli_warn("%s", text);
		break;
	case HEAPPROF_NOTE:
		cli_note("%s", text);
		break;
	case HEAPPROF_DEBUG:
		cli_debug("%s", text);
		break;
	}
}

static void hear_progress(void *arg, const struct heapprof_progress *progress)
{
	(void)arg;
	if (!cli_quiet())
		terminal_progress(progress);
}

static bool hear_stop(void *arg)
{
	(void)arg;
	return interrupted != 0;
}

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

void listen_init(struct listen *l)
{
	*l = (struct listen){
		.listener = {.message = hear_message,
			     .progress = hear_progress,
			     .arg = l},
	};
}

void listen_for_interrupt(struct listen *l)
{
	/* The second one ends the process, should the first take too long. */
	struct sigaction action = {.sa_handler = interrupt,
				   .sa_flags = (int)SA_RESETHAND | SA_RESTART};
	struct sigaction before;

	l->listener.stop = hear_stop;
	/* A shell ignores it for what it starts in the background. */
	if (sigaction(SIGINT, NULL, &before) == 0 &&
	    before.sa_handler != SIG_IGN)
		sigaction(SIGINT, &action, NULL);
}

enum cli_status listen_status(struct listen *l, const char *subject, int rc)
{
	terminal_clear();
	if (rc >= 0)
		return rc == HEAPPROF_LIMIT   ? CLI_LIMIT
		       : rc == HEAPPROF_LOSSY ? CLI_LOSSY
					      : CLI_OK;
	if (!l->said)
		cli_warn("%s: %s", subject, heapprof_strerror(rc));
	return rc == -EINVAL ? CLI_USAGE : CLI_FAILED;
}

const char *listen_profile(char **operands)
{
	static char newest[PATH_MAX];
	int rc;

	if (operands[0] != NULL && operands[1] != NULL)
		cli_misuse("one profile at a time, but there is '%s' too",
			   operands[1]);
	if (operands[0] != NULL && operands[0][0] == '\0')
		cli_misuse("the name of the profile is empty");
	if (operands[0] != NULL)
		return operands[0];
	rc = heapprof_newest(".", newest, sizeof(newest));
	if (rc == -ENOENT)
		cli_die(CLI_FAILED, "no profile in this directory; make one "
				    "with heapprof-run ./prog, or name one");
	if (rc < 0)
		cli_die(CLI_FAILED, "current directory: %s",
			heapprof_strerror(rc));
	cli_note("%s: the newest profile in this directory", newest);
	return newest;
}
