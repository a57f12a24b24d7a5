/* SPDX-License-Identifier: MIT */
#include "format/varint.h"

#include "proto.h"

enum wire { WIRE_VARINT = 0, WIRE_LENGTH = 2 };

static void put_varint(struct bytes *b, uint64_t v)
{
	b->n += varint_put(bytes_room(b, VARINT_MAX), v);
}

static void put_key(struct bytes *b, unsigned field, enum wire wire)
{
	put_varint(b, field << 3 | wire);
}

void proto_int(struct bytes *b, unsigned field, uint64_t v)
{
	if (!v)
		return;
	put_key(b, field, WIRE_VARINT);
	put_varint(b, v);
}

void proto_element(struct bytes *b, unsigned field, const void *p, size_t n)
{
	put_key(b, field, WIRE_LENGTH);
	put_varint(b, n);
	bytes_add(b, p, n);
}

void proto_bytes(struct bytes *b, unsigned field, const void *p, size_t n)
{
	if (n)
		proto_element(b, field, p, n);
}

void proto_packed(struct bytes *b, unsigned field, const uint64_t *v, size_t n)
{
	uint8_t scratch[VARINT_MAX];
	size_t length = 0;

	for (size_t i = 0; i < n; i++)
		length += varint_put(scratch, v[i]);
	if (!n)
		return;
	put_key(b, field, WIRE_LENGTH);
	put_varint(b, length);
	for (size_t i = 0; i < n; i++)
		put_varint(b, v[i]);
}
