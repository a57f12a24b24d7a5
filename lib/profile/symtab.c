/* SPDX-License-Identifier: MIT */
/*
 * libdwfl reads the tables, since it alone unpacks .gnu_debugdata; looking up
 * is ours, since its own search is linear.  It is given the debug file that was
 * found, and looks for none itself, so that it never asks a server.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <elfutils/libdwfl.h>

#include "base.h"

#include "symtab.h"

struct symbol {
	uint64_t low, high;
	uint64_t limit;	  /* end of its section, 0: unknown */
	const char *name; /* libdwfl's */
	uint8_t rank;	  /* higher is better */
	bool function;
};

struct symtab {
	Dwfl *dwfl;
	const struct debugfile *file; /* while it is being opened */
	struct symbol *v;	      /* by address, then from bad to good */
	size_t n;
	struct ranges ranges; /* to indices of v */
};

static int find_debuginfo(Dwfl_Module *module, void **user, const char *name,
			  Dwarf_Addr base, const char *file, const char *link,
			  GElf_Word crc, char **found)
{
	const struct symtab *symtab = *user;

	(void)module, (void)name, (void)base, (void)file, (void)link, (void)crc;
	*found = NULL;
	if (!symtab->file || symtab->file->dwarf_fd < 0)
		return -1;
	return fcntl(symtab->file->dwarf_fd, F_DUPFD_CLOEXEC, 0);
}

static int find_elf(Dwfl_Module *module, void **user, const char *name,
		    Dwarf_Addr base, char **file, Elf **elf)
{
	(void)module, (void)user, (void)name, (void)base, (void)file, (void)elf;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = find_elf,
	.find_debuginfo = find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

static Dwfl_Module *open_module(struct symtab *symtab)
{
	int fd = fcntl(symtab->file->elf_fd, F_DUPFD_CLOEXEC, 0);
	Dwfl_Module *module;
	void **user;

	if (fd < 0)
		return NULL;
	dwfl_report_begin(symtab->dwfl);
	module = dwfl_report_elf(symtab->dwfl, "module", symtab->file->path, fd,
				 0, true);
	if (!module)
		close(fd);
	dwfl_report_end(symtab->dwfl, NULL, NULL);
	if (module) {
		dwfl_module_info(module, &user, NULL, NULL, NULL, NULL, NULL,
				 NULL);
		*user = symtab;
	}
	return module;
}

static uint8_t rank_of(const GElf_Sym *sym)
{
	switch (GELF_ST_BIND(sym->st_info)) {
	case STB_GLOBAL:
	case STB_GNU_UNIQUE:
		return 2;
	case STB_WEAK:
		return 1;
	default:
		return 0;
	}
}

static bool is_function(const GElf_Sym *sym)
{
	int type = GELF_ST_TYPE(sym->st_info);

	return type == STT_FUNC || type == STT_GNU_IFUNC;
}

/* The end of the section that @sym is in, 0 if that is not known. */
static uint64_t section_end(Elf *elf, GElf_Word index)
{
	Elf_Scn *section = elf ? elf_getscn(elf, index) : NULL;
	GElf_Shdr header;

	if (!section || !gelf_getshdr(section, &header))
		return 0;
	return header.sh_addr + header.sh_size;
}

/* Symbols of all types in the code: those of other types end functions. */
static int read_symbols(struct symtab *symtab, Dwfl_Module *module)
{
	int n = dwfl_module_getsymtab(module);
	GElf_Addr bias = 0;

	if (n <= 0)
		return 0;
	dwfl_module_getelf(module, &bias);
	symtab->v = calloc((size_t)n, sizeof(*symtab->v));
	if (!symtab->v)
		return -ENOMEM;
	for (int i = 1; i < n; i++) {
		struct symbol *s = &symtab->v[symtab->n];
		GElf_Word section;
		GElf_Sym sym;
		Elf *elf;

		s->name = dwfl_module_getsym_info(module, i, &sym, &s->low,
						  &section, &elf, NULL);
		if (!s->name || section == SHN_UNDEF || section == SHN_ABS)
			continue;
		s->low -= bias;
		s->high = s->low + sym.st_size;
		s->limit = section_end(elf, section);
		s->rank = rank_of(&sym);
		s->function = is_function(&sym) && *s->name;
		if (ranges_find(&symtab->file->text, s->low))
			symtab->n++;
	}
	return 0;
}

/* From bad to good. */
static int compare_names(const struct symbol *a, const struct symbol *b)
{
	size_t a_lines = strspn(a->name, "_"), b_lines = strspn(b->name, "_");
	size_t a_length = strlen(a->name), b_length = strlen(b->name);

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a_lines != b_lines)
		return a_lines > b_lines ? -1 : 1;
	if (a_length != b_length)
		return a_length > b_length ? -1 : 1;
	return strcmp(b->name, a->name);
}

static int compare(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	return compare_names(a, b);
}

/* Functions without a size reach to what comes next. */
static int make_ranges(struct symtab *symtab)
{
	uint64_t next = UINT64_MAX, low = UINT64_MAX;
	int ret = 0;

	for (size_t i = symtab->n; i-- && !ret;) {
		struct symbol *s = &symtab->v[i];

		if (s->low != low)
			next = low;
		low = s->low;
		if (s->high <= s->low)
			s->high = MIN(next, s->limit);
		if (s->function)
			ret = ranges_add(&symtab->ranges, s->low, s->high,
					 (uint32_t)i);
	}
	return ret ? ret : ranges_finish(&symtab->ranges);
}

int symtab_open(const struct debugfile *f, struct symtab **out)
{
	struct symtab *symtab = calloc(1, sizeof(*symtab));
	Dwfl_Module *module;
	int ret = 0;

	*out = symtab;
	if (!symtab)
		return -ENOMEM;
	symtab->file = f;
	symtab->dwfl = dwfl_begin(&callbacks);
	module = symtab->dwfl ? open_module(symtab) : NULL;
	if (module)
		ret = read_symbols(symtab, module);
	if (symtab->n)
		qsort(symtab->v, symtab->n, sizeof(*symtab->v), compare);
	if (!ret)
		ret = make_ranges(symtab);
	symtab->file = NULL;
	return ret;
}

const char *symtab_find(const struct symtab *symtab, uint64_t address)
{
	const struct range *range =
		symtab ? ranges_find(&symtab->ranges, address) : NULL;

	return range ? symtab->v[range->value].name : NULL;
}

void symtab_close(struct symtab *symtab)
{
	if (!symtab)
		return;
	ranges_fini(&symtab->ranges);
	free(symtab->v);
	dwfl_end(symtab->dwfl);
	free(symtab);
}
