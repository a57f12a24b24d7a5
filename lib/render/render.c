/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base.h"

#include "csv.h"
#include "json.h"
#include "render.h"
#include "text.h"

const struct renderer render_formats[] = {
	{"text", text_table, text_tree, text_page, text_spread, text_stream},
	{"json", json_table, NULL, json_page, json_spread, NULL},
	{"csv", csv_table, NULL, NULL, csv_spread, NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct renderer *render_find(const char *name)
{
	for (const struct renderer *r = render_formats; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}

bool render_can(const struct renderer *renderer, enum shape shape)
{
	switch (shape) {
	case SHAPE_TABLE:
		return renderer->table;
	case SHAPE_TREE:
		return renderer->tree;
	case SHAPE_PAGE:
		return renderer->page;
	case SHAPE_SPREAD:
		return renderer->spread;
	case SHAPE_STREAM:
		return renderer->stream;
	}
	return false;
}

static int draw(const struct renderer *renderer, const struct target *t,
		const struct result *r)
{
	if (!render_can(renderer, r->shape))
		return -EINVAL;
	switch (r->shape) {
	case SHAPE_TABLE:
		renderer->table(t, r);
		break;
	case SHAPE_TREE:
		renderer->tree(t, r);
		break;
	case SHAPE_PAGE:
		renderer->page(t, r);
		break;
	case SHAPE_SPREAD:
		renderer->spread(t, r);
		break;
	case SHAPE_STREAM:
		return renderer->stream(t, r);
	}
	return 0;
}

int render_result(const struct renderer *renderer, const struct target *t,
		  const struct result *r)
{
	struct target bounded = *t;
	int err;

	bounded.width = MIN(MAX(t->width, TARGET_WIDTH_MIN), TARGET_WIDTH_MAX);
	errno = 0;
	err = draw(renderer, &bounded, r);
	if (err)
		return err;
	if (fflush(t->out) || ferror(t->out))
		return errno ? -errno : -EIO;
	return 0;
}
