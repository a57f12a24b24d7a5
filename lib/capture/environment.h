/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Arguments and environment of the process, where the kernel put them: the
 * first malloc() may come before libc knows them.  To be called before main()
 * has run, since the program may change or overwrite them later.
 */

int environment_argc(void);
char **environment_argv(void); /* NULL-terminated, the program's own */

/* Value of the variable @name; NULL if there is none, or it is empty. */
const char *environment_get(const char *name);

/* Puts @variable, "NAME=VALUE", which has to stay, in the place of the one of
   that name, if there is one.  NULL: does nothing. */
void environment_set(char *variable);

/* Removes our variables, and our entry of LD_PRELOAD. */
void environment_clean(void);
