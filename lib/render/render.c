/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base.h"

#include "csv.h"
#include "json.h"
#include "pprof.h"
#include "render.h"
#include "text.h"

const struct renderer render_formats[] = {
	{"text",
	 {[SHAPE_TABLE] = text_table,
	  [SHAPE_TREE] = text_tree,
	  [SHAPE_PAGE] = text_page,
	  [SHAPE_SPREAD] = text_spread,
	  [SHAPE_STREAM] = text_stream}},
	{"json",
	 {[SHAPE_TABLE] = json_table,
	  [SHAPE_PAGE] = json_page,
	  [SHAPE_SPREAD] = json_spread}},
	{"csv", {[SHAPE_TABLE] = csv_table, [SHAPE_SPREAD] = csv_spread}},
	{"pprof", {[SHAPE_HISTORY] = pprof_history}},
	{NULL, {NULL}},
};

const struct renderer *render_find(const char *name)
{
	for (const struct renderer *r = render_formats; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}

enum render_scope render_scope(const struct renderer *renderer)
{
	static const struct {
		const char *name;
		enum render_scope scope;
	} scopes[] = {
		{"pprof", RENDER_MOMENT},
	};

	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++)
		if (!strcmp(scopes[i].name, renderer->name))
			return scopes[i].scope;
	return RENDER_ANY;
}

uint32_t render_shapes(const struct renderer *renderer)
{
	uint32_t shapes = 0;

	for (unsigned s = 0; s < SHAPE_MAX; s++)
		if (renderer->draw[s])
			shapes |= SHAPE_BIT(s);
	return shapes;
}

int render_result(const struct renderer *renderer, const struct target *t,
		  const struct result *r)
{
	struct target bounded = *t;
	int err;

	bounded.width = MIN(MAX(t->width, TARGET_WIDTH_MIN), TARGET_WIDTH_MAX);
	errno = 0;
	if (!renderer->draw[r->shape])
		return -EINVAL;
	err = renderer->draw[r->shape](&bounded, r);
	if (err)
		return err;
	if (fflush(t->out) || ferror(t->out))
		return errno ? -errno : -EIO;
	return 0;
}
