/* SPDX-License-Identifier: MIT */
#include "json.h"
#include "json_value.h"

/* As members. */
static void put_figure(FILE *out, const struct tree *tree,
		       const struct tree_figure *f)
{
	if (tree->nr_moments == 1) {
		fputs("\"cumulative\": ", out);
		json_estimate(out, f->at[0]);
		return;
	}
	fputs("\"change\": ", out);
	json_estimate(out, f->change);
	fputs(", ", out);
	json_estimates(out, "cumulative", f->at, tree->nr_moments);
	fprintf(out, ", \"significant\": %s",
		result_is_change(f->change) ? "true" : "false");
}

/* What is in no row. */
static void put_rest(FILE *out, const struct tree *tree, const char *key,
		     const struct tree_figure *f)
{
	fprintf(out, ",\n  \"%s\": ", key);
	if (tree->nr_moments == 1) {
		json_estimate(out, f->at[0]);
		return;
	}
	fputc('{', out);
	put_figure(out, tree, f);
	fputc('}', out);
}

/*
 * Rows that name their caller, not rows within rows: stacks can be deeper than
 * readers of JSON put up with.
 */
static void put_node(FILE *out, const struct tree *tree,
		     const struct tree_node *n)
{
	fputs("{\"caller\": ", out);
	if (n->caller == TREE_ROOT)
		fputs("null, ", out);
	else
		fprintf(out, "%zu, ", n->caller);
	if (n->nr_pruned)
		fprintf(out, "\"pruned\": %zu", n->nr_pruned);
	else
		json_place(out, &n->place);
	fputs(", ", out);
	put_figure(out, tree, &n->cumulative);
	fputc('}', out);
}

int json_tree(const struct target *t, const struct result *r)
{
	const struct tree *tree = &r->tree;
	const struct moment *m = &tree->moments[tree->nr_moments - 1];
	bool compares = tree->nr_moments > 1;
	FILE *out = t->out;

	json_basis(out, r);
	fputs(",\n  \"at_s\": ", out);
	json_seconds(out, m->period.to_ns);
	if (!m->period.instant) {
		fputs(",\n  \"from_s\": ", out);
		json_seconds(out, m->period.from_ns);
	}
	fputs(",\n  \"metric\": ", out);
	json_string(out, tree->metric);
	if (compares) {
		json_moments(out, tree->moments, tree->nr_moments, "  ");
		fprintf(out, ",\n  \"significant\": %s",
			result_is_change(tree->change) ? "true" : "false");
	}
	fputs(",\n  \"total\": ", out);
	json_estimate(out, compares ? tree->change : m->total);
	put_rest(out, tree, "folded", &tree->folded);
	put_rest(out, tree, "hidden", &tree->hidden);
	fputs(",\n  \"rows\": [", out);
	for (size_t i = 0; i < tree->nr_nodes; i++) {
		fputs(i ? ",\n    " : "\n    ", out);
		put_node(out, tree, &tree->nodes[i]);
	}
	fputs("]\n}\n", out);
	return 0;
}
