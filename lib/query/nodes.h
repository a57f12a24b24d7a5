/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "profile/digest.h"

/*
 * Events of the log name their stack by a node, and the digest knows which of
 * its traces that is.
 */
struct node_trace {
	uint32_t node;
	uint32_t trace;
};

struct nodes {
	struct node_trace *of; /* in order of node */
	size_t nr;
};

/* 0 or -ENOMEM. */
int nodes_index(struct nodes *n, const struct digest *d, struct arena *a);

/* The trace of a node; @missing: there is none. */
uint32_t nodes_find(const struct nodes *n, uint32_t node, uint32_t missing);
