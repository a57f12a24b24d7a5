/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Names for addresses: (module, address in its ELF file) to frames of source.
 *
 * One module at a time: symbols_module() opens it, finds its separate debug
 * file, builds an index over its symbols and DIEs, answers all addresses in one
 * go and closes it again, so that memory is that of the largest module.
 */

/* What the profile knows of a module. */
struct symbols_module {
	const char *path;
	const uint8_t *build_id;
	size_t build_id_length; /* 0: it has none; then size and time must do */
	uint64_t file_size;	/* 0: unknown */
	int64_t file_mtime_ns;
};

/* Frames at one address: inlining deeper than this is a damaged file. */
#define SYMBOLS_FRAMES_MAX 256

/* One function at an address.  Strings live until the callback returns. */
struct symbols_frame {
	const char *function; /* demangled; NULL: unknown */
	const char *file;     /* as the debug information has it; NULL */
	uint32_t line;	      /* 0: unknown */
	bool inlined;	      /* into the next frame of the same address */
};

struct symbols_options {
	const char *const *debug_paths; /* NULL-terminated, or NULL */
	const char *sysroot;		/* or NULL */
	bool debuginfod;
	/* Warnings, one line each; may be NULL. */
	void (*warn)(void *arg, const char *text);
	/* The files are open, and are that long together; may be NULL. */
	void (*opened)(void *arg, uint64_t bytes);
	void *arg; /* of both */
};

/* Frames of addresses[@index], innermost first; @n may be 0: unknown. */
typedef void symbols_fn(void *arg, size_t index,
			const struct symbols_frame *frames, size_t n);

/*
 * Calls @fn once for each of the @n addresses, in any order.  Addresses are
 * those of the ELF file (its p_vaddr space), within the calling instruction:
 * the caller has subtracted 1 from return addresses.  A file that is missing,
 * or is not the one recorded, is warned of once and gives unknown frames; the
 * kernel's vdso, which has no file, gives them without a warning.  Threads may
 * ask for several modules at a time, but not with debuginfod.
 * Returns 0, or -ENOMEM.
 */
int symbols_module(const struct symbols_module *module,
		   const uint64_t *addresses, size_t n,
		   const struct symbols_options *options, symbols_fn *fn,
		   void *arg);
