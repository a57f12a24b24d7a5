/* SPDX-License-Identifier: MIT */
#include "csv.h"

/* Rows are numbered from 0, so that a row can name its caller. */
int csv_tree(const struct target *t, const struct result *r)
{
	const struct tree *tree = &r->tree;

	fputs("row,caller," CSV_PLACE ",pruned,cumulative,cumulative_error"
	      "\r\n",
	      t->out);
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
		csv_estimate(t->out, n->cumulative.at[0]);
		fputs("\r\n", t->out);
	}
	return 0;
}
