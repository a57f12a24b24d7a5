/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/*
 * The few lines that the recorder writes to standard error: one writev(2) each,
 * without stdio, and with less than a kilobyte of stack.
 */

/* Where the lines go from now on, instead of to descriptor 2. */
void message_to(int fd);

/* "@first: ...: last": the strings up to NULL, joined by colons. */
void message_say(const char *first, ...);

/* The last line of a recording. */
void message_goodbye(const char *base, uint64_t seen, uint64_t recorded,
		     uint64_t lost);

/* What an errno value means; static. */
const char *message_error(int error);
