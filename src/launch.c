/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "capture/options.h"

#include "cli.h"
#include "launch.h"

#define LIBRARY "libheapprof-preload.so"

const char *launch_check_sample(const char *spec)
{
	static char why[256];
	struct hpm_header unused;

	if (options_parse_sample(spec, &unused, why, sizeof(why)) == 0)
		return NULL;
	return why;
}

/* The library --------------------------------------------------------------*/

/*
 * In a build tree the program is beside .libs, or within where libtool has a
 * wrapper script for it; the library of that tree is the one that fits.
 */
static bool find_in_build_tree(char *out, size_t size)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (n < 0)
		return false;
	exe[n] = '\0';
	slash = strrchr(exe, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	slash = strrchr(exe, '/');
	if (slash == NULL || strcmp(slash, "/.libs") != 0)
		strncat(exe, "/.libs", sizeof(exe) - strlen(exe) - 1);
	return snprintf(out, size, "%s/%s", exe, LIBRARY) < (int)size &&
	       access(out, R_OK) == 0;
}

static const char *find_library(void)
{
	static char path[PATH_MAX];
	const char *given = getenv("HEAPPROF_PRELOAD");

	if (given != NULL && *given != '\0')
		snprintf(path, sizeof(path), "%s", given);
	else if (!find_in_build_tree(path, sizeof(path)))
		snprintf(path, sizeof(path), "%s/%s", PKGLIBDIR, LIBRARY);
	if (access(path, R_OK) != 0)
		cli_die(CLI_OWN,
			"%s: %s; install heapprof again, or set "
			"HEAPPROF_PRELOAD to where it is",
			path, strerror(errno));
	if (strpbrk(path, " :") != NULL)
		cli_die(CLI_OWN,
			"%s: the loader takes no library with a blank or "
			"colon in its path; move it",
			path);
	return path;
}

/* The output ---------------------------------------------------------------*/

static void expand(const char *pattern, const char *program, char *out,
		   size_t size)
{
	const char *slash = strrchr(program, '/');
	char host[HOST_NAME_MAX + 1] = "localhost";
	struct options_names names = {
		.pid = (uint32_t)getpid(),
		.program = slash != NULL ? slash + 1 : program,
		.host = host,
		.time_s = (uint64_t)time(NULL),
	};

	gethostname(host, sizeof(host) - 1);
	switch (options_expand(pattern, &names, out, size)) {
	case -EINVAL:
		cli_misuse("--output: unknown %% sequence in '%s'; there are "
			   "%%p %%n %%h %%t and %%%%",
			   pattern);
	case -ENAMETOOLONG:
		cli_die(CLI_OWN, "%.60s...: the name is too long", pattern);
	}
}

/* The program may change directory before it writes. */
static void make_absolute(char *base, size_t size)
{
	char relative[PATH_MAX];
	char directory[PATH_MAX];

	if (base[0] == '/')
		return;
	snprintf(relative, sizeof(relative), "%s", base);
	if (getcwd(directory, sizeof(directory)) == NULL)
		cli_die(CLI_OWN,
			"the current directory: %s; give --output a path that "
			"begins with /",
			strerror(errno));
	if (snprintf(base, size, "%s/%s", directory, relative) >= (int)size)
		cli_die(CLI_OWN, "%.60s...: the name is too long", directory);
}

/* Tries it: as root, or on some file systems, access() does not know. */
static int try_directory(const char *directory)
{
	char file[PATH_MAX + 32];
	int fd;

	snprintf(file, sizeof(file), "%s/.heapprof-XXXXXX", directory);
	fd = mkostemp(file, O_CLOEXEC);
	if (fd < 0)
		return errno;
	close(fd);
	unlink(file);
	return 0;
}

/*
 * These need room on the disk to write again what was written, so that none of
 * it can be had in advance.
 */
static void warn_of_copy_on_write(const char *directory)
{
	static const struct {
		unsigned long type;
		const char *name;
	} systems[] = {
		{0x9123683e, "btrfs"},
		{0x2fc12fc1, "ZFS"},
		{0xca451a4e, "bcachefs"},
	};
	struct statfs fs;

	if (statfs(directory, &fs) != 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(systems); i++)
		if ((unsigned long)fs.f_type == systems[i].type)
			cli_note("%s: on %s, where a full disk may end the "
				 "program, by SIGBUS, or hold it up; leave "
				 "room there, or choose another directory with "
				 "--output",
				 directory, systems[i].name);
}

static void check_directory(const char *base)
{
	const char *slash = strrchr(base, '/');
	char directory[PATH_MAX];
	int error;

	if (slash[1] == '\0' || strcmp(slash, "/.") == 0 ||
	    strcmp(slash, "/..") == 0)
		cli_die(CLI_OWN,
			"%s: a directory; give --output a name in it, such as "
			"%s/" OPTIONS_DEFAULT_OUTPUT,
			base, base);
	snprintf(directory, sizeof(directory), "%.*s",
		 (int)MAX(slash - base, 1), base);
	error = try_directory(directory);
	if (error != 0)
		cli_die(CLI_OWN,
			"%s: the profile cannot be written there: %s; choose "
			"another directory with --output",
			directory, strerror(error));
	warn_of_copy_on_write(directory);
}

/*
 * The files are unlinked, never opened: a link is not followed, and a program
 * that still records under this name goes on in its own files.
 */
static void remove_profile(const char *base)
{
	static const char *const endings[] = {".hpm", ".hpd", ".hpc"};
	char path[PATH_MAX + 8];

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		snprintf(path, sizeof(path), "%s%s", base, endings[i]);
		if (unlink(path) != 0 && errno != ENOENT)
			cli_die(CLI_OWN,
				"%s: cannot be replaced: %s; choose another "
				"name with --output",
				path, strerror(errno));
	}
}

/* The environment ----------------------------------------------------------*/

/* A variable that is not ours to set must not reach the recorder either. */
static void set(const char *name, const char *value)
{
	int rc = value != NULL ? setenv(name, value, 1) : unsetenv(name);

	if (rc != 0)
		cli_die(CLI_OWN, "%s: %s", name, strerror(errno));
}

/* The recorder expands what it reads, and this is expanded already. */
static void set_output(const char *base)
{
	char pattern[2 * PATH_MAX];
	char *p = pattern;

	for (; *base != '\0'; base++) {
		*p++ = *base;
		if (*base == '%')
			*p++ = '%';
	}
	*p = '\0';
	set(OPTIONS_OUTPUT, pattern);
}

static void set_preload(const char *library)
{
	const char *others = getenv("LD_PRELOAD");
	char *all;

	if (others == NULL || *others == '\0') {
		set("LD_PRELOAD", library);
		return;
	}
	if (asprintf(&all, "%s:%s", library, others) < 0)
		cli_die(CLI_OWN, "out of memory");
	set("LD_PRELOAD", all);
	free(all);
}

static void set_environment(const struct launch *l, const char *base)
{
	if (base != NULL)
		set_output(base);
	else
		set(OPTIONS_OUTPUT, NULL);
	set(OPTIONS_STATS, NULL);
	set(OPTIONS_SAMPLE, l->sample);
	set(OPTIONS_SEED, l->seed);
	set(OPTIONS_DEPTH, l->depth);
	set(OPTIONS_MAX_SIZE, l->max_size);
	set(OPTIONS_CHILDREN, l->children ? "1" : NULL);
	set(OPTIONS_WAIT, l->wait ? "1" : NULL);
	set(OPTIONS_QUIET, l->quiet ? "1" : NULL);
}

/* The recorder leaves a gap of pairs, as others look behind the environment:
   see environment.c. */
static void make_even(void)
{
	const char *others = getenv("LD_PRELOAD");
	int removed = others == NULL || *others == '\0';

	set(OPTIONS_PAD, NULL);
	for (char **e = environ; *e != NULL; e++)
		removed += strncmp(*e, OPTIONS_PREFIX,
				   strlen(OPTIONS_PREFIX)) == 0;
	set(OPTIONS_PAD, removed % 2 == 0 ? NULL : "1");
}

static _Noreturn void become(const struct target *t, const char *library)
{
	make_even();
	set_preload(library);
	execv(t->path, t->argv);
	cli_die(errno == ENOENT ? CLI_NOT_FOUND : CLI_NOT_EXECUTABLE,
		"%s: cannot be executed: %s", t->path, strerror(errno));
}

void launch_run(const struct launch *l, const struct target *t,
		const char *program)
{
	const char *library = find_library();
	char base[PATH_MAX];

	expand(l->output, program, base, sizeof(base));
	make_absolute(base, sizeof(base));
	check_directory(base);
	cli_debug("%s: recorded by %s into %s.hpm and %s.hpd", t->path, library,
		  base, base);
	remove_profile(base);
	set_environment(l, base);
	become(t, library);
}

/* Like check_directory(), leaves nothing behind; an old table stays until the
   new one is there. */
static void check_table(const char *path)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX];
	struct stat st;
	int error = 0;

	snprintf(directory, sizeof(directory), "%.*s",
		 (int)MAX(slash - path, 1), path);
	if (stat(path, &st) != 0)
		error = errno == ENOENT ? try_directory(directory) : errno;
	else if (S_ISDIR(st.st_mode))
		error = EISDIR;
	else if (eaccess(path, W_OK) != 0)
		error = errno;
	if (error != 0)
		cli_die(CLI_OWN,
			"%s: the table cannot be written there: %s; choose "
			"another file with --output",
			path, strerror(error));
}

void launch_stats(const char *output, const struct target *t)
{
	static const struct launch nothing;
	const char *library = find_library();
	char path[PATH_MAX] = "-";

	if (output != NULL) {
		if (strlen(output) >= sizeof(path))
			cli_die(CLI_OWN, "%.60s...: the name is too long",
				output);
		strcpy(path, output);
		make_absolute(path, sizeof(path));
		check_table(path);
	}
	cli_debug("%s: counted by %s", t->path, library);
	set_environment(&nothing, NULL);
	set(OPTIONS_STATS, path);
	become(t, library);
}
