/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base.h"

#include "brackets.h"
#include "name.h"
#include "rust_name.h"
#include "utf8.h"

#define MODULE_LEAST 6u /* columns of a module before its address is cut */

static const char *ellipsis(bool utf8)
{
	return utf8 ? "…" : "...";
}

static size_t ellipsis_width(bool utf8)
{
	return utf8 ? 1 : 3;
}

size_t name_width(const char *text)
{
	uint32_t c;
	size_t n = 0;

	while (*text) {
		text += MAX(utf8_get(text, &c), 1u);
		n += utf8_columns(c);
	}
	return n;
}

/* Leaves room for the mark where it is cut. */
static void escape(char *out, const char *text, bool utf8)
{
	utf8_escape(out, NAME_BYTES - 8, text, utf8);
}

/* Bytes of the characters that fit into @width columns. */
static size_t bytes_of(const char *text, size_t width)
{
	size_t columns = 0, n = 0;
	uint32_t c;

	while (text[n]) {
		size_t length = MAX(utf8_get(text + n, &c), 1u);

		columns += utf8_columns(c);
		if (columns > width)
			break;
		n += length;
	}
	return n;
}

/* Cuts in place; @text has room for the mark. */
static size_t cut_right(char *text, size_t width, bool utf8)
{
	size_t mark = ellipsis_width(utf8);

	if (name_width(text) <= width)
		return name_width(text);
	if (width < mark)
		text[bytes_of(text, width)] = '\0';
	else
		strcpy(text + bytes_of(text, width - mark), ellipsis(utf8));
	return name_width(text);
}

/* The end of @text that fits into @width columns. */
static const char *tail_of(const char *text, size_t width)
{
	size_t columns = name_width(text);

	while (columns > width) {
		uint32_t c;

		text += MAX(utf8_get(text, &c), 1u);
		columns -= utf8_columns(c);
	}
	return text;
}

/*
 * Cuts in place, from the left; at @boundary where that costs less than half.
 */
static size_t cut_left(char *text, size_t width, const char *boundary,
		       bool utf8)
{
	char copy[NAME_BYTES];
	const char *rest, *at;
	size_t n;

	if (name_width(text) <= width)
		return name_width(text);
	if (width <= ellipsis_width(utf8))
		return cut_right(text, width, utf8);
	strcpy(copy, text);
	rest = tail_of(copy, width - ellipsis_width(utf8));
	at = *boundary ? strstr(rest, boundary) : NULL;
	if (at && name_width(at) * 2 >= width)
		rest = at;
	/* escape() leaves more room than the mark can need. */
	n = strlen(ellipsis(utf8));
	memmove(text + n, rest, strlen(rest) + 1);
	memcpy(text, ellipsis(utf8), n);
	return name_width(text);
}

/* The name without its outermost scope, or NULL. */
static char *inner_scope(char *name)
{
	char *at = strstr(name, "::");

	/* "{{closure}}", "operator()": of what? */
	if (!at || at[2] == '{' || !strncmp(at + 2, "operator", 8))
		return NULL;
	return at + 2;
}

/* Drops scopes from the outermost inward, in place, until the rest fits. */
static size_t drop_scopes(char *out, size_t width, bool utf8)
{
	static const char nested[] = "::{{closure}}::{{closure}}";
	char *inner;

	/* One tells as much as many. */
	while (name_width(out) > width && (inner = strstr(out, nested)))
		memmove(inner, inner + strlen(nested) / 2,
			strlen(inner + strlen(nested) / 2) + 1);
	while (name_width(out) > width && (inner = inner_scope(out)))
		memmove(out, inner, strlen(inner) + 1);
	return cut_left(out, width, "", utf8);
}

/* "std::vector::_M_insert" tells no more than "std::vector". */
static void drop_internal(char *name)
{
	char *last = NULL;

	for (char *at = name; (at = strstr(at, "::")); at += 2)
		last = at;
	if (last && last > name && last[2] == '_')
		*last = '\0';
}

static size_t shorten_function(char *out, const char *name, size_t width,
			       bool utf8)
{
	static const struct brackets steps[] = {
		{99, 99}, {99, 0}, {2, 0}, {1, 0}, {0, 0},
	};
	char plain[NAME_BYTES];

	if (name_width(name) > width && rust_name_plain(plain, name))
		name = plain;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		brackets_elide(out, name, steps[i], ellipsis(utf8));
		if (name_width(out) <= width)
			return name_width(out);
	}
	brackets_drop(out, name);
	return drop_scopes(out, width, utf8);
}

size_t name_text(char *out, const char *text, size_t width, bool utf8)
{
	escape(out, text, utf8);
	return cut_right(out, width, utf8);
}

static const char *basename_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* What has no function's name. */
static void describe(char *out, size_t size, const struct place *p)
{
	const char *module = p->module ? basename_of(p->module) : NULL;

	if (p->kind == PLACE_UNKNOWN)
		snprintf(out, size, "(stack unknown)");
	else if (p->kind == PLACE_CUT)
		snprintf(out, size, "(frames left out)");
	else if (p->kind == PLACE_THREAD || p->kind == PLACE_PROCESS)
		snprintf(out, size, "%.64s (%u)",
			 p->thread ? p->thread : "thread", p->tid);
	else if (p->kind == PLACE_MODULE)
		snprintf(out, size, "%s", module ? module : "(no module)");
	else if (module)
		snprintf(out, size, "%s+0x%llx", module,
			 (unsigned long long)p->offset);
	else if (p->file)
		snprintf(out, size, "%s:%u", p->file, p->line);
	else
		snprintf(out, size, "0x%llx", (unsigned long long)p->offset);
}

/* "libxml2.s…+0x1316bd": the address whole, as long as the module shows. */
static size_t cut_middle(char *out, size_t width, bool utf8)
{
	char tail[NAME_BYTES];
	char *plus = strstr(out, "+0x");
	size_t n = plus ? name_width(plus) : 0;

	if (name_width(out) <= width)
		return name_width(out);
	if (!plus || width < n + MODULE_LEAST)
		return cut_right(out, width, utf8);
	strcpy(tail, plus);
	*plus = '\0';
	/* So that it is cut, and marked, however short it is. */
	strcat(out, "+");
	cut_right(out, width - n, utf8);
	strcat(out, tail);
	return name_width(out);
}

size_t name_place(char *out, const struct place *place, size_t width, bool utf8)
{
	char name[NAME_BYTES], described[NAME_BYTES / 4];

	if (!place->function) {
		describe(described, sizeof(described), place);
		escape(out, described, utf8);
		return cut_middle(out, width, utf8);
	}
	escape(name, place->function, utf8);
	return shorten_function(out, brackets_skip_type(name), width, utf8);
}

size_t name_bare(char *out, const struct place *place, size_t width, bool utf8)
{
	char name[NAME_BYTES], plain[NAME_BYTES];
	bool rust;

	if (!place->function)
		return name_place(out, place, width, utf8);
	escape(name, place->function, utf8);
	rust = rust_name_plain(plain, name);
	brackets_drop(out, rust ? plain : brackets_skip_type(name));
	drop_internal(out);
	return drop_scopes(out, width, utf8);
}

size_t name_least(const struct place *place, bool utf8)
{
	char name[NAME_BYTES];
	const char *last = name;

	name_bare(name, place, NAME_BYTES, utf8);
	for (const char *at = name; (at = strstr(at, "::")); at += 2)
		last = at + 2;
	return name_width(last);
}

size_t name_where(char *out, const struct place *place, size_t width, bool utf8)
{
	char path[NAME_BYTES / 4];
	const char *module = place->module ? place->module : "";

	if (place->kind == PLACE_MODULE)
		snprintf(path, sizeof(path), "%s", module);
	else if (!place->function && !place->module)
		*path = '\0'; /* if there is a line, it is the name */
	else if (place->file && place->line)
		snprintf(path, sizeof(path), "%s:%u", place->file, place->line);
	else if (place->file)
		snprintf(path, sizeof(path), "%s", place->file);
	else
		snprintf(path, sizeof(path), "%s",
			 place->function ? basename_of(module) : "");
	escape(out, path, utf8);
	return cut_left(out, width, "/", utf8);
}
