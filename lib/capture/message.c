/* SPDX-License-Identifier: MIT */

#include "message.h"

#include <stdarg.h>
#include <string.h>

#include "base.h"
#include "sys.h"

#define PARTS_MAX 16u
#define NUMBERS_MAX 3u

/* A line being put together, in little memory; more parts are left out. */
struct line {
	size_t nr, nr_numbers;
	struct iovec parts[PARTS_MAX];
	char numbers[NUMBERS_MAX][24];
};

static int target = STDERR_FILENO;

void message_to(int fd)
{
	target = fd;
}

static void add(struct line *l, const char *s)
{
	if (l->nr < PARTS_MAX)
		l->parts[l->nr++] = (struct iovec){
			.iov_base = (void *)(uintptr_t)s, .iov_len = strlen(s)};
}

static void add_number(struct line *l, uint64_t v)
{
	char *digits = l->numbers[l->nr_numbers++];
	char *p = digits + sizeof(l->numbers[0]) - 1;

	*p = '\0';
	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	add(l, p);
}

static void end(struct line *l)
{
	add(l, "\n");
	if (sys_writev(target, l->parts, l->nr) < 0)
		return; /* there is nobody to tell */
}

void message_say(const char *first, ...)
{
	struct line l = {.nr = 0};
	const char *s = first;
	va_list list;

	va_start(list, first);
	do {
		if (s != first)
			add(&l, ": ");
		add(&l, s);
		s = va_arg(list, const char *);
	} while (s != NULL);
	va_end(list);
	end(&l);
}

void message_goodbye(const char *base, uint64_t seen, uint64_t recorded,
		     uint64_t lost)
{
	struct line l = {.nr = 0};

	add(&l, "heapprof: ");
	add(&l, base);
	add(&l, ".hpm, .hpd: ");
	add_number(&l, seen);
	add(&l, " allocations seen, ");
	add_number(&l, recorded);
	add(&l, " recorded, ");
	add_number(&l, lost);
	add(&l, " lost; next: heapprof-report ");
	add(&l, base);
	end(&l);
}

const char *message_error(int error)
{
	const char *text = strerrordesc_np(error);

	return text != NULL ? text : "unknown error";
}
