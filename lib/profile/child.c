/* SPDX-License-Identifier: MIT */
/*
 * Signals are blocked from before the fork until the child has put away the
 * handlers of the parent, which are not meant to run twice.
 *
 * fork(), not a bare clone(), since the child needs malloc() and only the
 * former leaves its locks free.  That makes SIGCHLD in the parent; a handler
 * there sees a child that it does not know.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base.h"

#include "child.h"

#define PIPE 3 /* in the child */

/* For what has closed its pipe: milliseconds to end by itself. */
#define GRACE 1000

/* A sanitizer reserves terabytes; there a limit is of no use. */
#define SANITIZER ((uint64_t)1 << 40)

static uint64_t size_at_start; /* of the address space, bytes; in the child */

static void reset_signals(void)
{
	static const int deadly[] = {SIGSEGV, SIGBUS,  SIGILL,	SIGFPE,
				     SIGABRT, SIGTRAP, SIGXCPU, SIGXFSZ,
				     SIGSYS,  SIGALRM, SIGCHLD};
	struct sigaction action;
	sigset_t none;

	for (int i = 1; i < NSIG; i++) {
		if (sigaction(i, NULL, &action) ||
		    (!(action.sa_flags & SA_SIGINFO) &&
		     action.sa_handler == SIG_IGN))
			continue;
		signal(i, SIG_DFL);
	}
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		signal(deadly[i], SIG_DFL);
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
}

static uint64_t address_space(void)
{
	char text[64] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	unsigned long long pages = 0;

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) > 0)
		sscanf(text, "%llu", &pages);
	close(fd);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Whether the descriptors are right; then the pipe is PIPE. */
static bool settle(pid_t parent, int pipe)
{
	struct rlimit no_core = {0, 0};

	/* A core that is piped to a program knows no limit. */
	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		return false;
	reset_signals();
	if (pipe != PIPE && dup2(pipe, PIPE) < 0)
		return false;
	if (pipe < PIPE)
		close(pipe);
	close_range(PIPE + 1, ~0U, 0);
	size_at_start = address_space();
	return true;
}

int child_start(struct child *c, child_fn *run, void *arg)
{
	sigset_t all, before;
	pid_t parent = getpid();
	int fds[2], error = 0;

	*c = (struct child){.fd = -1};
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	c->pid = fork();
	if (c->pid == 0)
		_exit(settle(parent, fds[1]) ? run(arg, PIPE) : 1);
	if (c->pid < 0) {
		error = -errno;
		c->pid = 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(fds[1]);
	if (error) {
		close(fds[0]);
		return error;
	}
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	c->fd = fds[0];
	return 0;
}

static bool reap(struct child *c, int flags)
{
	pid_t pid;

	if (c->pid == 0)
		return true;
	do
		pid = waitpid(c->pid, &c->status, flags);
	while (pid < 0 && errno == EINTR);
	if (pid == 0)
		return false;
	/* Otherwise somebody else has reaped it. */
	c->reaped = pid == c->pid;
	c->pid = 0;
	return true;
}

bool child_has_ended(struct child *c)
{
	return reap(c, WNOHANG);
}

void child_wait(struct child *c)
{
	struct timespec ms = {.tv_nsec = 1000000};

	for (int i = 0; i < GRACE && !reap(c, WNOHANG); i++)
		nanosleep(&ms, NULL);
	child_stop(c);
}

void child_stop(struct child *c)
{
	/* As long as it is not reaped, the id is its own. */
	if (!reap(c, WNOHANG)) {
		kill(c->pid, SIGKILL);
		reap(c, 0);
	}
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static void set_limit(__rlimit_resource_t resource, uint64_t value)
{
	static struct rlimit before[RLIM_NLIMITS];
	static bool known[RLIM_NLIMITS];
	struct rlimit *b = &before[resource];

	if (!known[resource] && getrlimit(resource, b))
		return;
	known[resource] = true;
	setrlimit(resource,
		  &(struct rlimit){MIN(b->rlim_cur, value), b->rlim_max});
}

void child_limit(uint64_t memory, uint64_t seconds)
{
	uint64_t size;

	set_limit(RLIMIT_CPU, seconds);
	if (size_at_start == 0 || size_at_start >= SANITIZER)
		return;
	if (!__builtin_add_overflow(size_at_start, memory, &size))
		set_limit(RLIMIT_AS, size);
}
