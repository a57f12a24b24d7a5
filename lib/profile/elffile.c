/* SPDX-License-Identifier: MIT */
/*
 * Any bytes may be in the file: libelf checks what it hands out, and every
 * answer of it may be NULL.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <elfutils/libdwelf.h>
#include <gelf.h>
#include <libelf.h>

#include "base.h"

#include "elffile.h"

static int read_text(struct elffile *e, Elf *elf)
{
	size_t n = 0;
	int ret = 0;

	if (elf_getphdrnum(elf, &n))
		return 0;
	for (size_t i = 0; i < n && !ret; i++) {
		GElf_Phdr phdr;

		if (!gelf_getphdr(elf, (int)i, &phdr))
			break;
		if (phdr.p_type == PT_LOAD && (phdr.p_flags & PF_X))
			ret = ranges_add(&e->text, phdr.p_vaddr,
					 phdr.p_vaddr + phdr.p_memsz, 0);
	}
	return ret ? ret : ranges_finish(&e->text);
}

/* A file from strip --only-keep-debug has all sections, most of them empty. */
static bool has_dwarf(Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header) ||
		    header.sh_type == SHT_NOBITS)
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (name && (!strcmp(name, ".debug_info") ||
			     !strcmp(name, ".debug_line") ||
			     !strcmp(name, ".zdebug_info")))
			return true;
	}
	return false;
}

static int read_links(struct elffile *e, Elf *elf)
{
	const void *id;
	ssize_t length = dwelf_elf_gnu_build_id(elf, &id);
	const char *link;
	GElf_Word crc;

	if (length > 0 && (size_t)length <= sizeof(e->build_id)) {
		memcpy(e->build_id, id, (size_t)length);
		e->build_id_length = (size_t)length;
	}
	link = dwelf_elf_gnu_debuglink(elf, &crc);
	if (!link || !*link || strchr(link, '/'))
		return 0;
	e->debuglink_crc = crc;
	e->debuglink = strdup(link);
	return e->debuglink ? 0 : -ENOMEM;
}

int elffile_init(struct elffile *e, int fd)
{
	int ret = -ENOEXEC;
	GElf_Ehdr header;
	Elf *elf;

	*e = (struct elffile){0};
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	/* What dwz makes for several files to share calls itself ET_REL. */
	if (elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &header) &&
	    (header.e_type == ET_EXEC || header.e_type == ET_DYN ||
	     header.e_type == ET_REL)) {
		e->relocatable = header.e_type == ET_REL;
		ret = read_links(e, elf);
		if (!ret)
			ret = read_text(e, elf);
		e->dwarf = has_dwarf(elf);
	}
	elf_end(elf);
	return ret;
}

void elffile_fini(struct elffile *e)
{
	free(e->debuglink);
	e->debuglink = NULL;
	ranges_fini(&e->text);
}

static void make_table(uint32_t table[256])
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ UINT32_C(0xedb88320) : c >> 1;
		table[i] = c;
	}
}

int elffile_crc(int fd, uint32_t *crc)
{
	uint32_t table[256], c = UINT32_MAX;
	uint8_t *buffer = malloc(65536);
	off_t offset = 0;
	ssize_t got;

	if (!buffer)
		return -ENOMEM;
	make_table(table);
	while ((got = pread(fd, buffer, 65536, offset)) > 0) {
		for (ssize_t i = 0; i < got; i++)
			c = table[(c ^ buffer[i]) & 0xff] ^ c >> 8;
		offset += got;
	}
	free(buffer);
	*crc = ~c;
	return got < 0 ? -errno : 0;
}
