/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The program to run: what to hand to execv() so that the program which the
 * user means is the one that is profiled.
 *
 * For a script that is itself, and the kernel starts its interpreter.  But
 * "#!/usr/bin/env python3" starts env, which becomes python3 by another exec,
 * and what a profiled program executes is not profiled.  So such a script is
 * started as env would have done it.
 */
struct target {
	char *path;
	char **argv;
};

/*
 * Finds @argv[0] as execvp() does and makes sure that it can be profiled.  If
 * not, ends the process with 125, 126 or 127.  Nothing needs to be freed: the
 * process becomes the program.
 */
void target_find(struct target *t, char **argv);
