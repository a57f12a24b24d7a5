/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base.h"

#include "utf8.h"

struct range {
	uint32_t first, last;
};

static bool is_in(const struct range *ranges, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

size_t utf8_get(const char *s, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s;
	size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

	*c = p[0];
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	*c = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (p[i] & 0x3f);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
		return 0;
	return n;
}

bool utf8_is_plain(uint32_t c)
{
	static const struct range acts[] = {
		{0, 0x1f},	    {0x7f, 0x9f},     {0xad, 0xad},
		{0x61c, 0x61c},	    {0x200b, 0x200f}, {0x2028, 0x202e},
		{0x2060, 0x206f},   {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
		{0xe0000, 0xe007f},
	};

	return !is_in(acts, ARRAY_SIZE(acts), c);
}

unsigned utf8_columns(uint32_t c)
{
	static const struct range none[] = {
		{0x300, 0x36f},	  {0x483, 0x489},   {0x591, 0x5bd},
		{0x610, 0x61a},	  {0x64b, 0x65f},   {0x1ab0, 0x1aff},
		{0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f},
		{0xfe20, 0xfe2f},
	};
	static const struct range two[] = {
		{0x1100, 0x115f},   {0x2e80, 0x303e}, {0x3041, 0xa4cf},
		{0xac00, 0xd7a3},   {0xf900, 0xfaff}, {0xfe30, 0xfe6f},
		{0xff00, 0xff60},   {0xffe0, 0xffe6}, {0x1f300, 0x1faff},
		{0x20000, 0x3fffd},
	};

	if (c < 0x300)
		return 1;
	if (is_in(none, ARRAY_SIZE(none), c))
		return 0;
	return is_in(two, ARRAY_SIZE(two), c) ? 2 : 1;
}

#define ESCAPED 4u /* bytes of \xNN */

void utf8_escape(char *out, size_t size, const char *text, bool utf8)
{
	size_t n = 0;

	/* The longest character, escaped, and the zero byte. */
	while (*text && n + 4 * ESCAPED < size) {
		uint32_t c;
		size_t length = utf8_get(text, &c);

		if (length && utf8_is_plain(c) && (utf8 || c < 0x80)) {
			memcpy(out + n, text, length);
			n += length;
			text += length;
			continue;
		}
		for (length = MAX(length, 1u); length; length--)
			n += (size_t)sprintf(out + n, "\\x%02x",
					     (unsigned char)*text++);
	}
	out[n] = '\0';
}
