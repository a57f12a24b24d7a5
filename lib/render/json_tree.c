/* SPDX-License-Identifier: MIT */
#include "json.h"
#include "json_value.h"

/*
 * Rows that name their caller, not rows within rows: stacks can be deeper than
 * readers of JSON put up with.
 */
static void put_node(FILE *out, const struct tree_node *n)
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
	fputs(", \"cumulative\": ", out);
	json_estimate(out, n->cumulative.at[0]);
	fputc('}', out);
}

int json_tree(const struct target *t, const struct result *r)
{
	const struct tree *tree = &r->tree;
	const struct moment *m = tree->moments;
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
	fputs(",\n  \"total\": ", out);
	json_estimate(out, m->total);
	fputs(",\n  \"folded\": ", out);
	json_estimate(out, tree->folded.at[0]);
	fputs(",\n  \"hidden\": ", out);
	json_estimate(out, tree->hidden.at[0]);
	fputs(",\n  \"rows\": [", out);
	for (size_t i = 0; i < tree->nr_nodes; i++) {
		fputs(i ? ",\n    " : "\n    ", out);
		put_node(out, &tree->nodes[i]);
	}
	fputs("]\n}\n", out);
	return 0;
}
