/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "base.h"

#include "wrapper.h"

#define NAME_MAX_BARE 256

static const char *const namespaces[] = {
	"std::",     "__gnu_cxx::",  "__cxxabiv1::",
	"alloc::",   "core::",	     "hashbrown::",
	"va_heap::", "QArrayData::", "boost::container::",
};

static const char *const names[] = {
	"__rust_alloc",
	"__rust_realloc",
	"__rust_alloc_zeroed",
	"__rdl_alloc",
	"__rdl_realloc",
	"__rg_alloc",
	"asprintf",
	"vasprintf",
	"xasprintf",
	"xvasprintf",
	"__vasprintf_chk",
	"__asprintf_chk",
	"_obstack_newchunk",
	"_obstack_begin",
	"_obstack_begin_1",
	"_obstack_allocate",
	"posix_memalign",
	"strbuf_grow",
	"getdelim",
	"getline",
	"g_strconcat",
	"g_strdup_printf",
	"g_strdup_vprintf",
	"g_strsplit",
	"concat",
	"g_slice_alloc0",
	"g_array_maybe_expand",
	"__libc_alloc_buffer_allocate",
};

/* How a C name ends; "alloc" must be a word of its own. */
static const char *const endings[] = {
	"malloc",  "calloc", "realloc", "zalloc",     "memalign",     "strdup",
	"strndup", "wcsdup", "memdup",	"palloc",     "reallocarray", "xnew",
	"xalloc",  "valloc", "dupstr",	"savestring",
};

/* What may follow that. */
static const char *const manners[] = {
	"_n",	   "_usable", "_internal", "_zero",   "zeroed",	  "zero",
	"raw",	   "_raw",    "nn",	   "_array",  "_impl",	  "_aligned",
	"_or_die", "_die",    "_fatal",	   "_safe",   "_nothrow", "_printf",
	"_sized",  "_mem",    "_object",   "_atomic", "_cleared",
};

static bool ends_with(const char *s, size_t n, const char *end)
{
	size_t k = strlen(end);

	return n >= k && !strncasecmp(s + n - k, end, k);
}

static size_t strip_manner(const char *s, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(manners); i++)
		if (ends_with(s, n, manners[i]))
			return n - strlen(manners[i]);
	while (n && (isdigit((unsigned char)s[n - 1]) || s[n - 1] == '_'))
		n--;
	return n;
}

static bool ends_in_alloc(const char *s, size_t n)
{
	if (!ends_with(s, n, "alloc"))
		return false;
	return n == 5 || s[n - 6] == '_' || s[n - 5] == 'A';
}

static bool is_c_wrapper(const char *s)
{
	size_t n = strcspn(s, ".@"), before;

	do {
		if (ends_in_alloc(s, n))
			return true;
		for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
			if (ends_with(s, n, endings[i]))
				return true;
		before = n;
		n = strip_manner(s, n);
	} while (n && n != before);
	return false;
}

static bool in_namespace(const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++)
		if (!strncmp(s, namespaces[i], strlen(namespaces[i])))
			return true;
	return false;
}

/* "<T as alloc::Trait>::f": T decides, unless it is a parameter. */
static bool is_rust_wrapper(const char *s)
{
	const char *trait = strstr(s, " as ");

	s++;
	if (trait && trait - s == 1 && isupper((unsigned char)*s))
		s = trait + 4;
	while (*s == '&' || *s == '[')
		s++;
	return in_namespace(s);
}

static const char *const anonymous = "(anonymous namespace)";

/* Is @s part of an operator's name: operator<<, operator()? */
static bool is_operator(const char *start, const char *s)
{
	const char *op = *s == ')' && s > start ? s - 1 : s;

	if (*s == '(' && s[1] != ')')
		return false;
	while (*s != '(' && *s != ')' && op > start && strchr("<>-=", op[-1]))
		op--;
	return op - start >= 8 && !strncmp(op - 8, "operator", 8);
}

/* Where the bracket at @s closes: behind it, or the end of the string. */
static const char *skip_brackets(const char *start, const char *s)
{
	int depth = 0;

	for (; *s; s++) {
		if (*s != '<' && *s != '(' && *s != '>' && *s != ')')
			continue;
		if ((s > start && s[-1] == '-') || is_operator(start, s))
			continue;
		depth += *s == '<' || *s == '(' ? 1 : -1;
		if (depth <= 0)
			return s + 1;
	}
	return s;
}

/* The function in "static int ns::f": what follows the last space. */
static void drop_return_type(char *s)
{
	char *op = strstr(s, "operator");
	char *space = NULL;

	for (char *p = s; *p && (!op || p < op); p++)
		if (*p == ' ')
			space = p;
	if (space && space[1])
		memmove(s, space + 1, strlen(space));
}

void wrapper_bare(const char *function, char *out, size_t size)
{
	const char *s = function;
	size_t n = 0;

	while (*s && n + 1 < size) {
		if (!strncmp(s, anonymous, strlen(anonymous))) {
			s += strlen(anonymous);
			out[n++] = '?';
		} else if ((*s == '<' || *s == '(') &&
			   !is_operator(function, s)) {
			bool parameters = *s == '(' && n;

			s = skip_brackets(function, s);
			if (parameters && strncmp(s, "::", 2))
				break;
		} else {
			out[n++] = *s++;
		}
	}
	out[n] = '\0';
	drop_return_type(out);
}

bool wrapper_is(const char *function)
{
	char bare[NAME_MAX_BARE];

	if (!function)
		return false;
	if (*function == '<')
		return is_rust_wrapper(function);
	wrapper_bare(function, bare, sizeof(bare));
	if (!strncmp(bare, "operator new", 12) || in_namespace(bare))
		return true;
	if (strstr(bare, "::"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(bare, names[i]))
			return true;
	return is_c_wrapper(bare);
}
