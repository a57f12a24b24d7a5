/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * UTF-8, without the locale: what is a character, and how wide is it.
 */

/* Bytes of the character at @s, put into @c; 0: those bytes are no UTF-8. */
size_t utf8_get(const char *s, uint32_t *c);

/* May @c be shown as it is?  Not controls, nor what changes direction. */
bool utf8_is_plain(uint32_t c);

/* Columns that @c takes in a terminal: 0, 1 or 2. */
unsigned utf8_columns(uint32_t c);

/*
 * @text to @out, of @size bytes, with nothing in it that a terminal would act
 * on: what is no UTF-8 or not plain becomes \xNN.  Without @utf8 so does all
 * but ASCII.  Cut where there is no more room.
 */
void utf8_escape(char *out, size_t size, const char *text, bool utf8);
