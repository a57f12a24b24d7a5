/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "profile/family.h"
#include "relatives.h"

static int copy(const struct family *f, struct arena *arena,
		struct relative *out)
{
	for (size_t i = 1; i < f->nr; i++) {
		const struct family_member *m = &f->members[i];

		out[i - 1] = (struct relative){
			.pid = m->pid,
			.parent_pid = f->members[m->parent].pid,
			.program = arena_printf(arena, "%s", m->program),
			.base = arena_printf(arena, "%s", m->base),
		};
		if (!out[i - 1].program || !out[i - 1].base)
			return -ENOMEM;
	}
	return 0;
}

int relatives_find(const char *base, struct arena *arena,
		   const struct relative **out, size_t *n)
{
	struct relative *relatives = NULL;
	struct family f = {0};
	int error = base ? family_find(base, &f) : 0;

	*n = 0;
	if (!error && f.nr > 1) {
		relatives = arena_alloc(arena, f.nr - 1, sizeof(*relatives));
		error = relatives ? copy(&f, arena, relatives) : -ENOMEM;
		*n = error ? 0 : f.nr - 1;
	}
	*out = relatives;
	family_fini(&f);
	return error;
}
