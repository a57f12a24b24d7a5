/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base.h"

#include "callgrind.h"
#include "collapsed.h"
#include "csv.h"
#include "dhat.h"
#include "dot.h"
#include "firefox.h"
#include "graphviz.h"
#include "heaptrack.h"
#include "html.h"
#include "json.h"
#include "massif.h"
#include "openmetrics.h"
#include "pprof.h"
#include "render.h"
#include "speedscope.h"
#include "svg.h"
#include "text.h"

const struct renderer render_formats[] = {
	{"text",
	 {[SHAPE_TABLE] = text_table,
	  [SHAPE_TREE] = text_tree,
	  [SHAPE_GRAPH] = text_graph,
	  [SHAPE_FLAME] = text_flame,
	  [SHAPE_SERIES] = text_series,
	  [SHAPE_PAGE] = text_page,
	  [SHAPE_SPREAD] = text_spread,
	  [SHAPE_STREAM] = text_stream}},
	{"json",
	 {[SHAPE_TABLE] = json_table,
	  [SHAPE_TREE] = json_tree,
	  [SHAPE_STREAM] = json_stream,
	  [SHAPE_GRAPH] = json_graph,
	  [SHAPE_STACKS] = json_stacks,
	  [SHAPE_SERIES] = json_series,
	  [SHAPE_PAGE] = json_page,
	  [SHAPE_SPREAD] = json_spread}},
	{"csv",
	 {[SHAPE_TABLE] = csv_table,
	  [SHAPE_TREE] = csv_tree,
	  [SHAPE_PAGE] = csv_page,
	  [SHAPE_STREAM] = csv_stream,
	  [SHAPE_SERIES] = csv_series,
	  [SHAPE_SPREAD] = csv_spread}},
	{"pprof", {[SHAPE_HISTORY] = pprof_history}},
	{"massif", {[SHAPE_HISTORY] = massif_history}},
	{"callgrind", {[SHAPE_HISTORY] = callgrind_history}},
	{"heaptrack", {[SHAPE_HISTORY] = heaptrack_history}},
	{"dhat", {[SHAPE_HISTORY] = dhat_history}},
	{"openmetrics", {[SHAPE_HISTORY] = openmetrics_history}},
	{"firefox", {[SHAPE_HISTORY] = firefox_history}},
	{"html", {[SHAPE_EXPLORE] = html_explore}},
	{"collapsed", {[SHAPE_STACKS] = collapsed_stacks}},
	{"speedscope", {[SHAPE_STACKS] = speedscope_stacks}},
	{"dot", {[SHAPE_GRAPH] = dot_graph}},
	{"svg",
	 {[SHAPE_SERIES] = svg_series,
	  [SHAPE_FLAME] = svg_flame,
	  [SHAPE_GRAPH] = graphviz_graph}},
	{NULL, {NULL}},
};

const struct renderer *render_find(const char *name)
{
	for (const struct renderer *r = render_formats; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}

struct export
{
	const char *name;
	enum render_scope scope;
	bool log; /* better with the log at hand */
};

/* Formats of other programs. */
static const struct export exports[] = {
	{"pprof", RENDER_MOMENT, true},
	{"massif", RENDER_RANGE, false},
	{"callgrind", RENDER_MOMENT, false},
	{"heaptrack", RENDER_RANGE, true},
	{"dhat", RENDER_RUN, true},
	{"openmetrics", RENDER_RANGE, false},
	{"firefox", RENDER_RUN, true},
	{"html", RENDER_MOMENT, true},
};

static const struct export *find_export(const struct renderer *renderer)
{
	for (size_t i = 0; i < ARRAY_SIZE(exports); i++)
		if (!strcmp(exports[i].name, renderer->name))
			return &exports[i];
	return NULL;
}

enum render_scope render_scope(const struct renderer *renderer)
{
	const struct export *export = find_export(renderer);

	return export ? export->scope : RENDER_ANY;
}

bool render_wants_log(const struct renderer *renderer)
{
	const struct export *export = find_export(renderer);

	return export && export->log;
}

uint32_t render_shapes(const struct renderer *renderer)
{
	uint32_t shapes = 0;

	for (unsigned s = 0; s < SHAPE_MAX; s++)
		if (renderer->draw[s])
			shapes |= SHAPE_BIT(s);
	return shapes;
}

const char *render_lacks(const struct renderer *renderer)
{
	return renderer->draw[SHAPE_EXPLORE] ? html_lacks : NULL;
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
