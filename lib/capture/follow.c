/* SPDX-License-Identifier: MIT */

/*
 * The strings are made once and never moved: environments point to them.  Only
 * the one that names this process changes, in place, in a forked child.
 *
 * What is called for an exec looks only at these and at the environment it is
 * given, and writes only where its caller says; see exec.c.
 */

#include "follow.h"

#include <string.h>

#include "base.h"
#include "ldpreload.h"
#include "options.h"

#define VARIABLES_MAX 10u
#define POOL_SIZE 20480u /* two paths, and what options can be */

/* An environment that is larger is left alone: there may be little stack. */
#define ROOM_MAX 1000u
#define TEXT_MAX 4096u

#define PRELOAD "LD_PRELOAD="

/* "PID-PROFILE", of fixed width. */
static char children[] = OPTIONS_CHILDREN "=0123456789-0123456789abcdef";

static char pool[POOL_SIZE];
static size_t used;
static char *variables[VARIABLES_MAX];
static unsigned nr_variables;
static char *preload; /* with our library alone; NULL: not to be followed */

/* @name with its closing "=" or not, then the first @n bytes of @value. */
static char *add_text(const char *name, const char *value, size_t n)
{
	size_t length = strlen(name);
	char *start = pool + used;

	if (n + length + 2 > POOL_SIZE - used)
		return NULL;
	memcpy(start, name, length);
	if (start[length - 1] != '=')
		start[length++] = '=';
	memcpy(start + length, value, n);
	start[length + n] = '\0';
	used += length + n + 1;
	return start;
}

void follow_begin(const char *library)
{
	used = 0;
	preload = library != NULL
			  ? add_text(PRELOAD, library, strcspn(library, ": "))
			  : NULL;
	variables[0] = children;
	nr_variables = 1;
}

char *follow_add(const char *name, const char *value)
{
	char *text = NULL;

	if (nr_variables < VARIABLES_MAX)
		text = add_text(name, value, strlen(value));
	if (text == NULL)
		preload = NULL;
	else
		variables[nr_variables++] = text;
	return text;
}

static void put_digits(char *end, uint64_t v, unsigned base, unsigned n)
{
	while (n-- > 0) {
		*--end = "0123456789abcdef"[v % base];
		v /= base;
	}
}

void follow_name(uint32_t pid, uint64_t profile)
{
	char *end = children + sizeof(children) - 1;

	put_digits(end, profile, 16, 16);
	put_digits(end - 17, pid, 10, 10);
}

char *follow_variable(void)
{
	return children;
}

static bool take_digits(const char **p, unsigned base, unsigned n,
			uint64_t *out)
{
	static const char digits[] = "0123456789abcdef";

	*out = 0;
	for (; n > 0; n--, ++*p) {
		const char *digit = strchr(digits, **p);

		if (**p == '\0' || digit == NULL ||
		    (unsigned)(digit - digits) >= base)
			return false;
		*out = *out * base + (uint64_t)(digit - digits);
	}
	return true;
}

bool follow_parse(const char *value, uint32_t *pid, uint64_t *profile)
{
	uint64_t number, name;

	if (!take_digits(&value, 10, 10, &number) || number > UINT32_MAX ||
	    *value++ != '-' || !take_digits(&value, 16, 16, &name) ||
	    *value != '\0')
		return false;
	*pid = (uint32_t)number;
	*profile = name;
	return true;
}

bool follow_on(void)
{
	return preload != NULL;
}

/* Our variable of the same name; NULL: there is none. */
static const char *find_ours(const char *variable)
{
	size_t n = strcspn(variable, "=") + 1;

	if (strncmp(variable, "HEAPPROF_", 9) != 0)
		return NULL;
	for (unsigned i = 0; i < nr_variables; i++)
		if (strncmp(variables[i], variable, n) == 0)
			return variables[i];
	return NULL;
}

static const char *preload_of(const char *variable)
{
	return strncmp(variable, PRELOAD, strlen(PRELOAD)) == 0
		       ? variable + strlen(PRELOAD)
		       : NULL;
}

static bool is_named(const char *variable, const char *name)
{
	size_t n = strlen(name);

	return strncmp(variable, name, n) == 0 && variable[n] == '=';
}

/* What there is in an environment. */
struct seen {
	size_t nr;	  /* variables */
	unsigned nr_ours; /* those that are as they should be */
	const char *list; /* value of LD_PRELOAD, or NULL */
	bool another;	  /* recording is asked for, or in another place */
};

static void look(struct seen *s, char *const envp[])
{
	*s = (struct seen){0};
	for (; envp != NULL && envp[s->nr] != NULL && s->nr < ROOM_MAX;
	     s->nr++) {
		const char *variable = envp[s->nr];
		const char *ours = find_ours(variable);

		if (s->list == NULL)
			s->list = preload_of(variable);
		if (ours != NULL && strcmp(variable, ours) == 0)
			s->nr_ours++;
		else if (is_named(variable, OPTIONS_OUTPUT) ||
			 is_named(variable, OPTIONS_STATS))
			s->another = true;
	}
}

bool follow_measure(struct follow *f, char *const envp[], enum executable kind)
{
	struct seen s;
	bool listed;

	if (!follow_on() || kind == EXECUTABLE_PRIVILEGED)
		return false;
	look(&s, envp);
	listed = ldpreload_has(s.list, NULL);
	f->without = kind == EXECUTABLE_FOREIGN;
	f->room = s.nr + VARIABLES_MAX + 2;
	f->text = 0;
	if (s.list != NULL && listed == f->without)
		f->text = strlen(preload) + strlen(s.list) + 2;
	if (s.another || f->room > ROOM_MAX || f->text > TEXT_MAX)
		return false;
	if (f->without)
		return listed;
	return !listed || s.nr_ours != nr_variables;
}

/* LD_PRELOAD with our library before what is in @list. */
static char *prepend(char *text, const char *list)
{
	size_t n = strlen(preload);

	memcpy(text, preload, n);
	text[n] = ':';
	strcpy(text + n + 1, list);
	return text;
}

/* @list without it; NULL: that leaves nothing. */
static char *take_out(char *text, const char *list)
{
	strcpy(text, PRELOAD);
	strcpy(text + strlen(PRELOAD), list);
	ldpreload_remove(text + strlen(PRELOAD));
	return text[strlen(PRELOAD)] != '\0' ? text : NULL;
}

/* What becomes of LD_PRELOAD; NULL: it goes. */
static char *change_preload(const struct follow *f, char *variable, char *text)
{
	const char *list = preload_of(variable);

	if (ldpreload_has(list, NULL) != f->without)
		return variable;
	if (f->without)
		return take_out(text, list);
	return *list != '\0' ? prepend(text, list) : preload;
}

void follow_fill(const struct follow *f, char *const envp[], char **out,
		 char *text)
{
	bool listed = false;

	for (; envp != NULL && *envp != NULL; envp++) {
		char *variable = *envp;

		if (!listed && preload_of(variable) != NULL) {
			variable = change_preload(f, variable, text);
			listed = true;
		}
		if (variable != NULL && (f->without || !find_ours(variable)))
			*out++ = variable;
	}
	for (unsigned i = 0; i < nr_variables && !f->without; i++)
		*out++ = variables[i];
	if (!listed && !f->without)
		*out++ = preload;
	*out = NULL;
}
