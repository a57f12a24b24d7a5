/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include "truth.h"

/*
 * signals: prints every signal's disposition and the mask, so that a run
 * without the recorder can be compared; then a handler on an alternate stack
 * allocates 54,321 bytes, 100 times, and a timer interrupts allocations.
 * signals N: as that, but dies of signal N.
 */

static struct truth truth;
static volatile sig_atomic_t ticks;

static void in_handler(int number)
{
	void *volatile p = malloc(54321);

	(void)number;
	if (p)
		truth_alloc(&truth, 54321);
}

static void tick(int number)
{
	(void)number;
	ticks++;
}

static void print_dispositions(void)
{
	sigset_t mask;
	char line[80];

	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int n = 1; n < NSIG; n++) {
		struct sigaction action;

		if (sigaction(n, NULL, &action))
			continue;
		snprintf(line, sizeof(line), "%d: %s%s\n", n,
			 action.sa_handler == SIG_DFL ? "default"
						      : "not default",
			 sigismember(&mask, n) > 0 ? ", blocked" : "");
		say(line);
	}
}

static void handle(int number, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	if (sigaction(number, &action, NULL))
		_exit(2);
}

static void interrupted(void)
{
	struct itimerval every = {{0, 200}, {0, 200}};

	handle(SIGALRM, tick, SA_RESTART);
	setitimer(ITIMER_REAL, &every, NULL);
	for (int i = 0; i < 200000 || ticks < 20; i++) {
		void *volatile p = malloc(50);

		truth_alloc(&truth, 50);
		free(p);
		truth_free(&truth, 50);
	}
	every = (struct itimerval){0};
	setitimer(ITIMER_REAL, &every, NULL);
}

int main(int argc, char **argv)
{
	static char stack[64 * 1024];
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};

	print_dispositions();
	if (sigaltstack(&alternate, NULL))
		return 2;
	handle(SIGUSR1, in_handler, SA_ONSTACK);
	for (int i = 0; i < 100; i++)
		raise(SIGUSR1);
	if (argc < 2) {
		interrupted();
	} else {
		truth_print(&truth);
		raise(atoi(argv[1]));
	}
	truth_print(&truth);
	return 0;
}
