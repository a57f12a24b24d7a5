/* SPDX-License-Identifier: MIT */

#include "ldpreload.h"

#include <stddef.h>
#include <string.h>

static bool is_ours(const char *entry, size_t n)
{
	static const char name[] = "libheapprof-preload.so";

	return n >= sizeof(name) - 1 && memcmp(entry + n - (sizeof(name) - 1),
					       name, sizeof(name) - 1) == 0;
}

bool ldpreload_has(const char *list, const char **entry)
{
	for (const char *p = list; p != NULL && *p != '\0';) {
		size_t n = strcspn(p, ": ");

		if (is_ours(p, n)) {
			if (entry != NULL)
				*entry = p;
			return true;
		}
		p += n + (p[n] != '\0');
	}
	return false;
}

void ldpreload_remove(char *list)
{
	char *out = list;

	for (char *p = list; *p != '\0';) {
		size_t n = strcspn(p, ": ");
		char separator = p[n];

		if (!is_ours(p, n)) {
			memmove(out, p, n);
			out += n;
			if (separator != '\0')
				*out++ = separator;
		}
		p += n + (separator != '\0');
	}
	while (out > list && (out[-1] == ':' || out[-1] == ' '))
		out--;
	*out = '\0';
}
