/* SPDX-License-Identifier: MIT */
/*
 * Runs in the child.  A string is written before the first frames that name it.
 * Bytes leave in small pieces, so that the parent sees that something happens.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "format/varint.h"

#include "answers.h"
#include "answers_tags.h"

#define PIECE 4096

static void put(struct answers_put *p, uint64_t v)
{
	p->out.n += varint_put(bytes_room(&p->out, VARINT_MAX), v);
}

static void put_text(struct answers_put *p, uint64_t tag, const char *text,
		     size_t n)
{
	put(p, tag);
	put(p, n + 1);
	bytes_add(&p->out, text, n);
	bytes_add(&p->out, "", 1);
}

/* Its number, from 1; it is written if it is new. */
static uint32_t put_string(struct answers_put *p, const char *s)
{
	uint32_t before = p->strings.nr, number = 0;
	size_t n;

	if (!s || p->error)
		return 0;
	n = strnlen(s, ANSWERS_STRING_MAX - 1);
	p->error = intern_add(&p->strings, s, n, &number);
	if (!p->error && number == before)
		put_text(p, ANSWERS_STRING, s, n);
	return number + 1;
}

static void flush(struct answers_put *p)
{
	const uint8_t *from = p->out.p;
	size_t left = p->out.n;

	if (p->out.failed && !p->error)
		p->error = -ENOMEM;
	while (left > 0 && !p->error && p->fd >= 0) {
		ssize_t n = write(p->fd, from, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			p->error = -errno;
			break;
		}
		from += n;
		left -= (size_t)n;
	}
	if (p->fd >= 0)
		p->out.n = 0;
}

void answers_put_frames(void *arg, size_t index,
			const struct symbols_frame *frames, size_t n)
{
	uint32_t functions[SYMBOLS_FRAMES_MAX], files[SYMBOLS_FRAMES_MAX];
	struct answers_put *p = arg;

	n = MIN(n, SYMBOLS_FRAMES_MAX);
	for (size_t i = 0; i < n; i++) {
		functions[i] = put_string(p, frames[i].function);
		files[i] = put_string(p, frames[i].file);
	}
	if (p->error)
		return;
	put(p, ANSWERS_FRAMES);
	put(p, index);
	put(p, n);
	for (size_t i = 0; i < n; i++) {
		put(p, functions[i]);
		put(p, files[i]);
		put(p, frames[i].line);
		put(p, frames[i].inlined);
	}
	if (p->out.n >= PIECE)
		flush(p);
}

void answers_put_warning(void *arg, const char *text)
{
	struct answers_put *p = arg;

	if (p->error || p->nr_warnings == ANSWERS_WARNINGS_MAX)
		return;
	p->nr_warnings++;
	put_text(p, ANSWERS_WARNING, text,
		 strnlen(text, ANSWERS_WARNING_MAX - 1));
	/* It is of use even if nothing comes after it. */
	flush(p);
}

int answers_put_end(struct answers_put *p)
{
	put(p, ANSWERS_END);
	flush(p);
	return p->error;
}

void answers_put_fini(struct answers_put *p)
{
	bytes_fini(&p->out);
	intern_fini(&p->strings);
}
