/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * storming DIR: loads and unloads loaded-a.so and loaded-b.so of DIR, which
 * allocate, in one thread; allocates in two; forks in another, and the children
 * allocate; all at once, among signals.  Where locks are taken in the wrong
 * order it hangs.
 */

#define LOADS 300
#define FORKS 60

static const char *folder;
static atomic_int busy = 2; /* threads that have not come to their end */

static void *load(const char *letter)
{
	char path[4096], name[32];
	void *(*allocate)(size_t);
	void *library;

	snprintf(path, sizeof(path), "%s/loaded-%s.so", folder, letter);
	snprintf(name, sizeof(name), "loaded_%s_allocate", letter);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		_exit(2);
	}
	*(void **)&allocate = dlsym(library, name);
	free(allocate(100));
	return library;
}

static void *loads(void *unused)
{
	for (int i = 0; i < LOADS; i++)
		dlclose(load(i % 2 ? "a" : "b"));
	busy--;
	return unused;
}

static void *recurse(int depth)
{
	void *p = depth > 0 ? recurse(depth - 1) : malloc(100);

	return depth % 7 ? p : realloc(p, 200);
}

static void *allocates(void *unused)
{
	for (int i = 0; busy > 0; i++)
		free(recurse(i % 40));
	return unused;
}

/* As little as it may: the loader's locks can be held by threads that are not
   here, and exit() wants them. */
static void child(int i)
{
	for (int n = 0; n < 1000; n++)
		free(recurse(n % 40));
	if (i % 2)
		execl("/bin/true", "true", (char *)NULL);
	_exit(0);
}

static void *forks(void *unused)
{
	for (int i = 0; i < FORKS; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0)
			child(i);
		if (waitpid(pid, &status, 0) != pid || status) {
			fprintf(stderr, "a child ended with %d\n", status);
			_exit(3);
		}
	}
	busy--;
	return unused;
}

static void tick(int number)
{
	(void)number;
}

int main(int argc, char **argv)
{
	static void *(*const bodies[])(void *) = {loads, allocates, forks,
						  allocates};
	struct itimerval every = {{0, 500}, {0, 500}};
	struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
	pthread_t threads[4];

	if (argc != 2)
		return 2;
	folder = argv[1];
	alarm(100);
	sigaction(SIGPROF, &action, NULL);
	setitimer(ITIMER_PROF, &every, NULL);
	for (int i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, bodies[i], NULL))
			return 2;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	puts("through");
	return 0;
}
