/* SPDX-License-Identifier: MIT */
/*
 * The order in which files are tried; candidate.h decides on each of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"

#include "candidate.h"
#include "debugfile.h"
#include "debuginfod.h"

#define USUAL_PLACE "/usr/lib/debug"
#define NOT_FOUND "not found"
#define WAY_OUT                                                                \
	"; its functions stay unknown; --sysroot and --debug-path say where "  \
	"the right one is"

struct search {
	const struct symbols_options *options;
	const char **roots; /* folders with debug files; ends with NULL */
	char *usual;	    /* the one of them below the sysroot, or NULL */
	struct candidate candidate;
	struct elffile elf; /* of the recorded file, once found */
	struct stat stat;   /* of it */
};

void debugfile_warn(const struct symbols_options *options, const char *path,
		    const char *what)
{
	char *text;

	if (!options->warn || asprintf(&text, "%s: %s", path, what) < 0)
		return;
	options->warn(options->arg, text);
	free(text);
}

static int search_init(struct search *s, const struct symbols_options *options,
		       const struct symbols_module *module)
{
	const char *const *dir = options->debug_paths;
	size_t n = 0;

	*s = (struct search){.options = options};
	s->candidate.module = module;
	s->candidate.not = &s->stat;
	while (dir && dir[n])
		n++;
	s->roots = calloc(n + 3, sizeof(*s->roots));
	if (!s->roots)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		s->roots[i] = dir[i];
	if (options->sysroot) {
		if (asprintf(&s->usual, "%s" USUAL_PLACE, options->sysroot) < 0)
			return -ENOMEM;
		s->roots[n++] = s->usual;
	}
	s->roots[n] = USUAL_PLACE;
	return 0;
}

static void search_fini(struct search *s)
{
	elffile_fini(&s->elf);
	free(s->usual);
	free(s->roots);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int directory_length(const char *path)
{
	return (int)(base_name(path) - path);
}

/* The recorded file, or -1. */
static int find_recorded(struct search *s)
{
	const char *const *dir = s->options->debug_paths;
	const char *path = s->candidate.module->path;
	struct candidate *c = &s->candidate;
	int fd = -1;

	c->is_copy = true;
	if (s->options->sysroot)
		fd = candidate_try(c, candidate_is_recorded, "%s/%s",
				   s->options->sysroot, path);
	c->is_copy = false;
	if (fd < 0)
		fd = candidate_try(c, candidate_is_recorded, "%s", path);
	c->is_copy = true;
	for (; fd < 0 && dir && *dir; dir++) {
		fd = candidate_try(c, candidate_is_recorded, "%s/%s", *dir,
				   path);
		if (fd < 0)
			fd = candidate_try(c, candidate_is_recorded, "%s/%s",
					   *dir, base_name(path));
	}
	return fd;
}

/* ROOT/.build-id/xx/yyyy.debug, or -1. */
static int find_by_build_id(struct search *s)
{
	struct candidate *c = &s->candidate;
	char digits[2 * sizeof(s->elf.build_id) + 1];
	int fd = -1;

	if (c->build_id_length < 2)
		return -1;
	candidate_hex(digits, sizeof(digits), c->build_id, c->build_id_length);
	for (const char **root = s->roots; fd < 0 && *root; root++)
		fd = candidate_try(c, candidate_is_of_build_id,
				   "%s/.build-id/%.2s/%s.debug", *root, digits,
				   digits + 2);
	return fd;
}

/* ROOT/DIRECTORY/LINK, or -1. */
static int find_below_roots(struct search *s, const char *path)
{
	int fd = -1;

	for (const char **root = s->roots; fd < 0 && *root; root++)
		fd = candidate_try(&s->candidate, candidate_is_linked,
				   "%s/%.*s%s", *root, directory_length(path),
				   path, s->elf.debuglink);
	return fd;
}

/* What .gnu_debuglink of the file at @path names, or -1. */
static int find_by_link(struct search *s, const char *path)
{
	static const char *const beside[] = {"", ".debug/"};
	const char *recorded = s->candidate.module->path;
	char *real = realpath(path, NULL);
	int fd = -1;

	for (size_t i = 0; fd < 0 && i < ARRAY_SIZE(beside); i++)
		fd = candidate_try(&s->candidate, candidate_is_linked,
				   "%.*s%s%s", directory_length(path), path,
				   beside[i], s->elf.debuglink);
	if (fd < 0)
		fd = find_below_roots(s, recorded);
	if (fd < 0 && real && strcmp(real, recorded))
		fd = find_below_roots(s, real);
	if (fd < 0)
		fd = find_below_roots(s, "");
	free(real);
	return fd;
}

/* From a server, if the user wants that; or -1. */
static int fetch(struct search *s)
{
	struct candidate *c = &s->candidate;
	int fd;

	if (!s->options->debuginfod || !c->build_id_length || c->error)
		return -1;
	fd = debuginfod_open(c->build_id, c->build_id_length);
	if (fd == -ENOSYS)
		debugfile_warn(s->options, c->module->path,
			       "libdebuginfod cannot be loaded; install it, or "
			       "do without --debuginfod");
	if (fd < 0)
		return -1;
	strcpy(c->path, "debuginfod");
	return candidate_try_fd(c, candidate_is_of_build_id, fd);
}

/* The separate debug file of the recorded one at @path (NULL: gone), or -1. */
static int find_debug(struct search *s, const char *path)
{
	struct candidate *c = &s->candidate;
	char what[sizeof(c->why) + 16];
	int fd;

	c->rejected[0] = 0;
	c->crc = s->elf.debuglink_crc;
	fd = find_by_build_id(s);
	if (fd < 0 && path && s->elf.debuglink)
		fd = find_by_link(s, path);
	if (fd < 0)
		fd = fetch(s);
	if (fd < 0 && c->rejected[0] && !c->error) {
		snprintf(what, sizeof(what), "%s; not used", c->why);
		debugfile_warn(s->options, c->rejected, what);
	}
	return fd;
}

static int keep_dwarf_path(struct search *s, struct debugfile *f)
{
	if (f->dwarf_fd < 0)
		return 0;
	f->dwarf_path = strdup(s->candidate.path);
	return f->dwarf_path ? 0 : -ENOMEM;
}

/* The recorded file is there, open. */
static int use_recorded(struct search *s, struct debugfile *f)
{
	struct candidate *c = &s->candidate;

	if (elffile_init(&s->elf, f->elf_fd) || fstat(f->elf_fd, &s->stat))
		return -ENOMEM;
	f->path = strdup(c->path);
	if (!f->path)
		return -ENOMEM;
	c->build_id = s->elf.build_id;
	c->build_id_length = s->elf.build_id_length;
	if (s->elf.dwarf)
		f->dwarf_fd = fcntl(f->elf_fd, F_DUPFD_CLOEXEC, 0);
	else
		f->dwarf_fd = find_debug(s, f->path);
	return c->error ? c->error : keep_dwarf_path(s, f);
}

/* The recorded file is not at its place, as @c tells; @instead is. */
static void warn_missing(struct search *s, const struct candidate *c,
			 const char *instead)
{
	bool rejected = c->rejected[0];
	char text[sizeof(c->why) + PATH_MAX + 64];

	if (instead && !rejected)
		return;
	if (instead)
		snprintf(text, sizeof(text), "%s; %s is used instead", c->why,
			 instead);
	else
		snprintf(text, sizeof(text), "%s" WAY_OUT,
			 rejected ? c->why : NOT_FOUND);
	debugfile_warn(s->options, rejected ? c->rejected : c->module->path,
		       text);
}

/* It is not there, but its debug file has symbols and segments too. */
static int use_debug(struct search *s, struct debugfile *f)
{
	struct candidate *c = &s->candidate;
	struct candidate before = *c;

	c->build_id = c->module->build_id;
	c->build_id_length = c->module->build_id_length;
	f->dwarf_fd = find_debug(s, NULL);
	warn_missing(s, &before, f->dwarf_fd < 0 ? NULL : c->path);
	if (f->dwarf_fd < 0)
		return c->error;
	f->elf_fd = fcntl(f->dwarf_fd, F_DUPFD_CLOEXEC, 0);
	f->path = strdup(c->path);
	if (!f->path || elffile_init(&s->elf, f->dwarf_fd))
		return -ENOMEM;
	return c->error ? c->error : keep_dwarf_path(s, f);
}

int debugfile_open(struct debugfile *f, const struct symbols_module *module,
		   const struct symbols_options *options)
{
	struct search s;
	int ret = search_init(&s, options, module);

	*f = (struct debugfile){.elf_fd = -1, .dwarf_fd = -1};
	if (!ret) {
		f->elf_fd = find_recorded(&s);
		ret = s.candidate.error;
	}
	if (!ret)
		ret = f->elf_fd < 0 ? use_debug(&s, f) : use_recorded(&s, f);
	f->text = s.elf.text;
	s.elf.text = (struct ranges){0};
	search_fini(&s);
	return ret;
}

int debugfile_open_alt(const char *from, const char *name,
		       const uint8_t *build_id, size_t build_id_length,
		       const struct symbols_module *module,
		       const struct symbols_options *options)
{
	struct search s;
	int ret = search_init(&s, options, module), fd = -1;
	struct candidate *c = &s.candidate;

	c->build_id = build_id;
	c->build_id_length = build_id_length;
	if (!ret)
		fd = find_by_build_id(&s);
	if (fd < 0 && !ret && name[0] != '/')
		fd = candidate_try(c, candidate_is_of_build_id, "%.*s%s",
				   directory_length(from), from, name);
	if (fd < 0 && !ret && name[0] == '/' && options->sysroot)
		fd = candidate_try(c, candidate_is_of_build_id, "%s%s",
				   options->sysroot, name);
	if (fd < 0 && !ret && name[0] == '/')
		fd = candidate_try(c, candidate_is_of_build_id, "%s", name);
	ret = c->error;
	search_fini(&s);
	return ret ? ret : fd;
}

void debugfile_close(struct debugfile *f)
{
	if (f->dwarf_fd >= 0)
		close(f->dwarf_fd);
	if (f->elf_fd >= 0)
		close(f->elf_fd);
	free(f->path);
	free(f->dwarf_path);
	ranges_fini(&f->text);
	*f = (struct debugfile){.elf_fd = -1, .dwarf_fd = -1};
}
