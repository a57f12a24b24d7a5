/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include "arena.h"
#include "intern.h"
#include "query/history.h"

/*
 * The tables of a profile for the Firefox Profiler that its rows refer to: what
 * a stack is made of, down to strings.  Each row is made when it is first
 * needed and numbered from 0.
 */
struct firefox_tables {
	const struct history *h;
	const char *other; /* name of HISTORY_OTHER */
	struct arena arena;
	struct intern strings;
	struct intern libs;	 /* paths of modules */
	struct intern sources;	 /* numbers of strings */
	struct intern functions; /* struct firefox_function */
	struct intern frames;	 /* struct firefox_frame */
	struct intern stacks;	 /* struct firefox_stack */
	uint32_t *stack_of;	 /* each trace, plus one; 0: not yet */
	int err;
};

/* 0 or -ENOMEM; to be ended with firefox_tables_fini() in any case. */
int firefox_tables_init(struct firefox_tables *t, const struct history *h,
			double precision);
void firefox_tables_fini(struct firefox_tables *t);

uint32_t firefox_string(struct firefox_tables *t, const char *s);

/* The stack of a trace. */
uint32_t firefox_stack(struct firefox_tables *t, uint32_t trace);

/* "libs": [...] and "shared": {...}. */
void firefox_tables_put(struct firefox_tables *t, FILE *out);
