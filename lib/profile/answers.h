/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "intern.h"

#include "symbols.h"

/*
 * What symbols_module() answers, as bytes: from a process that may crash, or be
 * made to say anything, to one that must not.
 *
 * Records, all numbers as in format/varint.h:
 *	STRING	length with the zero byte, the bytes; numbered from 1
 *	WARNING	length with the zero byte, the bytes
 *	FRAMES	index of the address, n, then n times: function and file as
 *		number of a string or 0, line, inlined 0 or 1
 *	END	nothing follows, and each address had its frames once
 */
#define ANSWERS_STRING_MAX ((size_t)1 << 20) /* with the zero byte */
#define ANSWERS_WARNING_MAX ((size_t)8192)   /* with the zero byte */
#define ANSWERS_WARNINGS_MAX 16

/* The writing end. */
struct answers_put {
	int fd;		       /* -1: all stays in `out` */
	struct bytes out;      /* not yet written; whole records */
	struct intern strings; /* written so far, without the zero byte */
	unsigned nr_warnings;
	int error; /* the first; nothing is put after it */
};

/* For symbols_module(): @arg is a struct answers_put, zeroed but for `fd`. */
symbols_fn answers_put_frames;
void answers_put_warning(void *arg, const char *text);

/*
 * Puts END and writes all.  0; -ENOMEM, also if that was so before, or what
 * write() said.
 */
int answers_put_end(struct answers_put *p);
void answers_put_fini(struct answers_put *p);

/* The reading end.  What is in it is checked, each byte. */
struct answers {
	struct bytes in;
	size_t at;	 /* up to here it is read */
	size_t nr;	 /* addresses asked for */
	size_t nr_known; /* answered */
	bool *known;	 /* by index of the address */
	size_t *strings; /* where they begin in `in`, by number less one */
	size_t nr_strings, strings_room;
	unsigned nr_warnings;
	bool ended; /* all is there */
};

/* For @nr addresses.  0 or -ENOMEM; free in either case. */
int answers_init(struct answers *a, size_t nr);
void answers_fini(struct answers *a);

/*
 * Takes @n more bytes.  -EBADMSG: they are not answers, or too many to be
 * answers to that many addresses.  -ENOMEM.
 */
int answers_add(struct answers *a, const void *p, size_t n);

/* Calls @fn for each address answered so far, in the order they came. */
void answers_each(const struct answers *a, symbols_fn *fn, void *arg);

/* Calls @fn for each warning, with names that have not been escaped. */
void answers_warnings(const struct answers *a,
		      void (*fn)(void *arg, const char *text), void *arg);
