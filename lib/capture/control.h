/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Who says when recording starts and stops: the environment, or the program
 * itself by the first part of heapprof.h, which is defined here and not in
 * libheapprof: the hooks and their switch are one library.
 */

/* Does what the environment asks for.  Once, before any hook. */
void control_begin(void);

/* exit() was called. */
void control_exit(void);

/* _exit() was called: prints what is only in memory.  A child of vfork(), in
   the memory of its parent, changes nothing. */
void control_exit_now(void);
