/* SPDX-License-Identifier: MIT */

#include "environment.h"

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ldpreload.h"
#include "options.h"

/* Set by the loader: argc, argv, NULL, environment, NULL, auxiliary vector. */
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

const char *environment_get(const char *name)
{
	for (char **e = variables(); *e != NULL; e++) {
		const char *value = value_of(*e, name);

		if (value != NULL)
			return value[0] != '\0' ? value : NULL;
	}
	return NULL;
}

void environment_set(char *variable)
{
	size_t n = variable != NULL ? strcspn(variable, "=") + 1 : 0;

	for (char **e = variables(); *e != NULL && n > 0; e++)
		if (strncmp(*e, variable, n) == 0)
			*e = variable;
}

/* Not to be seen by the programs that this one executes? */
static bool is_private(char *variable)
{
	char *list = value_of(variable, "LD_PRELOAD");

	if (list != NULL) {
		ldpreload_remove(list);
		return *list == '\0';
	}
	return strncmp(variable, OPTIONS_PREFIX, strlen(OPTIONS_PREFIX)) == 0;
}

/*
 * What the kernel says of itself follows the environment at once, and that is
 * where some look for it, the runtime of Go among them.  With half a pair too
 * much there seems to be nothing, and they look in /proc, rather than to be a
 * word off.
 */
static void fill_gap(char **start, char **end)
{
	uintptr_t type = (end - start) % 2 == 0 ? AT_IGNORE : AT_NULL;

	for (uintptr_t *p = (uintptr_t *)start; p < (uintptr_t *)end; p++)
		*p = (p - (uintptr_t *)start) % 2 == 0 ? type : 0;
}

void environment_clean(void)
{
	char **out = variables(), **e;

	for (e = out; *e != NULL; e++)
		if (!is_private(*e))
			*out++ = *e;
	*out = NULL;
	fill_gap(out + 1, e + 1);
}
