/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "profile/reader.h"

#include "scratch.h"
#include "v1writer.h"

/*
 * A profile of version 1 being tested: written, opened, read as text.
 *
 * It starts with the traces 1, inner.py:7 called by main.py:3, and 2,
 * main.py:9. Their nodes are 2 and 3; 1 is main.py:3.
 */
#define V1CASE_TEXT 20000

struct v1case {
	struct scratch s;
	struct v1writer w;
	struct reader *r; /* NULL: not open */
	char text[V1CASE_TEXT], other[V1CASE_TEXT];
};

extern struct v1case v1;

void v1case_setup(void);
void v1case_teardown(void);

/* Writes the files, and opens them anew. */
void v1case_open(void);

/* @n allocations of 16 bytes, a millisecond apart. */
void v1case_put(int n);

/* Events from here on, "SECONDS +SIZE/NODE, ..." to @out; returns how many. */
uint64_t v1case_read(char *out);

/* Two passes must give this text. */
void v1case_expect(const char *want);

/* After a pass: the status must be this.  Returns the events lost. */
uint64_t v1case_report(int status);

/* The last warning or error must have these words. */
void v1case_expect_said(const char *words);
