/* SPDX-License-Identifier: MIT */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "format/format.h"

/*
 * How this process is to be recorded: reads the variables of options.h, opens
 * the log, and has the last word.
 *
 * The environment is read, and cleaned, where the kernel put it, on the stack:
 * the first malloc() may come before libc knows it.  Our variables and our
 * entry of LD_PRELOAD are removed there, so that the programs that this one
 * executes are as they would be without us; unless its children are to be
 * recorded too, each in BASE.PID, see follow.h.
 */
struct setup {
	char base[PATH_MAX];	  /* absolute, of the files, without endings */
	size_t base_length;	  /* without the pid of a child */
	struct hpm_header header; /* sampling, depth, seed, process */
	size_t depth;
	uint64_t profile; /* random: names this one */
	uint64_t parent;  /* the one that it came from, or 0 */
	enum hpm_origin origin;
	uint64_t seed;		   /* drawn if none was asked for */
	uint64_t max_size;	   /* bytes */
	bool children;		   /* record them too */
	bool quiet;		   /* no line at the end */
	char stats_path[PATH_MAX]; /* "": standard error */
	/* Standard error at the start; later it may be another file. */
	dev_t error_device;
	ino_t error_inode;
	char error_path[PATH_MAX]; /* "" or not a path: cannot be reopened */
};

/* What the environment asks for. */
enum setup_mode {
	SETUP_OFF,     /* nothing, or not understood; the latter was said */
	SETUP_DORMANT, /* nothing until heapprof_start() */
	SETUP_RECORD,
	SETUP_STATS, /* count sizes instead */
};

enum setup_mode setup_read(struct setup *s);

/* Expands @pattern into s->base.  0, -EINVAL or -ENAMETOOLONG. */
int setup_make_base(struct setup *s, const char *pattern);

/* The default of everything but base and sampling; @s is zero. */
void setup_default(struct setup *s);
/* 0, or an errno value and the file that it is about. */
int setup_open_log(const struct setup *s, const char **file);

/* In a forked child: the same recording, in files of its own.  False: there
   cannot be any. */
bool setup_follow(struct setup *s);

bool setup_is_this_process(uint32_t pid);

/* The table of stats mode, to where it was asked for. */
void setup_write(const struct setup *s, const char *text, size_t n);

/* One line on standard error: what there is now, and what to do with it. */
void setup_say_goodbye(const struct setup *s);

/* The same where another program takes the place of this one. */
void setup_say_replaced(const struct setup *s);
