/* SPDX-License-Identifier: MIT */

/*
 * Candidates are found by their names, then sorted by their start: whoever
 * comes from a member that is there already is a member.
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"

#include "blocks.h"
#include "family.h"
#include "reader.h"

struct candidate {
	struct family_member is;
	uint64_t parent; /* profile */
};

struct finder {
	char *folder; /* with its slash, or "" */
	char *name;   /* of the first process, without the folder */
	struct candidate *found;
	size_t nr, room;
};

/* ".123" or ".123.4": what is added to the name for a child; NULL: it is not
   that.  Returns where it ends. */
static const char *skip_suffix(const char *s)
{
	for (int i = 0; i < 2 && *s == '.' && isdigit((unsigned char)s[1]);
	     i++) {
		s++;
		while (isdigit((unsigned char)*s))
			s++;
	}
	return s;
}

static const char *program_of(const struct hpm_header *h)
{
	const char *name = h->argc > 0 ? hpm_string(h, 3) : hpm_string(h, 0);
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

static void free_member(struct family_member *m)
{
	free(m->base);
	free(m->program);
}

/* -ENOENT: it is no profile that one can read. */
static int load(const char *base, struct candidate *out)
{
	struct block_header *block = malloc(BLOCK_SIZE);
	struct hpm_state state = {0};
	struct blocks b;
	int error = block ? 0 : -ENOMEM;

	if (!error && blocks_open(&b, base, "hpm", NULL))
		error = -ENOENT;
	if (error) {
		free(block);
		return error;
	}
	if (blocks_read(&b, 1, true, block) == FORMAT_OK &&
	    block->kind == BLOCK_STATE)
		memcpy(&state, block + 1, MIN(block->used, sizeof(state)));
	*out = (struct candidate){
		.is = {.base = strdup(base),
		       .program = strdup(program_of(b.header)),
		       .pid = b.header->pid,
		       .origin = (enum hpm_origin)state.origin,
		       .profile = b.profile,
		       .start_ns = b.header->start_mono_ns},
		.parent = state.parent,
	};
	if (state.end != HPM_RUNNING)
		out->is.end_ns =
			out->is.start_ns + reader_ns(b.header, state.end_tick);
	blocks_close(&b);
	free(block);
	if (out->is.base && out->is.program)
		return 0;
	free_member(&out->is);
	return -ENOMEM;
}

static int add(struct finder *f, const struct candidate *c)
{
	struct candidate *p = list_grow(f->found, f->nr, &f->room, sizeof(*p));

	if (!p)
		return -ENOMEM;
	f->found = p;
	p[f->nr++] = *c;
	return 0;
}

/* The file @name may be that of a child. */
static int consider(struct finder *f, const char *name)
{
	size_t n = strlen(f->name);
	struct candidate c;
	const char *end;
	char *base;
	int error;

	if (strncmp(name, f->name, n) != 0 || name[n] != '.')
		return 0;
	end = skip_suffix(name + n);
	if (end == name + n || strcmp(end, ".hpm") != 0)
		return 0;
	if (asprintf(&base, "%s%.*s", f->folder, (int)(end - name), name) < 0)
		return -ENOMEM;
	error = load(base, &c);
	free(base);
	if (error)
		return error == -ENOENT ? 0 : error;
	error = add(f, &c);
	if (error)
		free_member(&c.is);
	return error;
}

static int search(struct finder *f)
{
	DIR *folder = opendir(*f->folder ? f->folder : ".");
	int error = 0;

	/* One that cannot be listed shows no children. */
	if (!folder)
		return 0;
	for (struct dirent *e; !error && (e = readdir(folder));)
		error = consider(f, e->d_name);
	closedir(folder);
	return error;
}

/* Where the ".PID" or ".PID.N" of a child begins. */
static size_t find_pid(const char *name, uint32_t pid)
{
	char suffix[16];
	size_t n = (size_t)snprintf(suffix, sizeof(suffix), ".%u", pid);

	for (const char *p = name; (p = strstr(p, suffix)); p++)
		if (p[n] == '\0' || (p[n] == '.' && *skip_suffix(p) == '\0'))
			return (size_t)(p - name);
	return strlen(name);
}

/* That of a child has the name of the first process, and a suffix. */
static int split_name(struct finder *f, const struct candidate *first)
{
	const char *base = first->is.base, *slash = strrchr(base, '/');
	const char *name = slash ? slash + 1 : base;
	size_t n = first->parent ? find_pid(name, first->is.pid) : strlen(name);

	f->folder = strndup(base, (size_t)(name - base));
	f->name = strndup(name, n);
	return f->folder && f->name ? 0 : -ENOMEM;
}

static int compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->is.start_ns != y->is.start_ns)
		return x->is.start_ns < y->is.start_ns ? -1 : 1;
	return strcmp(x->is.base, y->is.base);
}

static bool find_profile(const struct family *f, uint64_t profile, size_t *out)
{
	/* Most often it is one of the last. */
	for (size_t i = f->nr; i-- > 0;)
		if (f->members[i].profile == profile) {
			*out = i;
			return true;
		}
	return false;
}

/* Takes those that descend from the first member; frees the others. */
static void choose(struct finder *f, struct family *out)
{
	if (f->nr > 0)
		qsort(f->found, f->nr, sizeof(*f->found), compare);
	for (size_t i = 0; i < f->nr; i++) {
		struct candidate *c = &f->found[i];
		size_t none;

		if (c->parent != 0 &&
		    !find_profile(out, c->is.profile, &none) &&
		    find_profile(out, c->parent, &c->is.parent))
			out->members[out->nr++] = c->is;
		else
			free_member(&c->is);
	}
}

int family_find(const char *base, struct family *out)
{
	struct finder f = {0};
	struct candidate first;
	int error = load(base, &first);

	*out = (struct family){0};
	if (error)
		return error == -ENOENT ? 0 : error;
	error = split_name(&f, &first);
	if (!error)
		error = search(&f);
	if (!error)
		out->members = calloc(f.nr + 1, sizeof(*out->members));
	if (out->members) {
		out->members[out->nr++] = first.is;
		choose(&f, out);
	} else {
		free_member(&first.is);
		for (size_t i = 0; i < f.nr; i++)
			free_member(&f.found[i].is);
		error = -ENOMEM;
	}
	free(f.found);
	free(f.folder);
	free(f.name);
	return error;
}

void family_fini(struct family *f)
{
	for (size_t i = 0; i < f->nr; i++)
		free_member(&f->members[i]);
	free(f->members);
	*f = (struct family){0};
}

bool family_runs(const struct family_member *m)
{
	char name[PATH_MAX], path[PATH_MAX], maps[64];
	char *line = NULL;
	size_t room = 0;
	bool found = false;
	FILE *f;

	snprintf(name, sizeof(name), "%s.hpm", m->base);
	snprintf(maps, sizeof(maps), "/proc/%u/maps", m->pid);
	if (!realpath(name, path))
		return false;
	f = fopen(maps, "re");
	while (f && !found && getline(&line, &room, f) > 0) {
		const char *mapped = strchr(line, '/');
		size_t n = strlen(path);

		found = mapped && !strncmp(mapped, path, n) &&
			mapped[n] == '\n';
	}
	if (f)
		fclose(f);
	free(line);
	return found;
}
