/* SPDX-License-Identifier: MIT */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base.h"

#include "elffile.h"
#include "symbols.h"

/*
 * One file after the other is tried; it counts if it passes a check.  The first
 * that fails is remembered, so that it can be said why.
 */
struct candidate {
	/* Set by the caller. */
	const struct symbols_module *module;
	const uint8_t *build_id; /* wanted; set for candidate_is_of_build_id */
	size_t build_id_length;
	uint32_t crc;		  /* wanted by candidate_is_linked */
	const struct stat * not ; /* not this file, for candidate_is_linked */
	bool is_copy;		  /* it may have a time of its own */

	char path[PATH_MAX];	 /* of the last that was tried */
	char rejected[PATH_MAX]; /* of the first that failed its check; "" */
	char why[256];		 /* it did */
	int error;		 /* -ENOMEM: nothing more is tried */
};

/* Whether the file at @fd, which is @e, is the one that is looked for. */
typedef bool candidate_fn(struct candidate *c, int fd, const struct elffile *e);

/* The recorded file, by build-id or by size and time. */
candidate_fn candidate_is_recorded;

/* A file with the wanted build-id. */
candidate_fn candidate_is_of_build_id;

/* What a .gnu_debuglink names: by build-id if both have one, else by CRC. */
candidate_fn candidate_is_linked;

/* Opens the file of that path, if it passes @check.  A descriptor, or -1. */
printf_like(3, 4) int candidate_try(struct candidate *c, candidate_fn *check,
				    const char *format, ...);

/* The same for a file that is open; closes it if it fails. */
int candidate_try_fd(struct candidate *c, candidate_fn *check, int fd);

/* Writes up to (@room - 1) / 2 bytes as hexadecimal digits. */
void candidate_hex(char *to, size_t room, const uint8_t *bytes, size_t n);
