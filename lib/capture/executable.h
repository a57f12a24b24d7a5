/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Can a program be recorded that is about to be executed?
 *
 * Asked in the last moments of a process, see exec.c: without malloc, locks or
 * much stack.  What cannot be found out counts as fitting; then it is as if
 * nobody had asked.
 */
enum executable {
	EXECUTABLE_FITS,
	EXECUTABLE_PRIVILEGED, /* it gains privileges: the loader ignores us */
	EXECUTABLE_FOREIGN,    /* its loader would choke on our library */
	EXECUTABLE_MISSING,    /* it cannot be executed at all */
};

/* The file that execveat(@dir, @path, ..., @flags) would execute. */
enum executable executable_check(int dir, const char *path, int flags);

/* The file that execvp(@name, ...) would. */
enum executable executable_find(const char *name);
