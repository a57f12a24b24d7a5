/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/*
 * Fields of protocol buffers, appended to a message.  What is 0 or empty is
 * left out, as proto3 does.
 */
void proto_int(struct bytes *b, unsigned field, uint64_t v);
void proto_bytes(struct bytes *b, unsigned field, const void *p, size_t n);

/* Repeated integers, packed. */
void proto_packed(struct bytes *b, unsigned field, const uint64_t *v, size_t n);

/* An element of a repeated field, even where it is empty. */
void proto_element(struct bytes *b, unsigned field, const void *p, size_t n);
