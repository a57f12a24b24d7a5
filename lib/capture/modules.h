/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base.h"

/*
 * Which ELF file is mapped where, and since when.
 *
 * A module is written to the profile when an address of it is first seen in a
 * stack, found without a lock of the loader's by _dl_find_object()
 * (glibc 2.35). That one was unloaded is noticed after dlclose(), and by a
 * check every few milliseconds for those that libc unloads by itself (NSS,
 * gconv).  A module that comes back as it was, to the same place, is the same
 * module again.
 */

/* Forgets all modules, for a new profile.  Nobody else is at them. */
void modules_reset(void);

/* Number of the module at @address, 0 for none.  Any thread; takes a lock. */
uint32_t modules_find(uintptr_t address);

/* Looks which modules are gone.  True: some are.  Any thread; takes a lock. */
bool modules_check(void);

extern atomic_bool modules_any_gone; /* since modules_reset() */
bool modules_look(uint32_t number);

/* Is module @number still mapped? */
static inline bool modules_alive(uint32_t number)
{
	return likely(!atomic_load_explicit(&modules_any_gone,
					    memory_order_relaxed)) ||
	       modules_look(number);
}

/* Path of the executable; "" if unknown. */
const char *modules_program(void);
