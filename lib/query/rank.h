/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * What rows are chosen and sorted by: the heaviest first.  Ties go by number,
 * so that order is repeatable.
 */
struct rank {
	double weight;
	uint32_t number;
};

/* Puts the first @limit of @n in order, before the others. */
void rank_first(struct rank *rank, size_t n, size_t limit);
