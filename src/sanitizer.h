/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/*
 * Was the program, open as @fd, built with a sanitizer that brings its own
 * malloc() and wants to be the first to be loaded: AddressSanitizer,
 * LeakSanitizer, ThreadSanitizer or MemorySanitizer?  Not if it cannot be
 * found out; any bytes may be in the file.
 */
bool sanitizer_is_in(int fd);
