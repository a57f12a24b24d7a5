/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

#include "digest.h"

/*
 * The traces of a snapshot in buffers that grow to the largest, for who looks
 * at one after the other.  All zero at first, but for the arena.
 */
struct digest_rows {
	struct arena *arena; /* of the buffers; NULL: they are malloc()ed */
	struct digest_usage *usage;
	size_t n;
	size_t room;	/* of usage */
	uint8_t *bytes; /* as they are in the file */
	size_t room_bytes;
};

/*
 * Reads snapshot @index; of those traces that are @wanted, by number, or NULL:
 * of all.  0, -ENOMEM, -EINVAL, or -EBADMSG: said.
 */
int digest_rows_read(const struct digest *d, size_t index, const bool *wanted,
		     struct digest_rows *rows);
