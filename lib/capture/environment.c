/* SPDX-License-Identifier: MIT */

#include "environment.h"

#include <stddef.h>
#include <string.h>

/* Set by the loader: argc, argv, NULL, environment, NULL. */
extern void *__libc_stack_end;

int environment_argc(void)
{
	return *(int *)__libc_stack_end;
}

char **environment_argv(void)
{
	return (char **)__libc_stack_end + 1;
}

static char **variables(void)
{
	return environment_argv() + environment_argc() + 1;
}

/* The value if @variable is @name=value, else NULL. */
static char *value_of(char *variable, const char *name)
{
	size_t n = strlen(name);

	return strncmp(variable, name, n) == 0 && variable[n] == '='
		       ? variable + n + 1
		       : NULL;
}

char *environment_find(const char *name)
{
	for (char **e = variables(); *e != NULL; e++) {
		char *value = value_of(*e, name);

		if (value != NULL)
			return value[0] != '\0' ? value : NULL;
	}
	return NULL;
}

const char *environment_get(const char *name)
{
	return environment_find(name);
}

static bool is_ours(const char *entry, size_t n)
{
	static const char name[] = "libheapprof-preload.so";

	return n >= sizeof(name) - 1 && memcmp(entry + n - (sizeof(name) - 1),
					       name, sizeof(name) - 1) == 0;
}

/* Takes our entry out of @list, in place; what is left keeps its order. */
static void clean_preload(char *list)
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

/* Not to be seen by the programs that this one executes? */
static bool is_private(char *variable)
{
	char *list = value_of(variable, "LD_PRELOAD");

	if (list != NULL) {
		clean_preload(list);
		return *list == '\0';
	}
	return strncmp(variable, "HEAPPROF_", 9) == 0;
}

void environment_clean(void)
{
	char **out = variables();

	for (char **e = out; *e != NULL; e++)
		if (!is_private(*e))
			*out++ = *e;
	*out = NULL;
}

bool environment_preloaded(void)
{
	const char *list = environment_get("LD_PRELOAD");

	for (const char *p = list; p != NULL && *p != '\0';) {
		size_t n = strcspn(p, ": ");

		if (is_ours(p, n))
			return true;
		p += n + (p[n] != '\0');
	}
	return false;
}
