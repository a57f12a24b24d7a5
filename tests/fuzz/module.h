/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "profile/symbols.h"

/*
 * Looks up symbols in the ELF file @data, all in this process: of addresses
 * all over its code, and of some that are nowhere.
 */
void module_look_up(const uint8_t *data, size_t size);

/*
 * What is handed on can be read, and for each address, which @seen, an array of
 * bool, tells, once.
 */
void module_take_frames(void *seen, size_t index,
			const struct symbols_frame *frames, size_t n);
void module_take_warning(void *arg, const char *text);
