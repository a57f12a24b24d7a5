/* SPDX-License-Identifier: MIT */
#include "csv.h"

/* Moments are numbered from 1. */
static void put_headings(FILE *out, const struct tree *tree)
{
	fputs("row,caller," CSV_PLACE ",pruned", out);
	if (tree->nr_moments == 1) {
		fputs(",cumulative,cumulative_error\r\n", out);
		return;
	}
	fputs(",change,change_error", out);
	for (size_t k = 1; k <= tree->nr_moments; k++)
		fprintf(out, ",cumulative_%zu,cumulative_%zu_error", k, k);
	fputs(",significant\r\n", out);
}

static void put_figure(FILE *out, const struct tree *tree,
		       const struct tree_figure *f)
{
	bool compares = tree->nr_moments > 1;

	if (compares)
		csv_estimate(out, f->change);
	for (size_t k = 0; k < tree->nr_moments; k++)
		csv_estimate(out, f->at[k]);
	if (compares)
		fprintf(out, ",%d", result_is_change(f->change));
}

/* Rows are numbered from 0, so that a row can name its caller. */
int csv_tree(const struct target *t, const struct result *r)
{
	const struct tree *tree = &r->tree;

	put_headings(t->out, tree);
	for (size_t i = 0; i < tree->nr_nodes; i++) {
		const struct tree_node *n = &tree->nodes[i];

		fprintf(t->out, "%zu,", i);
		if (n->caller != TREE_ROOT)
			fprintf(t->out, "%zu", n->caller);
		fputc(',', t->out);
		if (n->nr_pruned)
			fprintf(t->out, ",,,,,,,%zu", n->nr_pruned);
		else
			csv_place(t->out, &n->place);
		if (!n->nr_pruned)
			fputc(',', t->out);
		put_figure(t->out, tree, &n->cumulative);
		fputs("\r\n", t->out);
	}
	return 0;
}
