/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "heapprof.h"

#include "metadata.h"
#include "reader.h"

/*
 * A profile of version 1 as a source of events: one thread, stacks of source
 * lines, frees without age.  Every pass gives the same events.
 */
struct v1log;

/* What an event stands for: 1/p, where p is... */
enum v1log_scale {
	V1LOG_DECLARED, /* ...what the file says */
	V1LOG_LINUX,	/* ...1: Linux builds recorded everything */
	V1LOG_DOUBLE,	/* ...twice what it says: builds for other systems */
};

/* NULL is "declared".  -EINVAL: none of the names. */
int v1log_parse_scale(const char *name, enum v1log_scale *out);

/*
 * Opens @base and fills @m, which the caller frees with metadata_fini() in any
 * case, but not before the log.  What is wrong is said to @listener, which must
 * outlive the result.
 */
int v1log_open(const char *base, struct metadata *m,
	       const struct heapprof_listener *listener, struct v1log **out);
void v1log_close(struct v1log *v);

/* Before the first event; V1LOG_DECLARED if it is not called. */
void v1log_set_scale(struct v1log *v, enum v1log_scale scale);

/* As the functions of reader.h. */
void v1log_rewind(struct v1log *v);
int v1log_next(struct v1log *v, struct reader_event *out, size_t max,
	       size_t *n);
uint64_t v1log_position(const struct v1log *v);
uint64_t v1log_size(const struct v1log *v);
const struct reader_damage *v1log_damage(const struct v1log *v);

const char *v1log_name(const struct v1log *v); /* of .hpd */
const struct hpm_header *v1log_header(const struct v1log *v);
void v1log_identity(const struct v1log *v, struct reader_identity *id);

/* As reader_report(). */
int v1log_report(const struct v1log *v, uint64_t *lost);

/* As reader_identify(). */
int v1log_identify(const char *base, struct reader_identity *id);
