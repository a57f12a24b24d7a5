/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ranges.h"
#include "symbols.h"

/*
 * Finds the files that tell about a module, and proves that they belong to it.
 *
 * The recorded file is looked for below the sysroot, at its own path and below
 * each debug path; it counts if its build-id is the recorded one or, where none
 * was recorded, if size and time are (below a sysroot or debug path the size
 * alone, since copies have times of their own).  Where it has no DWARF of its
 * own, a separate debug file is looked for: by build-id, then by .gnu_debuglink
 * in the usual three folders, below each debug path too, then, if asked for, by
 * debuginfod.  That counts if it has the same build-id or, where it has none,
 * the CRC of the link.  If only the debug file is left, it serves as both.
 */
struct debugfile {
	int elf_fd;	    /* has symbols and segments; -1: nothing found */
	int dwarf_fd;	    /* has DWARF, or symbols at least; -1: none */
	char *path;	    /* of elf_fd */
	char *dwarf_path;   /* of dwarf_fd */
	struct ranges text; /* its executable segments; values unused */
};

/*
 * 0: see elf_fd.  -ENOMEM.  Warns through @options if nothing was found.
 * debugfile_close() frees all in either case.
 */
int debugfile_open(struct debugfile *f, const struct symbols_module *module,
		   const struct symbols_options *options);

/*
 * The file that several debug files share (dwz), as .gnu_debugaltlink in the
 * one at @from names it.  A descriptor; -1: not found; -ENOMEM.
 */
int debugfile_open_alt(const char *from, const char *name,
		       const uint8_t *build_id, size_t build_id_length,
		       const struct symbols_module *module,
		       const struct symbols_options *options);

void debugfile_close(struct debugfile *f);

/* Says one line about @path. */
void debugfile_warn(const struct symbols_options *options, const char *path,
		    const char *what);
