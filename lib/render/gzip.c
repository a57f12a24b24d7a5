/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdint.h>

#include "base.h"

#include "gzip.h"

#define GZIP_WINDOW (15 + 16) /* the largest one; with gzip's header */
#define GZIP_MEMORY 8	      /* zlib's default */

int gzip_open(struct gzip *g, FILE *out, int level)
{
	*g = (struct gzip){.out = out};
	return deflateInit2(&g->z, level, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
			    Z_DEFAULT_STRATEGY) == Z_OK
		       ? 0
		       : -ENOMEM;
}

static void pump(struct gzip *g, int flush)
{
	unsigned char buffer[16384];

	do {
		size_t n;

		g->z.next_out = buffer;
		g->z.avail_out = sizeof(buffer);
		deflate(&g->z, flush);
		n = sizeof(buffer) - g->z.avail_out;
		errno = 0;
		if (!g->err && fwrite(buffer, 1, n, g->out) != n)
			g->err = errno ? -errno : -EIO;
	} while (!g->z.avail_out);
}

void gzip_put(struct gzip *g, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	while (n) {
		size_t part = MIN(n, (size_t)UINT_MAX);

		/* zlib does not write to it. */
		g->z.next_in = (unsigned char *)(uintptr_t)p;
		g->z.avail_in = (unsigned)part;
		pump(g, Z_NO_FLUSH);
		p += part;
		n -= part;
	}
}

int gzip_close(struct gzip *g)
{
	pump(g, Z_FINISH);
	deflateEnd(&g->z);
	return g->err;
}
