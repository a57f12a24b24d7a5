/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/*
 * Gives equal byte strings the same number: 0, 1, 2... in the order in which
 * they first came.  All bytes stand one behind the other in `pool`.
 */
struct intern {
	struct bytes pool;
	size_t *ends;	 /* in the pool, by number */
	uint32_t nr;	 /* numbers given */
	uint32_t *table; /* number plus one, 0: free; open addressing */
	uint32_t mask;	 /* slots less one; 0: no table yet */
};

/* The number of @n bytes at @key.  0 or -ENOMEM. */
int intern_add(struct intern *in, const void *key, size_t n, uint32_t *number);

/* The bytes of a number; *@n is how many. */
const void *intern_get(const struct intern *in, uint32_t number, size_t *n);
void intern_fini(struct intern *in);
