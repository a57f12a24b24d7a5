/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "executable.h"

/*
 * How a recording goes on in the programs that this one executes: what is put
 * into their environment, if children are to be recorded, although the program
 * may have left it out.
 *
 * That is LD_PRELOAD, the options, and who is asking: the value of
 * OPTIONS_CHILDREN names the process, and the profile, that the executed one
 * came from.  All else stays as the program wants it; nothing is changed where
 * it names a recording of its own, as heapprof-run does.
 *
 * follow_begin() and follow_add() come first, before main().
 */

/* @library: our path, as LD_PRELOAD had it, up to a separator; NULL: none. */
void follow_begin(const char *library);

/*
 * A variable for the programs to come.  Returns it as "NAME=VALUE", which
 * stays; NULL: there is no room, and nothing is followed.
 */
char *follow_add(const char *name, const char *value);

/* The value of OPTIONS_CHILDREN: this process, and the profile that it writes.
   It can be changed by naming another one. */
void follow_name(uint32_t pid, uint64_t profile);
char *follow_variable(void); /* as "NAME=VALUE", which follow_name() changes */

/* Understands such a value.  False: it is that of the first process. */
bool follow_parse(const char *value, uint32_t *pid, uint64_t *profile);

bool follow_on(void);

/* What an environment has to become. */
struct follow {
	size_t room;  /* pointers, with the closing NULL */
	size_t text;  /* bytes for strings that are made */
	bool without; /* our library is not for this program */
};

/*
 * Is another environment than @envp (NULL: empty) due for a program of @kind?
 * If so, *@f says what follow_fill() needs.
 */
bool follow_measure(struct follow *f, char *const envp[], enum executable kind);
void follow_fill(const struct follow *f, char *const envp[], char **out,
		 char *text);
