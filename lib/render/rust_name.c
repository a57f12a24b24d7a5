/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "base.h"

#include "brackets.h"
#include "rust_name.h"

struct words {
	const char *from, *to;
};

static bool begins(const struct words *w, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(w->to - w->from) >= n && !memcmp(w->from, text, n);
}

/* How many brackets more are open behind @s; the > of -> is none. */
static int opened_by(const char *s)
{
	return (*s == '<') - (*s == '>' && s[-1] != '-');
}

/* What is in the brackets that open at @s; false: they do not close. */
static bool find_group(const char *s, struct words *group)
{
	int depth = 0;

	group->from = s + 1;
	for (; *s && (depth += opened_by(s)) > 0; s++)
		;
	group->to = s;
	return *s;
}

/* Splits @w at a @word that is in no brackets. */
static bool split(struct words *w, const char *word, struct words *rest)
{
	size_t n = strlen(word);
	int depth = 0;

	for (const char *s = w->from; s + n < w->to; s++) {
		depth += opened_by(s);
		if (depth || memcmp(s, word, n) != 0)
			continue;
		*rest = (struct words){s + n, w->to};
		w->to = s;
		return true;
	}
	return false;
}

/* "&mut dyn Read" is named Read. */
static void skip_references(struct words *w)
{
	static const char *const marks[] = {"&", "mut ", "dyn ", "*const ",
					    "*mut "};
	size_t i = 0;

	while (i < ARRAY_SIZE(marks)) {
		if (begins(w, marks[i])) {
			w->from += strlen(marks[i]);
			i = 0;
		} else {
			i++;
		}
	}
}

/* Generic parameters (T, K2, _) and tuples say nothing of the type. */
static bool is_anonymous(const struct words *w)
{
	size_t n = (size_t)(w->to - w->from);

	return !n || *w->from == '(' || *w->from == '_' ||
	       (n <= 2 && isupper((unsigned char)*w->from));
}

static struct words name_slice(const struct words *w)
{
	static const char slice[] = "slice", array[] = "array";

	if (memchr(w->from, ';', (size_t)(w->to - w->from)))
		return (struct words){array, array + strlen(array)};
	return (struct words){slice, slice + strlen(slice)};
}

/* The type that @group is about, in few words. */
static struct words find_type(struct words group)
{
	struct words type = group, other;

	if (begins(&type, "impl ")) {
		type.from += strlen("impl ");
		if (split(&type, " for ", &other))
			type = other;
	} else if (split(&type, " as ", &other)) {
		skip_references(&type);
		if (is_anonymous(&type))
			type = other;
	}
	skip_references(&type);
	return begins(&type, "[") ? name_slice(&type) : type;
}

/* Not "<lambda(int)>", which C++ has. */
static bool is_group(const char *s, struct words *group)
{
	return *s == '<' && find_group(s, group) && !begins(group, "lambda") &&
	       !begins(group, "unnamed");
}

bool rust_name_plain(char *out, const char *in)
{
	const char *s = in;
	bool found = false;
	struct words group;
	size_t n = 0;

	while (*s && n + 1 < NAME_BYTES) {
		bool later = s - in >= 2 && s[-1] == ':' && s[-2] == ':';

		if ((s != in && !later) || !is_group(s, &group)) {
			out[n++] = *s++;
			continue;
		}
		found = true;
		s = group.to + 1;
		if (later && !begins(&group, "impl ")) {
			n -= 2; /* f::<T> */
			continue;
		}
		group = find_type(group);
		n = MIN((size_t)(group.to - group.from), NAME_BYTES - 1);
		memcpy(out, group.from, n);
	}
	out[n] = '\0';
	return found && n;
}
