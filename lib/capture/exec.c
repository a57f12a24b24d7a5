/* SPDX-License-Identifier: MIT */

/*
 * The functions by which a process becomes another program, or starts one.
 *
 * They are called in the child of a vfork(), which lives on its parent's memory
 * and threads; in a forked child of a program with threads, whose locks nobody
 * will drop; in a signal handler on a small stack.  So: no malloc, no lock,
 * nothing written but on the stack, and little of that.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "executable.h"
#include "follow.h"
#include "log.h"
#include "preload.h"
#include "recorder.h"
#include "session.h"

#define EXPORT __attribute__((visibility("default")))

/* One call of whichever of them. */
struct call {
	int (*execute)(const struct call *c, char *const envp[]);
	const char *file;
	int fd;
	int flags;
	char *const *argv;
	bool search; /* for the file, in $PATH */
	pid_t *pid;
	const posix_spawn_file_actions_t *actions;
	const posix_spawnattr_t *attributes;
};

static int real_execve(const struct call *c, char *const envp[])
{
	return real.execve(c->file, c->argv, envp);
}

static int real_execvpe(const struct call *c, char *const envp[])
{
	return real.execvpe(c->file, c->argv, envp);
}

static int real_fexecve(const struct call *c, char *const envp[])
{
	return real.fexecve(c->fd, c->argv, envp);
}

static int real_execveat(const struct call *c, char *const envp[])
{
	return real.execveat(c->fd, c->file, c->argv, envp, c->flags);
}

static int real_spawn(const struct call *c, char *const envp[])
{
	return (c->search ? real.posix_spawnp : real.posix_spawn)(
		c->pid, c->file, c->actions, c->attributes, c->argv, envp);
}

static int execute_in(const struct call *c, const struct follow *f,
		      char *const envp[])
{
	char *out[f->room], text[f->text + 1];

	follow_fill(f, envp, out, text);
	return c->execute(c, out);
}

static enum executable look_at(const struct call *c)
{
	return c->search ? executable_find(c->file)
			 : executable_check(c->fd, c->file, c->flags);
}

/* With what children are told, if they are to be recorded. */
static int execute(const struct call *c, char *const envp[])
{
	enum executable kind = EXECUTABLE_FITS;
	struct follow f;

	preload_init();
	if (follow_on())
		kind = look_at(c);
	if (follow_measure(&f, envp, kind))
		return execute_in(c, &f, envp);
	return c->execute(c, envp);
}

/* Only returns if that failed. */
static int become(const struct call *c, char *const envp[])
{
	bool noted = recorder_end_at_once(HPM_REPLACED);
	int rc, error;

	if (noted && !follow_on() && look_at(c) != EXECUTABLE_MISSING)
		session_say_replaced();
	rc = execute(c, envp);
	error = errno;
	if (noted)
		log_resume();
	errno = error;
	return rc;
}

EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
	const struct call c = {real_execve, path, AT_FDCWD, .argv = argv};

	return become(&c, envp);
}

EXPORT int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
	const struct call c = {real_execvpe, file, .argv = argv,
			       .search = true};

	return become(&c, envp);
}

EXPORT int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

EXPORT int fexecve(int fd, char *const argv[], char *const envp[])
{
	const struct call c = {real_fexecve, "", fd, AT_EMPTY_PATH,
			       .argv = argv};

	return become(&c, envp);
}

EXPORT int execveat(int fd, const char *path, char *const argv[],
		    char *const envp[], int flags)
{
	const struct call c = {real_execveat, path, fd, flags, .argv = argv};

	return become(&c, envp);
}

static size_t count_arguments(va_list list)
{
	size_t n = 1;

	while (va_arg(list, char *) != NULL)
		n++;
	return n;
}

static void take_arguments(char **argv, const char *first, va_list *list)
{
	size_t n = 0;

	argv[n] = (char *)(uintptr_t)first;
	while (argv[n] != NULL)
		argv[++n] = va_arg(*list, char *);
}

/* The arguments of execl() and its like as an array on the caller's stack. */
#define GATHER(argv, first, list)                                              \
	va_list list;                                                          \
	va_start(list, first);                                                 \
	char *argv[count_arguments(list) + 1];                                 \
	va_end(list);                                                          \
	va_start(list, first);                                                 \
	take_arguments(argv, first, &list)

EXPORT int execl(const char *path, const char *first, ...)
{
	GATHER(argv, first, list);
	va_end(list);
	return execve(path, argv, environ);
}

EXPORT int execlp(const char *file, const char *first, ...)
{
	GATHER(argv, first, list);
	va_end(list);
	return execvpe(file, argv, environ);
}

EXPORT int execle(const char *path, const char *first, ...)
{
	char *const *envp;

	GATHER(argv, first, list);
	envp = va_arg(list, char *const *);
	va_end(list);
	return execve(path, argv, envp);
}

EXPORT int posix_spawn(pid_t *pid, const char *path,
		       const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const argv[],
		       char *const envp[])
{
	const struct call c = {.execute = real_spawn,
			       .file = path,
			       .fd = AT_FDCWD,
			       .argv = argv,
			       .pid = pid,
			       .actions = actions,
			       .attributes = attributes};

	return execute(&c, envp);
}

EXPORT int posix_spawnp(pid_t *pid, const char *file,
			const posix_spawn_file_actions_t *actions,
			const posix_spawnattr_t *attributes, char *const argv[],
			char *const envp[])
{
	const struct call c = {.execute = real_spawn,
			       .file = file,
			       .search = true,
			       .argv = argv,
			       .pid = pid,
			       .actions = actions,
			       .attributes = attributes};

	return execute(&c, envp);
}
