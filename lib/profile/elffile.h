/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ranges.h"

/*
 * What of an ELF file decides whether it is the right one.
 */
struct elffile {
	uint8_t build_id[64];
	size_t build_id_length; /* 0: none */
	char *debuglink;	/* base name in .gnu_debuglink; NULL: none */
	uint32_t debuglink_crc;
	bool relocatable;   /* neither program nor library; dwz makes such */
	bool dwarf;	    /* it has .debug_info or .debug_line */
	struct ranges text; /* executable segments */
};

/*
 * Reads the facts of the file at @fd.  0; -ENOEXEC if it is not ELF, or a core
 * file; -ENOMEM.  elffile_fini() frees them in either case.
 */
int elffile_init(struct elffile *e, int fd);
void elffile_fini(struct elffile *e);

/* The CRC-32 over the file, as .gnu_debuglink has it.  0, or -errno. */
int elffile_crc(int fd, uint32_t *crc);
