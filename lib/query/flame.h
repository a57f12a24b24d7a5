/* SPDX-License-Identifier: MIT */
#pragma once

#include "query.h"

/*
 * Whole stacks and what they weigh, equal ones merged: what flame graphs are
 * drawn from.  Wrappers are frames like any other.  The rows are in order of
 * their outermost places, and add up to total less hidden.
 *
 * Answers @q's question into its arena.  0, -ENOMEM or the error of
 * digest_snapshot().
 */
int flame_stacks(const struct query *q, struct stacks *out);
