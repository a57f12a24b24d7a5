/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

/*
 * Allocates where little is there to do it with: in destructors of threads, in
 * cancelled threads, on the smallest stacks, in fibres, in a thousand threads.
 * Prints a line after each.
 */

#define ROUNDS 20
#define CROWD 1000

extern void *__dso_handle;
int __cxa_thread_atexit_impl(void (*f)(void *), void *object, void *dso);

static pthread_key_t keys[2];

static void check(int error)
{
	if (error == 0)
		return;
	errno = error;
	perror("moments");
	exit(2);
}

static void churn(void)
{
	void *volatile p = malloc(100);

	p = realloc(p, 1000);
	free(p);
	free(calloc(3, 30));
}

/* Comes back until the last round, as some libraries do: see
   PTHREAD_DESTRUCTOR_ITERATIONS. */
static void key_destructor(void *left)
{
	uintptr_t n = (uintptr_t)left;

	churn();
	if (n > 1)
		pthread_setspecific(keys[n % 2], (void *)(n - 1));
}

static void thread_local_destructor(void *block)
{
	churn();
	free(block);
}

static void *with_destructors(void *unused)
{
	check(pthread_setspecific(keys[0], (void *)4));
	check(pthread_setspecific(keys[1], (void *)3));
	check(__cxa_thread_atexit_impl(thread_local_destructor, malloc(77),
				       &__dso_handle));
	churn();
	return unused;
}

/* With its first allocation in a destructor. */
static void *with_nothing_before(void *unused)
{
	check(pthread_setspecific(keys[0], (void *)4));
	return unused;
}

static void clean_up(void *block)
{
	churn();
	free(block);
}

static void *cancelled(void *unused)
{
	pthread_cleanup_push(clean_up, malloc(321));
	check(pthread_setspecific(keys[0], (void *)2));
	/* Pending: none of what an allocation does may act on it. */
	check(pthread_cancel(pthread_self()));
	for (int i = 0; i < ROUNDS; i++)
		churn();
	pthread_testcancel();
	pthread_cleanup_pop(1);
	_exit(3);
	return unused;
}

static void *cancelled_any_time(void *unused)
{
	churn();
	check(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL));
	for (;;)
		pause();
	return unused;
}

static void *churns(void *unused)
{
	churn();
	return unused;
}

static void run(void *(*body)(void *), size_t stack, int cancel)
{
	pthread_attr_t attributes;
	pthread_t thread;

	check(pthread_attr_init(&attributes));
	if (stack > 0)
		check(pthread_attr_setstacksize(&attributes, stack));
	check(pthread_create(&thread, &attributes, body, NULL));
	if (cancel)
		check(pthread_cancel(thread));
	check(pthread_join(thread, NULL));
	pthread_attr_destroy(&attributes);
}

static void with_threads(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		run(with_destructors, 0, 0);
		run(with_nothing_before, 0, 0);
		run(churns, 16384, 0);
	}
	puts("threads");
}

static void with_cancellation(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		run(cancelled, 0, 0);
		run(cancelled_any_time, 0, 1);
	}
	puts("cancellation");
}

static void in_handler(int number)
{
	(void)number;
	churn();
}

/* A handler on a stack that is as small as the kernel allows, and one page
   behind it that may not be touched. */
static void with_signals(void)
{
	size_t least = getauxval(AT_MINSIGSTKSZ), page = 4096;
	size_t size = (least + 4096 + page - 1) / page * page;
	char *map = mmap(NULL, size + page, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = {.ss_sp = map + page, .ss_size = size};
	struct sigaction action = {.sa_handler = in_handler,
				   .sa_flags = SA_ONSTACK};

	if (map == MAP_FAILED || mprotect(map + page, size, 3) ||
	    sigaltstack(&stack, NULL) || sigaction(SIGUSR1, &action, NULL))
		check(errno);
	for (int i = 0; i < ROUNDS; i++)
		raise(SIGUSR1);
	puts("signals");
}

static ucontext_t outside, inside;

static void fibre(void)
{
	for (;;) {
		churn();
		swapcontext(&inside, &outside);
	}
}

static void with_fibres(void)
{
	char *stack = malloc(16384);

	getcontext(&inside);
	inside.uc_stack.ss_sp = stack;
	inside.uc_stack.ss_size = 16384;
	makecontext(&inside, fibre, 0);
	for (int i = 0; i < ROUNDS; i++) {
		swapcontext(&outside, &inside);
		churn();
	}
	free(stack);
	puts("fibres");
}

static pthread_barrier_t barrier;

static void *crowded(void *unused)
{
	churn();
	pthread_barrier_wait(&barrier);
	churn();
	return unused;
}

static void with_a_crowd(void)
{
	static pthread_t threads[CROWD];
	pthread_attr_t attributes;

	check(pthread_attr_init(&attributes));
	check(pthread_attr_setstacksize(&attributes, 16384));
	check(pthread_barrier_init(&barrier, NULL, CROWD));
	for (int i = 0; i < CROWD; i++)
		check(pthread_create(&threads[i], &attributes, crowded, NULL));
	for (int i = 0; i < CROWD; i++)
		check(pthread_join(threads[i], NULL));
	puts("a crowd");
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	alarm(100);
	check(pthread_key_create(&keys[0], key_destructor));
	check(pthread_key_create(&keys[1], key_destructor));
	with_threads();
	with_cancellation();
	with_signals();
	with_fibres();
	with_a_crowd();
	return 0;
}
