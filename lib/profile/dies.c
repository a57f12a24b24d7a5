/* SPDX-License-Identifier: MIT */
/*
 * From an address to frames: unit, function, chain of inlined functions.  The
 * line of the innermost frame is that of the line table; the line of each other
 * one is where the frame within it was called.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>

#include "base.h"

#include "dies.h"
#include "inlines.h"
#include "lines.h"
#include "units.h"

#define ORIGINS_MAX 16
#define SCOPES_MAX 32

struct dies {
	Dwarf *dwarf, *alt;
	int fd, alt_fd;
	const struct debugfile *file;
	const struct symbols_module *module;
	const struct symbols_options *options;
	struct names *names;
	struct units units;
	struct lines lines;	/* if there are no units */
	struct inlines inlines; /* of the function last asked for */
	bool warned;		/* of a missing .dwo */
};

static int open_alt(struct dies *d)
{
	const char *name;
	const void *id;
	ssize_t length = dwelf_dwarf_gnu_debugaltlink(d->dwarf, &name, &id);

	if (length <= 0)
		return 0;
	d->alt_fd = debugfile_open_alt(d->file->dwarf_path, name, id,
				       (size_t)length, d->module, d->options);
	if (d->alt_fd == -ENOMEM)
		return -ENOMEM;
	if (d->alt_fd >= 0)
		d->alt = dwarf_begin(d->alt_fd, DWARF_C_READ);
	if (d->alt)
		dwarf_setalt(d->dwarf, d->alt);
	else
		debugfile_warn(d->options, d->file->dwarf_path,
			       "the file that it shares with others (dwz) was "
			       "not found; some names stay unknown; "
			       "--debug-path says where to look");
	return 0;
}

int dies_open(const struct debugfile *f, const struct symbols_module *module,
	      const struct symbols_options *options, struct names *names,
	      struct dies **out)
{
	struct dies *d;
	int ret;

	*out = NULL;
	if (f->dwarf_fd < 0)
		return 0;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	*d = (struct dies){.file = f,
			   .module = module,
			   .options = options,
			   .names = names,
			   .fd = f->dwarf_fd,
			   .alt_fd = -1};
	d->dwarf = dwarf_begin(d->fd, DWARF_C_READ);
	if (!d->dwarf) {
		free(d);
		return 0;
	}
	*out = d;
	ret = open_alt(d);
	if (!ret)
		ret = units_init(&d->units, d->dwarf, &f->text);
	if (!ret && !d->units.n)
		ret = lines_init(&d->lines, d->dwarf, &f->text);
	return ret;
}

void dies_close(struct dies *d)
{
	if (!d)
		return;
	inlines_fini(&d->inlines);
	lines_fini(&d->lines);
	units_fini(&d->units);
	dwarf_end(d->dwarf);
	dwarf_end(d->alt);
	if (d->alt_fd >= 0)
		close(d->alt_fd);
	free(d);
}

/* The DIE that says what the function is: where it was declared. */
static void find_origin(Dwarf_Die *die)
{
	for (int i = 0; i < ORIGINS_MAX; i++) {
		Dwarf_Attribute attr;

		if (!dwarf_attr(die, DW_AT_abstract_origin, &attr) &&
		    !dwarf_attr(die, DW_AT_specification, &attr))
			return;
		if (!dwarf_formref_die(&attr, die))
			return;
	}
}

/* @inner is the name of what is in it. */
static const char *scope_name(Dwarf_Die *die, const char *inner)
{
	const char *name = dwarf_diename(die);

	if (name)
		return name;
	if (dwarf_tag(die) == DW_TAG_namespace)
		return "(anonymous namespace)";
	return strcmp(inner, "operator()") ? "{unnamed}" : "{lambda}";
}

/* The names of @die and of what it is in, from inside out. */
static size_t collect_scopes(const struct unit *unit, Dwarf_Die die,
			     const char *parts[SCOPES_MAX])
{
	const struct scope *scope = units_scope(unit, &die);
	size_t n = 0;

	parts[n++] = dwarf_diename(&die);
	while (scope && scope->parent != UNITS_NO_SCOPE && n < SCOPES_MAX) {
		int inner = dwarf_tag(&die);

		scope = &unit->scopes[scope->parent];
		die = units_die(unit, scope->place);
		/* A function in a function was declared there, no more. */
		if (inner == DW_TAG_subprogram &&
		    dwarf_tag(&die) == DW_TAG_subprogram)
			break;
		parts[n] = scope_name(&die, parts[n - 1]);
		n++;
	}
	return n;
}

static char *join(const char *const *parts, size_t n)
{
	size_t length = 1;
	char *text, *to;

	for (size_t i = 0; i < n; i++)
		length += strlen(parts[i]) + 2;
	text = to = malloc(length);
	if (!text)
		return NULL;
	while (n--) {
		to = stpcpy(to, parts[n]);
		if (n)
			to = stpcpy(to, "::");
	}
	return text;
}

/* namespace::class::name, or the name alone where scopes are not known. */
static int scoped_name(struct dies *d, struct unit *near, Dwarf_Die die,
		       const char **out)
{
	const char *parts[SCOPES_MAX];
	struct unit *unit;
	int ret;

	find_origin(&die);
	*out = dwarf_diename(&die);
	if (!*out)
		return 0;
	ret = units_of(&d->units, near, &die, &unit);
	if (ret || !unit || !unit->scoped)
		return ret;
	*out = names_find(d->names, die.addr);
	if (!*out)
		*out = names_keep(
			d->names, die.addr,
			join(parts, collect_scopes(unit, die, parts)));
	return *out ? 0 : -ENOMEM;
}

static int function_name(struct dies *d, struct unit *unit, Dwarf_Die *die,
			 const char **out)
{
	const char *linkage = NULL;
	Dwarf_Attribute attr;
	int ret;

	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attr) ||
	    dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attr))
		linkage = dwarf_formstring(&attr);
	*out = linkage ? names_demangle(d->names, linkage) : NULL;
	if (*out)
		return 0;
	ret = scoped_name(d, unit, *die, out);
	if (!*out)
		*out = linkage;
	return ret;
}

static char *join_path(const char *directory, const char *file)
{
	char *text;

	return asprintf(&text, "%s/%s", directory, file) < 0 ? NULL : text;
}

/*
 * libdw puts the folder of the compilation before names in that folder, but not
 * before those of folders that are themselves relative to it.
 */
static const char *whole_path(struct dies *d, Dwarf_Die *unit, const char *file)
{
	Dwarf_Attribute attr;
	const char *directory, *path;
	size_t length;

	if (!file || file[0] == '/' || !unit ||
	    !dwarf_attr_integrate(unit, DW_AT_comp_dir, &attr))
		return file ? names_path(d->names, file) : NULL;
	directory = dwarf_formstring(&attr);
	length = directory ? strlen(directory) : 0;
	if (!length ||
	    (!strncmp(file, directory, length) && file[length] == '/'))
		return names_path(d->names, file);
	path = names_find(d->names, file);
	if (!path)
		path = names_keep(d->names, file, join_path(directory, file));
	return path ? names_path(d->names, path) : file;
}

/* Where the inlined function @die was called. */
static void find_call(struct dies *d, Dwarf_Die *die,
		      struct symbols_frame *frame)
{
	Dwarf_Attribute attr;
	Dwarf_Files *files;
	Dwarf_Word value;
	Dwarf_Die unit;
	size_t n;

	if (dwarf_attr(die, DW_AT_call_line, &attr) &&
	    !dwarf_formudata(&attr, &value) && value <= INT32_MAX)
		frame->line = (uint32_t)value;
	if (dwarf_attr(die, DW_AT_call_file, &attr) &&
	    !dwarf_formudata(&attr, &value) &&
	    dwarf_diecu(die, &unit, NULL, NULL) &&
	    !dwarf_getsrcfiles(&unit, &files, &n) && value < n)
		frame->file = whole_path(
			d, &unit, dwarf_filesrc(files, value, NULL, NULL));
}

/* @unit is NULL where it is not known. */
static void read_line(struct dies *d, Dwarf_Die *unit, Dwarf_Line *line,
		      struct symbols_frame *frame)
{
	int number;

	*frame = (struct symbols_frame){0};
	if (!line)
		return;
	if (!dwarf_lineno(line, &number) && number > 0)
		frame->line = (uint32_t)number;
	frame->file = whole_path(d, unit, dwarf_linesrc(line, NULL, NULL));
}

/* With -g1, clang keeps the last part of a name and no place of declaration. */
static bool is_bare(const struct unit *unit, Dwarf_Die *function)
{
	Dwarf_Attribute attr;

	return unit->scoped &&
	       !dwarf_attr_integrate(function, DW_AT_linkage_name, &attr) &&
	       !dwarf_attr_integrate(function, DW_AT_decl_line, &attr);
}

/* Adds to the first frame, which has file and line, functions inside out. */
static int add_functions(struct dies *d, struct unit *unit, Dwarf_Die *function,
			 uint64_t address, struct dies_answer *a)
{
	int ret = inlines_load(&d->inlines, d->units.text, function);
	uint32_t i = ret ? INLINES_NONE : inlines_find(&d->inlines, address);

	while (!ret && i != INLINES_NONE && a->n < a->max) {
		const struct inlined *inlined = &d->inlines.v[i];
		Dwarf_Die die = units_die(unit, inlined->place);
		struct symbols_frame *frame = &a->frames[a->n - 1];

		ret = function_name(d, unit, &die, &frame->function);
		frame->inlined = true;
		*++frame = (struct symbols_frame){0};
		find_call(d, &die, frame);
		a->n++;
		i = inlined->parent;
	}
	if (ret)
		return ret;
	a->bare = is_bare(unit, function);
	return function_name(d, unit, function, &a->frames[a->n - 1].function);
}

static void warn_split(struct dies *d)
{
	if (!d->units.missing || d->warned)
		return;
	d->warned = true;
	debugfile_warn(d->options, d->units.missing,
		       "not found (.dwp files are not read); functions of its "
		       "program come from the symbol table, inlined ones do "
		       "not show");
}

static int find_in_unit(struct dies *d, struct unit *unit, uint64_t address,
			struct dies_answer *a)
{
	Dwarf_Die function;

	warn_split(d);
	read_line(d, &unit->top, dwarf_getsrc_die(&unit->top, address),
		  &a->frames[0]);
	a->n = 1;
	if (units_function(unit, address, &function))
		return add_functions(d, unit, &function, address, a);
	return 0;
}

int dies_find(struct dies *d, uint64_t address, struct dies_answer *a)
{
	struct unit *unit;
	int ret = units_find(&d->units, address, &unit);

	a->n = 0;
	a->bare = false;
	if (!ret && unit) {
		ret = find_in_unit(d, unit, address, a);
	} else if (!ret) {
		read_line(d, NULL, lines_find(&d->lines, address),
			  &a->frames[0]);
		a->n = 1;
	}
	if (a->n == 1 && !a->frames[0].function && !a->frames[0].file)
		a->n = 0;
	return ret;
}
