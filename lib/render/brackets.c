/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base.h"

#include "brackets.h"

#define ANONYMOUS "(anonymous namespace)"
#define LAMBDA "<lambda"
#define OPERATOR "operator"
#define OPERATOR_LENGTH 8

/* Does "operator" end right before @s? */
static bool follows_operator(const char *start, const char *s)
{
	return s - start >= OPERATOR_LENGTH &&
	       !strncmp(s - OPERATOR_LENGTH, OPERATOR, OPERATOR_LENGTH);
}

/* Is @s part of the name of an operator, as in operator<< or operator()? */
static bool is_operator(const char *start, const char *s)
{
	const char *op = s;

	if (*s == '(')
		return s[1] == ')' && follows_operator(start, s);
	if (*s == ')')
		return s > start && s[-1] == '(' &&
		       follows_operator(start, s - 1);
	/* The longest is operator<=>. */
	while (op > start && s - op < 3 && strchr("<>-=", op[-1]))
		op--;
	return follows_operator(start, op);
}

/* Follows the brackets from @start; true: there is one at @s. */
static bool follow(struct brackets *b, const char *start, const char *s)
{
	size_t n = strlen(ANONYMOUS);

	if (!strchr("<>()", *s) || is_operator(start, s))
		return false;
	if (*s == '>' && s > start && s[-1] == '-')
		return false;
	if (*s == '(' && !strncmp(s, ANONYMOUS, n))
		return false;
	if (*s == ')' && s - start >= (ptrdiff_t)n - 1 &&
	    !strncmp(s + 1 - n, ANONYMOUS, n))
		return false;
	if (*s == '<')
		b->angles++;
	else if (*s == '(')
		b->parentheses++;
	else if (*s == '>')
		b->angles -= b->angles > 0;
	else
		b->parentheses -= b->parentheses > 0;
	return true;
}

static bool is_kept(const struct brackets *at, const struct brackets *d)
{
	return at->angles <= d->angles && at->parentheses <= d->parentheses;
}

void brackets_elide(char *out, const char *in, struct brackets d,
		    const char *mark)
{
	struct brackets at = {0, 0};
	const char *start = in;
	bool marked = false;
	size_t n = 0;

	for (; *in && n + strlen(mark) + 1 < NAME_BYTES; in++) {
		bool kept = is_kept(&at, &d);
		bool closes;

		closes = follow(&at, start, in) && is_kept(&at, &d);
		if (kept || closes) {
			out[n++] = *in;
			marked = false;
		} else if (!marked) {
			strcpy(out + n, mark);
			n += strlen(mark);
			marked = true;
		}
	}
	out[n] = '\0';
}

void brackets_drop(char *out, const char *in)
{
	struct brackets at = {0, 0};
	const char *start = in;
	size_t n = 0;

	for (; *in && n + 1 < NAME_BYTES; in++) {
		bool named = !at.angles && !at.parentheses &&
			     !strncmp(in, LAMBDA, strlen(LAMBDA));
		bool bracket = follow(&at, start, in);

		if (named && n + sizeof(LAMBDA ">") <= NAME_BYTES)
			n = (size_t)(stpcpy(out + n, LAMBDA ">") - out);
		/* "f(int) const", "f(int) const::{lambda()#1}" */
		if (in > start && in[-1] == ')' && !strncmp(in, " const", 6))
			in += 5;
		else if (!bracket && !at.angles && !at.parentheses)
			out[n++] = *in;
	}
	out[n] = '\0';
}

const char *brackets_skip_type(const char *name)
{
	const char *op = strstr(name, OPERATOR), *last = name;
	struct brackets at = {0, 0};

	/* Only what has parameters has a type before it. */
	if (!strchr(name, '('))
		return name;
	for (const char *s = name; *s && (!op || s < op); s++) {
		bool anonymous =
			s - name >= 10 && !strncmp(s - 10, ANONYMOUS, 11);

		follow(&at, name, s);
		if (*s != ' ' || at.angles || at.parentheses || anonymous)
			continue;
		/* "f(int) const", "f(int) [clone .cold]" */
		if (s > name && s[-1] == ')')
			break;
		if (s[1] && s[1] != '(' && s[1] != '[')
			last = s + 1;
	}
	return last;
}
