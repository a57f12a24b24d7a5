/* SPDX-License-Identifier: MIT */

/*
 * Either the runtime is a shared library, which the program needs, or it is
 * linked in: then the program exports what all those with a malloc() have, and
 * UndefinedBehaviorSanitizer has not.
 */

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "sanitizer.h"

/* The file in memory. */
struct image {
	const char *p;
	size_t size;
};

/* A table of @size bytes at @offset; NULL: not within the file. */
static const void *find_table(const struct image *f, uint64_t offset,
			      uint64_t size)
{
	if (offset > f->size || size > f->size - offset || offset % 8 != 0)
		return NULL;
	return f->p + offset;
}

/* The string at @at of the table that @s links to; "" if there is none. */
static const char *find_string(const struct image *f, const ElfW(Shdr) * all,
			       size_t nr, const ElfW(Shdr) * s, uint64_t at)
{
	const ElfW(Shdr) *strings = s->sh_link < nr ? &all[s->sh_link] : NULL;
	const char *p;

	if (strings == NULL || strings->sh_offset > f->size ||
	    strings->sh_size > f->size - strings->sh_offset ||
	    at >= strings->sh_size)
		return "";
	p = f->p + strings->sh_offset + at;
	return memchr(p, '\0', strings->sh_size - at) != NULL ? p : "";
}

static bool is_runtime(const char *name)
{
	static const char *const gcc[] = {"libasan.so", "liblsan.so",
					  "libtsan.so", "libhwasan.so"};

	for (size_t i = 0; i < sizeof(gcc) / sizeof(*gcc); i++)
		if (strncmp(name, gcc[i], strlen(gcc[i])) == 0)
			return true;
	return strncmp(name, "libclang_rt.", 12) == 0 &&
	       strstr(name, "san") != NULL && strstr(name, "ubsan") == NULL;
}

static bool needs_runtime(const struct image *f, const ElfW(Shdr) * all,
			  size_t nr, const ElfW(Shdr) * s)
{
	const ElfW(Dyn) *d = find_table(f, s->sh_offset, s->sh_size);

	for (size_t i = 0; d != NULL && i < s->sh_size / sizeof(*d); i++)
		if (d[i].d_tag == DT_NEEDED &&
		    is_runtime(find_string(f, all, nr, s, d[i].d_un.d_val)))
			return true;
	return false;
}

static bool has_runtime(const struct image *f, const ElfW(Shdr) * all,
			size_t nr, const ElfW(Shdr) * s)
{
	const ElfW(Sym) *y = find_table(f, s->sh_offset, s->sh_size);

	for (size_t i = 0; y != NULL && i < s->sh_size / sizeof(*y); i++)
		if (y[i].st_shndx != SHN_UNDEF &&
		    strcmp(find_string(f, all, nr, s, y[i].st_name),
			   "__sanitizer_get_heap_size") == 0)
			return true;
	return false;
}

static bool look(const struct image *f)
{
	const ElfW(Ehdr) *e = find_table(f, 0, sizeof(*e));
	const ElfW(Shdr) *s = NULL;

	if (e != NULL && e->e_shentsize == sizeof(*s))
		s = find_table(f, e->e_shoff, e->e_shnum * sizeof(*s));
	for (size_t i = 0; s != NULL && i < e->e_shnum; i++)
		if ((s[i].sh_type == SHT_DYNAMIC &&
		     needs_runtime(f, s, e->e_shnum, &s[i])) ||
		    (s[i].sh_type == SHT_DYNSYM &&
		     has_runtime(f, s, e->e_shnum, &s[i])))
			return true;
	return false;
}

bool sanitizer_is_in(int fd)
{
	struct image f;
	struct stat st;
	bool found;

	if (fstat(fd, &st) != 0 || st.st_size <= 0)
		return false;
	f.size = (size_t)st.st_size;
	f.p = mmap(NULL, f.size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (f.p == MAP_FAILED)
		return false;
	found = look(&f);
	munmap((void *)f.p, f.size);
	return found;
}
