/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "format/hpc.h"

#include "digest_file.h"

/*
 * The distributions of the traces, which must be there: ages and sizes of their
 * blocks.  @count records at @c.  0, -ENOMEM or -EBADMSG; @c may also be left
 * bad.
 */
int digest_spreads_parse(struct digest_file *f, uint64_t count,
			 struct cursor *c);
