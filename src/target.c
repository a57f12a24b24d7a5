/* SPDX-License-Identifier: MIT */

/*
 * A script is followed as the kernel would: its interpreter takes its place,
 * before the arguments.  `now` is how far we got; `t` is what to execute, the
 * script itself as long as the kernel can be left to do it.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "binary.h"
#include "cli.h"
#include "target.h"

#define LINE_SIZE 256 /* bytes of a script that the kernel looks at */
#define LEVELS_MAX 5  /* scripts whose interpreter is a script */

struct script {
	char line[LINE_SIZE];
	char *interpreter;
	char *arg; /* or NULL */
};

static void *allocated(void *p)
{
	if (p == NULL)
		cli_die(CLI_OWN, "out of memory");
	return p;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* PATH ---------------------------------------------------------------------*/

/* 0 if @path can be executed, or an errno value. */
static int try_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? EISDIR : EACCES;
	return access(path, X_OK) == 0 ? 0 : errno;
}

/*
 * Goes on after files that it may not execute, as execvp() does; but then
 * those count only, and not folders of $PATH that others may not enter.
 */
static char *search_path(const char *name, int *error)
{
	const char *path = getenv("PATH");

	*error = ENOENT;
	if (path == NULL)
		path = "/bin:/usr/bin";
	for (const char *end; path != NULL; path = end) {
		int length = (int)strcspn(path, ":");
		char *file;
		int rc;

		end = path[length] == ':' ? path + length + 1 : NULL;
		if (asprintf(&file, "%.*s%s%s", length, path,
			     length > 0 ? "/" : "./", name) < 0)
			allocated(NULL);
		rc = try_file(file);
		if (rc == 0)
			return file;
		if (rc == EACCES && access(file, F_OK) == 0)
			*error = EACCES;
		free(file);
	}
	return NULL;
}

static noreturn void not_found(const char *who, const char *name)
{
	const char *where = strchr(name, '/') == NULL ? "not found in $PATH"
						      : "no such file";

	if (*who != '\0')
		cli_die(CLI_NOT_FOUND,
			"%s%s: %s; install it or change the script's first "
			"line",
			who, name, where);
	if (strchr(name, '/') == NULL && try_file(name) == 0)
		cli_die(CLI_NOT_FOUND, "%s: %s; did you mean ./%s?", name,
			where, name);
	cli_die(CLI_NOT_FOUND, "%s: %s", name, where);
}

/* @who: "" or, for an interpreter, whose it is. */
static noreturn void cannot_execute(const char *who, const char *name,
				    int error)
{
	struct stat st;

	if (error == ENOENT || error == ENOTDIR)
		not_found(who, name);
	if (error == EISDIR)
		cli_die(CLI_NOT_EXECUTABLE, "%s%s: a directory", who, name);
	if (error == EACCES && stat(name, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 0111) == 0)
		cli_die(CLI_NOT_EXECUTABLE,
			"%s%s: not executable; chmod +x makes it so", who,
			name);
	cli_die(CLI_NOT_EXECUTABLE, "%s%s: cannot be executed: %s", who, name,
		strerror(error));
}

static char *find_program(const char *who, const char *name)
{
	bool search = strchr(name, '/') == NULL;
	int error = *name == '\0' ? ENOENT : 0;
	char *file = NULL;

	if (error == 0 && search)
		file = search_path(name, &error);
	if (error == 0 && !search)
		error = try_file(name);
	if (file == NULL && error != 0)
		cannot_execute(who, name, error);
	return file != NULL ? file : allocated(strdup(name));
}

/* Scripts ------------------------------------------------------------------*/

/* Splits "#! interpreter arg".  False: it is no script. */
static bool read_script(int fd, const char *path, struct script *s)
{
	ssize_t n = pread(fd, s->line, sizeof(s->line) - 1, 0);
	char *p, *end;

	if (n < 2 || memcmp(s->line, "#!", 2) != 0)
		return false;
	s->line[n] = '\0';
	end = s->line + strcspn(s->line, "\n");
	if (end > s->line && end[-1] == '\r')
		cli_die(CLI_NOT_FOUND,
			"%s: its first line ends in CR LF, so the interpreter "
			"cannot be found; convert it to Unix line ends",
			path);
	while (end > s->line && strchr(" \t", end[-1]) != NULL)
		end--;
	*end = '\0';
	s->interpreter = s->line + 2 + strspn(s->line + 2, " \t");
	p = s->interpreter + strcspn(s->interpreter, " \t");
	s->arg = NULL;
	if (*p != '\0') {
		*p++ = '\0';
		s->arg = p + strspn(p, " \t");
	}
	return true;
}

static int count(char **argv)
{
	int n = 0;

	while (argv[n] != NULL)
		n++;
	return n;
}

/* @words, then @path, then what followed @argv[0]. */
static char **prepend(char **words, char *path, char **argv)
{
	int n = count(words), rest = count(argv + 1);
	char **out = allocated(calloc((size_t)(n + rest + 2), sizeof(*out)));

	memcpy(out, words, (size_t)n * sizeof(*out));
	out[n] = path;
	memcpy(out + n + 1, argv + 1, (size_t)rest * sizeof(*out));
	return out;
}

static noreturn void env_too_clever(const char *path)
{
	cli_die(CLI_OWN,
		"%s: what its first line asks of env cannot be followed; name "
		"the interpreter, as in heapprof-run python3 %s",
		path, path);
}

/*
 * The program and its arguments that env would execute.  With -S the rest of
 * the line is split at blanks; quotes and the like are not understood here.
 */
static char **env_words(const char *path, char *arg)
{
	char **words = allocated(calloc(LINE_SIZE, sizeof(*words)));
	int n = 0;

	if (arg == NULL)
		env_too_clever(path);
	if (strncmp(arg, "-S", 2) != 0) {
		if (*arg == '-' || strchr(arg, '=') != NULL)
			env_too_clever(path);
		words[0] = allocated(strdup(arg));
		return words;
	}
	if (strpbrk(arg, "'\"\\$#") != NULL)
		env_too_clever(path);
	for (char *word = strtok(arg + 2, " \t"); word != NULL;
	     word = strtok(NULL, " \t")) {
		if (n == 0 && *word == '-')
			env_too_clever(path);
		word = allocated(strdup(word));
		if (n > 0 || strchr(word, '=') == NULL)
			words[n++] = word;
		else
			putenv(word);
	}
	if (n == 0)
		env_too_clever(path);
	return words;
}

static void follow_env(struct target *now, struct script *s)
{
	char **words = env_words(now->path, s->arg);
	char who[PATH_MAX + 32];

	snprintf(who, sizeof(who), "%s: its interpreter ", now->path);
	now->argv = prepend(words, now->path, now->argv);
	now->path = find_program(who, words[0]);
	free(words);
}

static void follow_interpreter(struct target *now, struct script *s)
{
	char *words[3] = {0};
	char who[PATH_MAX + 32];
	int error;

	snprintf(who, sizeof(who), "%s: its interpreter ", now->path);
	words[0] = allocated(strdup(s->interpreter));
	if (s->arg != NULL)
		words[1] = allocated(strdup(s->arg));
	now->argv = prepend(words, now->path, now->argv);
	/* The kernel does not search: a name is one in this directory. */
	error = try_file(words[0]);
	if (error != 0)
		cannot_execute(who, words[0], error);
	now->path = words[0];
}

void target_find(struct target *t, char **argv)
{
	struct target now = {find_program("", argv[0]), argv};
	struct script s;
	char **before;
	int fd;

	*t = now;
	for (int level = 0;; level++) {
		fd = open(now.path, O_RDONLY | O_CLOEXEC);
		/* The loader does not mind that we may not look at it. */
		if (fd < 0)
			return;
		if (!read_script(fd, now.path, &s))
			break;
		close(fd);
		if (level == LEVELS_MAX)
			cli_die(CLI_NOT_EXECUTABLE,
				"%s: interpreters of interpreters, too many",
				argv[0]);
		before = now.argv;
		if (strcmp(base_name(s.interpreter), "env") == 0) {
			follow_env(&now, &s);
			*t = now;
		} else {
			follow_interpreter(&now, &s);
		}
		if (before != argv && before != t->argv)
			free(before);
	}
	binary_check(now.path, fd);
	close(fd);
}
