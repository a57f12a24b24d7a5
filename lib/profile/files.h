/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "metadata.h"

/*
 * Modules that are the same file, loaded again at another place: what is known
 * of an address in one is known of it in all.
 */

/* By index in @m's modules, the number of the first that is the same file.
   NULL: no memory; the caller frees. */
uint32_t *files_first(const struct metadata *m);
