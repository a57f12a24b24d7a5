/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Can a library be preloaded into this ELF file?  Ends the process, with one
 * line that names the file and the way out, if not.
 *
 * The loader does so for dynamically linked programs of its own architecture
 * and C library, unless they gain privileges (AT_SECURE, see ld.so(8)).
 */
void binary_check(const char *path, int fd);
